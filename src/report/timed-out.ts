import { formatDuration } from '../model/duration.ts';
import type { Finding } from '../model/events.ts';
import type { PlannedStep } from '../plan/plan.ts';
import type { StepRecord } from './step-log.ts';

/** What a step's last look found after its time-out, as the rest of a sentence. */
const FOUND: Readonly<Record<Exclude<Finding, 'done'>, string>> = {
  running: ' and still runs',
  'not-started': ', and nothing of it was found',
  unknown: ', and nobody can tell what became of it',
};

/** "timed out after 10 min and still runs: WHAT WAS SEEN"; undefined when its last attempt did not time out. */
export function timedOutText({ timeoutMs }: Pick<PlannedStep, 'timeoutMs'>, record: StepRecord): string | undefined {
  const { timedOutAt, foundLate, detail } = record;
  if (timedOutAt === null) return undefined;
  const found = foundLate === null || foundLate === 'done' ? '' : `${FOUND[foundLate]}: ${detail}`;
  return `timed out after ${formatDuration(timeoutMs)}${found}`;
}
