// The catalogue's own actions, played by the model: their inputs and scopes are real, their requests go to the model.
import type { Action, ActionContext, Catalogue, Inventory, Started } from '../../src/model/action.ts';
import { CodedError } from '../../src/model/errors.ts';
import type { Json } from '../../src/model/json.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';
import { catalogue as real } from '../../src/providers/catalogue.ts';
import type { Mishaps } from './mishaps.ts';
import { changeOf, type Facts } from './model-effects.ts';
import type { ModelWorld } from './model-world.ts';
import { alive, NEVER, type Process } from './mortal-process.ts';
import { endOfWork, sendStart, sendUndo } from './requests.ts';

/** What an action gets as its world: the model, and the process that asks. */
export interface Door {
  readonly model: ModelWorld;
  readonly process: Process;
  readonly mishaps: Mishaps;
}

type Context = ActionContext<Door>;

const stepOf = ({ world: { model }, key, run }: Context): PlannedStep => {
  const step = model.plan.steps.find(({ id }) => id === key.slice(run.length + 1));
  if (step === undefined) throw new Error(`expected a step of the plan, found ${key}`);
  return step;
};

export const modelCatalogue = (plan: Plan): Catalogue<Door> => ({
  actions: new Map(plan.steps.map(({ uses, kind, page }) => [uses, actionOf(uses, kind, page !== undefined)])),
  probes: new Map(plan.probes.map(({ uses }) => [uses, { ...named(real.probes, uses), read: readService }])),
  canaries: new Map(plan.canaries.map(({ uses }) => [uses, { ...named(real.canaries, uses), ...CANARY }])),
});

const named = <Part>(parts: ReadonlyMap<string, unknown>, name: string): Part => parts.get(name) as Part;

function actionOf(uses: string, kind: PlannedStep['kind'], isPage: boolean): Action<unknown, Door> {
  const action = named<Action<unknown, Door>>(real.actions, uses);
  if (isPage) return action;
  if (kind === 'check') return { ...action, ...CHECK };
  return action.takeBack === undefined ? { ...action, ...WRITE } : { ...action, ...WRITE, takeBack };
}

const CHECK = {
  inspect: async () => ({ finding: 'not-started', detail: 'judged afresh' }) as const,
  start: async (_: unknown, context: Context): Promise<Started> => {
    const { process, model, mishaps } = context.world;
    const step = stepOf(context);
    await alive(process, `check ${step.id} before it looks`);
    await model.agenda.after(mishaps.workMs(step));
    await alive(process, `check ${step.id} after it looked`);
    const mishap = mishaps.start(step, context.attempt);
    if (mishap === 'throttled') throw Object.assign(new CodedError('throttled', 'later'), RETRY_LATER);
    const check = { expected: 'true', observed: String(mishap === 'none') };
    if (mishap !== 'none') throw Object.assign(new CodedError('check-failed', 'it is false'), { check });
    return { kind: 'done', output: {}, check };
  },
  observe: async () => ({}),
};

export const RETRY_LATER = { retryable: true, retryAfterMs: 7000 };

const WRITE = {
  inspect: async (_: unknown, context: Context) => {
    const { process, model } = context.world;
    const step = stepOf(context);
    await alive(process, `look at ${step.id}`);
    if (model.underWay(step.id) !== undefined) return { finding: 'running', detail: 'under way' } as const;
    if (model.isApplied(step)) return { finding: 'done', detail: 'it is so', output: outputOf(context) } as const;
    return { finding: 'not-started', detail: 'it is not so', before: model.before(step) } as const;
  },
  start: async (_: unknown, context: Context): Promise<Started> => {
    const { model } = context.world;
    const step = stepOf(context);
    await sendStart(context, step);
    return model.underWay(step.id) === undefined && model.isApplied(step) && step.child === undefined
      ? { kind: 'done', output: outputOf(context) }
      : { kind: 'accepted', handle: `https://model/${step.id}` };
  },
  observe: async (_: unknown, __: string | undefined, context: Context): Promise<Json> => {
    const step = stepOf(context);
    await endOfWork(context, step);
    if (step.child !== undefined)
      await context.recordChild?.({
        drill: step.child.plan.drill,
        run: `${context.run}.${step.id}`,
        outcome: 'passed',
        digest: 'ab'.repeat(32),
      });
    return outputOf(context);
  },
};

/** Everything that a sample drill's templates ask of an output, for the instant at which the last request took effect. */
function outputOf(context: Context): Json {
  const { model } = context.world;
  const { id } = stepOf(context);
  const at = model.log.findLast(({ step, kind }) => step === id && kind === 'start')?.at ?? context.now();
  const instants = {
    effectiveAt: at,
    earliest: at,
    latest: at,
    startedAt: at,
    takenAt: at,
    restoredTo: at,
    recoveredTo: at,
  };
  return { ...instants, simulated: true, source: 'the model', fidelity: [] };
}

async function takeBack(_: unknown, before: Json, context: Context): Promise<Json> {
  const { model, process } = context.world;
  const step = stepOf(context);
  await alive(process, `look at ${step.id} before it is taken back`);
  await model.underWay(step.id);
  if (process.isDead()) return NEVER;
  if (!model.isApplied(step)) return { found: 'nothing' };
  const change = changeOf(model.plan, step, model.standing);
  const undone =
    step.creates === undefined
      ? new Map(Object.entries(before as Record<string, Facts>))
      : new Map([...change.keys()].map((id) => [id, { present: false }]));
  await sendUndo(context, step, undone);
  return { found: 'taken back' };
}

async function readService(_: unknown, { world: { model, process } }: Context) {
  if (process.isDead()) return NEVER;
  return model.isUp() ? { healthy: true } : { healthy: false, detail: 'connection refused' };
}

const CANARY = {
  open: async (_: unknown, { world: { model, process } }: Context) => ({
    write: async (sequence: number) => {
      if (process.isDead()) return NEVER;
      if (model.isDisrupted()) throw new CodedError('gone', 'connection refused');
      model.rows.add(sequence);
    },
    close: async () => {},
  }),
  survivors: async (_: unknown, { world: { model, process } }: Context) => {
    await alive(process, 'canaries are read back');
    return [...model.rows].sort((one, other) => one - other);
  },
  remove: async (_: unknown, { world: { model, process } }: Context) => {
    await alive(process, 'before canaries are removed');
    model.rows.clear();
    await alive(process, 'after canaries were removed');
    return ['rows'];
  },
  leftOvers: async (_: unknown, { world: { model, process } }: Context) => {
    await alive(process, 'look for left-overs');
    return model.rows.size > 0 ? ['canary rows'] : [];
  },
};

export const modelInventory: Inventory<Door> = {
  read: async (ids, { world: { model, process } }) => {
    await alive(process, 'the inventory is read');
    return ids.map((id) => ({ id, type: 'model', facts: { ...(model.standing.get(id) ?? { present: false }) } }));
  },
};
