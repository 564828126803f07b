// One request and its answer: it leaves, travels, takes effect and is answered, and at each of these instants its process may die.
import type { ActionContext } from '../../src/model/action.ts';
import { CodedError } from '../../src/model/errors.ts';
import type { PlannedStep } from '../../src/plan/plan.ts';
import { type Door, RETRY_LATER } from './model-catalogue.ts';
import { type Change, changeOf } from './model-effects.ts';
import { alive } from './mortal-process.ts';

type Context = ActionContext<Door>;

/** The door's own time-out: then an answer counts as lost. */
const GIVEN_UP_AFTER_MS = 30_000;
/** A request that was given up may arrive so long afterwards; the runtime allows it 60 s. */
const LATE_MS = 25_000;

const lost = () => Object.assign(new CodedError('connection-lost', 'no answer came'), { ambiguous: true });
const throttled = () => Object.assign(new CodedError('throttled', 'too many requests'), RETRY_LATER);

/** Resolves when the answer is seen. Throws as the ARM door does. */
export async function sendStart(context: Context, step: PlannedStep): Promise<void> {
  const { model, mishaps, process } = context.world;
  const { agenda } = model;
  const mishap = mishaps.start(step, context.attempt);
  const arrive = () =>
    model.take(requestOf(context, step, 'start'), mishaps.workMs(step), changeOf(model.plan, step, model.standing));
  await alive(process, `${step.id} before the request leaves`);
  if (mishap === 'throttled' || mishap === 'refused') {
    await agenda.after(mishaps.travelMs());
    await alive(process, `${step.id} before the refusal is seen`);
    throw mishap === 'throttled' ? throttled() : new CodedError('refused', 'not like this');
  }
  const isSent = mishap !== 'lost-request';
  const delay = mishap === 'late-request' ? GIVEN_UP_AFTER_MS + LATE_MS : mishaps.travelMs();
  const arrival = agenda.after(delay, isSent ? arrive : undefined);
  await alive(process, `${step.id} after the request left`);
  if (mishap === 'late-request') {
    await agenda.after(GIVEN_UP_AFTER_MS);
    await alive(process, `${step.id} when the answer is given up`);
    throw lost();
  }
  await arrival;
  await alive(process, `${step.id} after the request took effect`);
  if (mishap === 'lost-reply' || mishap === 'lost-request') await agenda.after(GIVEN_UP_AFTER_MS);
  else await agenda.after(mishap === 'late-reply' ? step.timeoutMs + LATE_MS : mishaps.travelMs());
  await alive(process, `${step.id} before the answer is seen`);
  if (mishap === 'lost-reply' || mishap === 'lost-request') throw lost();
}

/** Resolves when the work of a step's request is over and the answer that says so was seen. */
export async function endOfWork(context: Context, step: PlannedStep): Promise<void> {
  const { model, mishaps, process } = context.world;
  await alive(process, `${step.id} before it is observed`);
  await model.underWay(step.id);
  await alive(process, `${step.id} after its work was over`);
  if (mishaps.start(step, context.attempt) === 'lost-observation') throw lost();
}

/** Takes effect at once when it arrives. Throws as the ARM door does. */
export async function sendUndo(context: Context, step: PlannedStep, change: Change): Promise<void> {
  const { model, mishaps, process } = context.world;
  const mishap = mishaps.undo(step, context.attempt);
  await alive(process, `${step.id} before the request to take it back leaves`);
  if (mishap === 'throttled') throw throttled();
  if (mishap === 'failing') throw new CodedError('conflict', 'it cannot be taken back');
  const arrival = model.agenda.after(mishaps.travelMs(), () =>
    // Repeated after a crash, it finds nothing to change.
    model.isApplied(step) ? model.take(requestOf(context, step, 'undo'), 0, change) : undefined,
  );
  await alive(process, `${step.id} after the request to take it back left`);
  await arrival;
  await alive(process, `${step.id} after it was taken back`);
  if (mishap === 'lost-reply') throw lost();
}

const requestOf = ({ requestId: id, attempt }: Context, { id: step }: PlannedStep, kind: 'start' | 'undo') => ({
  id,
  step,
  attempt,
  kind,
});
