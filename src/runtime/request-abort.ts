import type { Run } from './run.ts';
import { RuntimeError } from './runtime-error.ts';

/** Journals the wish to end early. The machine takes it in every phase before the evaluation; later it is too late, and only logged. */
export async function requestAbort(run: Run, as: string, reason: string): Promise<void> {
  try {
    await run.submit({ type: 'abort.requested', as, reason });
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'event-refused') throw error;
    run.log.warn('an abort came too late', { as, reason, phase: run.view().phase });
  }
}
