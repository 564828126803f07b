// What a person says of a run for its evaluation: to the process that is at work on it, or to a closed run, which is judged again for it.
import type { CommandBody } from '../journal/command.ts';
import type { RunRecord } from '../journal/journal.ts';
import { UsageError } from '../model/errors.ts';
import type { DrillEvent, EventBody } from '../model/events.ts';
import type { Plan } from '../plan/plan.ts';
import { whyNotNow } from '../runtime/command-rules.ts';
import { createKernel, fold } from '../statechart/index.ts';
import { type Invocation, textOption } from './command.ts';
import { planOfRun } from './plan-of-run.ts';
import { takerText } from './post-command.ts';
import { reopenRun } from './reopen-run.ts';
import { show } from './show.ts';
import { findRun, openStore } from './store.ts';
import { findWorkspace } from './workspace.ts';

export type Said = Extract<CommandBody, { type: 'accept' | 'attest' }>;

export interface Told {
  readonly record: RunRecord;
  readonly plan: Plan;
  readonly events: readonly DrillEvent[];
}

/** A run with its record, closed or not. Throws UsageError `not-found`. */
export async function recordOf({ args, options }: Invocation): Promise<Told> {
  const store = await openStore(findWorkspace(process.cwd(), options));
  try {
    const record = await findRun(store, args[0]);
    const events = await store.events(record.run);
    return { record, plan: planOfRun(record, events), events };
  } finally {
    await store.close();
  }
}

/**
 * Posts it to a run that is open. One that is closed is judged again: what was said is on record together with its taking up, and a package
 * of its own shows the judgement. `text` says it to whoever gave the command.
 */
export async function sayToRun(invocation: Invocation, told: Told, said: Said, text: string): Promise<void> {
  const { terminal, options } = invocation;
  const { record } = told;
  const workspace = findWorkspace(process.cwd(), options);
  if (record.outcome === null) {
    await post(invocation, told, said);
    terminal.out(text);
    terminal.err(takerText(told));
    return;
  }
  terminal.err(`${text}; the run is judged again`);
  const reopened = {
    type: 'run.reopened',
    for: 'evaluation',
    as: said.as,
    reason: `${said.type} by ${said.as}`,
  } as const;
  show(await reopenRun({ run: record.run, workspace, terminal, reopened, said: [eventOf(said)] }), invocation);
}

async function post({ options }: Invocation, { record, plan, events }: Told, said: Said): Promise<void> {
  const kernel = createKernel(plan);
  const why = whyNotNow(plan, kernel.view(fold(kernel, events)), said);
  if (why !== undefined) throw new UsageError('refused', `${record.run}: ${why}`);
  const store = await openStore(findWorkspace(process.cwd(), options));
  try {
    await store.post(record.run, said);
  } finally {
    await store.close();
  }
}

function eventOf(said: Said): EventBody {
  if (said.type === 'accept') {
    const { resource, reason, covers } = said;
    return { type: 'resource.accepted', resource, as: said.as, reason, ...(covers === undefined ? {} : { covers }) };
  }
  const { as, role, verdict, note } = said;
  return { type: 'attestation.given', as, role, verdict, note };
}

/** The text of an option that may not be empty. Throws UsageError `usage`; `what` says what it is for. */
export function requiredText(invocation: Invocation, name: string, what: string): string {
  const text = textOption(invocation, name)?.trim() ?? '';
  if (text === '') throw new UsageError('usage', `expected --${name} ${what}, found none`);
  return text;
}
