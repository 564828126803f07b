// Questions that tests ask of a run: its state as plain data, and who was sent, taken back or waited for.
import type { Plan } from '../../src/plan/plan.ts';
import { createKernel, type RunState } from '../../src/statechart/index.ts';
import type { DrillEvent, Effect, EventBody } from '../../src/statechart/kernel.ts';
import type { Run } from './world.ts';

/** A state as data that can be compared: no machine in it, only where each stands. */
export function plain({ drill, steps, timers, answered, ...rest }: RunState): unknown {
  const stand = ({ value, context, status }: { value: unknown; context: unknown; status: unknown }) => ({
    value,
    context,
    status,
  });
  const data = {
    ...rest,
    drill: stand(drill),
    steps: steps.map(stand),
    timers: [...timers].sort(),
    answered: [...answered].sort(),
  };
  return JSON.parse(JSON.stringify(data));
}

export const outcome = ({ events }: Run): string | undefined => {
  const last = events.at(-1);
  return last?.type === 'run.closed' ? last.outcome : undefined;
};

export const statuses = (plan: Plan, { view }: Run): Readonly<Record<string, string>> =>
  Object.fromEntries(plan.steps.map(({ id }) => [id, view.status(id)]));

type EffectOf<Type extends Effect['type']> = Extract<Effect, { type: Type }>;

/** The effects of one kind, in order. */
export const asked = <Type extends Effect['type']>({ effects }: Run, type: Type): readonly EffectOf<Type>[] =>
  effects.flatMap(({ effect }) => (effect.type === type ? [effect as EffectOf<Type>] : []));

export const sent = (run: Run): readonly string[] =>
  asked(run, 'send').map(({ step, attempt }) => `${step} ${attempt}`);
export const takenBack = (run: Run): readonly string[] => asked(run, 'undo').map(({ step }) => step);

/** A machine that is told one event after the other; each takes one millisecond unless `at` says otherwise. */
export function machineOf(plan: Plan) {
  const kernel = createKernel(plan);
  let { state } = kernel.initial();
  let seq = 0;
  let now = 0;
  const tell = (body: EventBody, at = now + 1) => {
    const event: DrillEvent = { ...body, seq: seq + 1, at };
    const { effects, changed, adopt } = kernel.decide(state, event);
    state = adopt(state);
    seq += 1;
    now = at;
    return { effects, changed };
  };
  return { tell, view: () => kernel.view(state), plain: () => plain(state), open: () => kernel.open(state) };
}
