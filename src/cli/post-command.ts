// A command of a person to a run of another process: checked where the run stands now, then durable in its inbox.

import type { CommandBody } from '../journal/command.ts';
import type { RunRecord } from '../journal/journal.ts';
import { UsageError } from '../model/errors.ts';
import type { DrillEvent } from '../model/events.ts';
import { suggest } from '../model/suggest.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import { whyNotNow } from '../runtime/command-rules.ts';
import { createKernel, fold } from '../statechart/index.ts';
import type { RunView } from '../statechart/kernel.ts';
import { type Invocation, textOption } from './command.ts';
import { holderOf, holderText } from './holder.ts';
import { whoAsks } from './people.ts';
import { planOfRun } from './plan-of-run.ts';
import { closedText, findRun, withStore } from './store.ts';

/** A run as it stands. */
export interface Standing {
  readonly record: RunRecord;
  readonly plan: Plan;
  readonly view: RunView;
  readonly events: readonly DrillEvent[];
}

/** Where a run stands. Throws UsageError `not-found`, or `refused` when it is closed. */
export function standingOf({ args, options }: Invocation): Promise<Standing> {
  return withStore(options, async (store) => {
    const record = await findRun(store, args[0]);
    if (record.outcome !== null) throw new UsageError('refused', closedText(record));
    const events = await store.events(record.run);
    const plan = planOfRun(record, events);
    const kernel = createKernel(plan);
    return { record, plan, events, view: kernel.view(fold(kernel, events)) };
  });
}

/** Posts a command that makes sense where the run stands. Throws UsageError `refused` with the reason when it does not. */
export async function post(
  { options }: Invocation,
  { record, plan, view }: Standing,
  command: CommandBody,
): Promise<void> {
  const why = whyNotNow(plan, view, command);
  if (why !== undefined) throw new UsageError('refused', `${record.run}: ${why}`);
  await withStore(options, (store) => store.post(record.run, command));
}

/** Who does it. Throws UsageError `usage` when nobody is named. */
export function namedPerson(invocation: Invocation): string {
  const as = textOption(invocation, 'as')?.trim() ?? '';
  if (as === '') throw new UsageError('usage', 'expected --as with the name of a person, found none');
  return as;
}

/** Who does it; the user of this machine when nobody is named. */
export const personOrUser = (invocation: Invocation): string => textOption(invocation, 'as')?.trim() || whoAsks();

/** The role that a person has: the one that is named, or the only one that may. Throws UsageError `usage`. */
export function roleOf(invocation: Invocation, roles: readonly string[]): string {
  const named = textOption(invocation, 'role')?.trim() ?? '';
  const role = named === '' && roles.length === 1 ? (roles[0] ?? '') : named;
  if (role !== '' || roles.length === 0) return role || 'none';
  throw new UsageError('usage', `expected --role ${roles.join(' or --role ')}, found none`);
}

/** Who will take the command. */
export function takerText({ record, events }: Pick<Standing, 'record' | 'events'>): string {
  const holder = holderOf(record, events);
  return holder === null
    ? `its process is gone: drillmaster resume ${record.run} goes on`
    : `it is held by ${holderText(holder)}, which takes this within a second; drillmaster status ${record.run} shows it`;
}

/** The step of the plan that the second argument names. Throws UsageError `not-found`, with what was probably meant. */
export function stepOf({ args: [, id = ''] }: Invocation, { plan, record }: Standing): PlannedStep {
  const found = plan.steps.find((step) => step.id === id);
  if (found !== undefined) return found;
  const { suggestion } = suggest(
    id,
    plan.steps.map((step) => step.id),
  );
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  throw new UsageError('not-found', `expected a step of ${record.run}, found "${id}"${hint}`);
}
