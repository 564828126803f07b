// The plan that a run began with, for a program that can honour it.
import type { RunRecord } from '../journal/journal.ts';
import { formatInstant } from '../model/clock.ts';
import { UsageError } from '../model/errors.ts';
import type { DrillEvent } from '../model/events.ts';
import { planDigest } from '../plan/digest.ts';
import type { Plan } from '../plan/plan.ts';
import { MACHINE_VERSION } from '../statechart/index.ts';

/**
 * The stored plan of a run. Throws UsageError `refused` when the run began with another machine than this program has, or with another
 * plan than the one that is stored: what this program would do with its events is not what people approved.
 */
export function planOfRun({ run, plan: text }: Pick<RunRecord, 'run' | 'plan'>, events: readonly DrillEvent[]): Plan {
  const [opened] = events;
  const refuse = (why: string) => new UsageError('refused', `${run} ${why}; ${whereItStands(events)}`);
  if (opened?.type === 'run.opened') {
    const { machine = 1, tool } = opened;
    if (machine !== MACHINE_VERSION)
      throw refuse(
        `was begun by ${tool} with machine version ${machine}: this program has version ${MACHINE_VERSION} and cannot tell what those events mean; that program goes on with it`,
      );
  }
  const plan = parsed(text);
  const found = plan === undefined ? 'none' : planDigest(plan);
  if (plan !== undefined && (opened?.type !== 'run.opened' || opened.planDigest === found)) return plan;
  const expected = opened?.type === 'run.opened' ? `digest ${opened.planDigest}` : 'a digest';
  throw refuse(
    `began with a plan of ${expected}, and the stored one has ${found}: it was changed since, and is not followed`,
  );
}

function parsed(text: string): Plan | undefined {
  try {
    return JSON.parse(text) as Plan;
  } catch {
    return undefined;
  }
}

/** All that can be said of events that nobody folds. */
function whereItStands(events: readonly DrillEvent[]): string {
  const last = events.at(-1);
  return last === undefined
    ? 'its journal is empty'
    : `its journal has ${events.length} events, the last one ${last.type} at ${formatInstant(last.at)}`;
}
