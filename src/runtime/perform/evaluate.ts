import type { Run } from '../run.ts';
import { repeated } from '../wait.ts';

/** Judges the run from its record, once everything that was seen is in it. */
export async function evaluate(run: Run): Promise<void> {
  await run.observers.close();
  await noteFasterOperations(run);
  for (;;) {
    // The observers' last words, or a person's, may be on their way to the record while it is read.
    await run.idle();
    const events = await run.journal.events();
    if (!run.isLast(events.at(-1)?.seq ?? 0)) continue;
    const { outcome, reasons } = run.evaluate(events);
    // Submitted in the turn in which it was read last: nothing comes between the verdict and what it was made of.
    await run.submit({ type: 'evaluation.finished', outcome, reasons: [...reasons] });
    return;
  }
}

/** A twin that does not answer fails the engine, not the drill: times may not be judged without its word, and the run can be resumed. */
async function noteFasterOperations({ fasterOperations, recall, submit, limits, over }: Run): Promise<void> {
  if (fasterOperations === undefined || recall.fasterNoted()) return;
  const { inspectMs: ms, inspectAttempts: attempts, inspectBackoffMs: backoffMs } = limits;
  const operations = await repeated(
    { ms, attempts, backoffMs, signal: over, what: 'asking for faster operations' },
    fasterOperations,
  );
  if (operations.length > 0) await submit({ type: 'twin.faster', operations: [...operations] });
}
