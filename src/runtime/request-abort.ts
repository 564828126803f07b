import type { Logger } from './logger.ts';
import type { Run } from './run.ts';
import { RuntimeError } from './runtime-error.ts';

/** Journals the wish to end early. The machine takes it in every phase before the evaluation; later it is too late, and logged. */
export async function requestAbort(run: Run, as: string, reason: string): Promise<void> {
  try {
    const { changed } = await run.submit({ type: 'abort.requested', as, reason });
    const { phase } = run.view();
    if (!changed && phase === 'evaluation') warnOfLateAbort(run.log, { as, reason, phase });
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'event-refused') throw error;
    warnOfLateAbort(run.log, { as, reason, phase: run.view().phase });
  }
}

export const warnOfLateAbort = (
  log: Logger,
  { as, reason, phase }: { readonly as: string; readonly reason: string; readonly phase: string },
): void => log.warn('an abort came too late', { as, reason, phase });
