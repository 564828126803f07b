import type { Run } from '../run.ts';
import { pause } from '../wait.ts';

/** Resolves true once people do not hold the run, false when the signal is aborted first. */
export async function untilContinued(
  { view, limits }: Pick<Run, 'view' | 'limits'>,
  signal: AbortSignal,
): Promise<boolean> {
  while (view().paused) if (!(await pause(limits.inboxPollMs, signal))) return false;
  return !signal.aborted;
}
