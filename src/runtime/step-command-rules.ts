// Whether a step can be skipped, retried or answered where the run stands. The machine decides in the end; this says why.
import type { CommandBody } from '../journal/command.ts';
import { PHASES } from '../model/phase.ts';
import { wrongRole } from '../plan/people-rules.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import type { RunView, StepStatus } from '../statechart/kernel.ts';

type OfStep = Extract<CommandBody, { step: string }>;

/** Why a command changes nothing at its step now; undefined when it does. */
export function whyNotThisStep(plan: Plan, view: RunView, command: OfStep): string | undefined {
  const step = plan.steps.find(({ id }) => id === command.step);
  if (step === undefined) return `expected a step of the plan, found "${command.step}"`;
  if (command.type === 'answer') return whyNoAnswer(step, view, command);
  const where = whyNotOpen(step, view);
  if (where !== undefined) return where;
  const seen = whyOtherAttempt(step, view, command);
  if (seen !== undefined) return seen;
  const status = view.status(step.id);
  const able = command.type === 'retry' ? RETRIED : SKIPPED;
  const asked = step.page !== undefined && command.type === 'skip' && ASKED.has(status);
  if (able.has(status) || asked) return undefined;
  return `step ${step.id} is ${status}: expected one that is ${[...able].join(', ')}`;
}

const SKIPPED: ReadonlySet<StepStatus> = new Set(['pending', 'ready', 'waiting', 'failed', 'stuck']);
const RETRIED: ReadonlySet<StepStatus> = new Set(['waiting', 'failed', 'stuck']);
const ASKED: ReadonlySet<StepStatus> = new Set(['starting', 'observing']);

/** A command may be read once more after a crash, and vouches only for the attempt that its giver looked at. */
function whyOtherAttempt(
  { id }: PlannedStep,
  view: RunView,
  { type, attempt: seen }: Extract<OfStep, { type: 'skip' | 'retry' }>,
): string | undefined {
  const attempt = view.attempt(id);
  if (seen === undefined || seen === attempt) return undefined;
  return `step ${id} is at attempt ${attempt} by now, and this ${type} was said of attempt ${seen}: look at it and say it again`;
}

function whyNotOpen({ id, phase }: PlannedStep, view: RunView): string | undefined {
  if (view.aborted) return 'the run is being aborted';
  const isToCome = view.status(id) === 'pending' && PHASES.indexOf(phase) >= PHASES.indexOf(view.phase);
  if (view.phase === phase || isToCome) return undefined;
  return `step ${id} belongs to phase ${phase}, and the run is in phase ${view.phase}; a pause keeps a phase open`;
}

function whyNoAnswer(
  { id, page }: PlannedStep,
  view: RunView,
  { item, result, note, role }: Extract<OfStep, { type: 'answer' }>,
): string | undefined {
  if (page === undefined) return `step ${id} is no runbook page: nobody answers it`;
  const status = view.status(id);
  if (!ASKED.has(status)) return `step ${id} is ${status}: its page is not asked now`;
  if (page.items[item - 1] === undefined) return `expected an item from 1 to ${page.items.length}, found ${item}`;
  if (view.answered(id).includes(item)) return `item ${item} of step ${id} was answered already`;
  if (result !== 'done' && note.trim() === '') return `expected a note that says why it is ${result}, found none`;
  return wrongRole(role, page.roles);
}
