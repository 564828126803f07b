// What must hold after every trial, whatever was killed or lost in it. Each rule says what is wrong, in words; nothing is the aim.
import type { DrillEvent } from '../../src/model/events.ts';
import type { PlannedStep } from '../../src/plan/plan.ts';
import { createKernel } from '../../src/statechart/index.ts';
import type { Effect, RunView } from '../../src/statechart/kernel.ts';
import { ofType } from '../runtime/drill-builder.ts';
import type { Trial } from './trial.ts';

export function violations(trial: Trial): readonly string[] {
  const replayed = replay(trial);
  return [
    ...ended(trial),
    ...sentOnce(trial),
    ...tookEffectOnce(trial),
    ...keptAll(trial),
    ...restored(trial, replayed),
    ...replays(replayed),
  ];
}

function ended({ events, outcome }: Trial): readonly string[] {
  const last = events.at(-1);
  return last?.type === 'run.closed' && last.outcome === outcome
    ? []
    : [`expected the record to end with run.closed ${outcome}, found ${JSON.stringify(last)}`];
}

/** No request arrives that the journal does not know, and none of a step twice. A repeated undo carries the id of its attempt and changes nothing. */
function sentOnce({ world, events }: Trial): readonly string[] {
  const intents = ofType(events, 'step.started').map(keyOf);
  const undoIntents = ofType(events, 'undo.started').map(keyOf);
  const twice = (keys: readonly string[]) => keys.filter((key, index) => keys.indexOf(key) !== index);
  const arrived = world.log.map(({ kind, step, attempt, id }) => ({
    kind,
    key: keyOf({ step, attempt, requestId: id }),
  }));
  const starts = arrived.filter(({ kind }) => kind === 'start').map(({ key }) => key);
  const undos = arrived.filter(({ kind }) => kind === 'undo').map(({ key }) => key);
  return [
    ...twice(intents).map((key) => `two intents of ${key}`),
    ...twice(starts).map((key) => `sent twice: ${key}`),
    ...starts.filter((key) => !intents.includes(key)).map((key) => `sent without an intent: ${key}`),
    ...undos.filter((key) => !undoIntents.includes(key)).map((key) => `taken back without an intent: ${key}`),
  ];
}

const keyOf = ({ step, attempt, requestId }: { step: string; attempt: number; requestId: string }) =>
  `${step} ${attempt} (${requestId})`;

/** A write never takes effect twice without having been taken back in between. */
function tookEffectOnce({ world: { log } }: Trial): readonly string[] {
  return [...Map.groupBy(log, ({ step }) => step)].flatMap(([step, requests]) =>
    requests.flatMap(({ kind }, index) =>
      kind === requests[index - 1]?.kind || (kind === 'undo' && index === 0)
        ? [`${step}: ${kind} took effect after ${requests[index - 1]?.kind ?? 'nothing'}`]
        : [],
    ),
  );
}

/** The store verifies the chain as it reads; here: nothing that was acknowledged is missing, and nothing is out of its place. */
function keptAll({ events, acknowledged }: Trial): readonly string[] {
  const misplaced = events.filter(({ seq }, index) => seq !== index + 1);
  const backwards = events.filter(({ at }, index) => at < (events[index - 1]?.at ?? 0));
  return [
    ...misplaced.map(({ seq }) => `event ${seq} is out of its place`),
    ...backwards.map(({ seq }) => `event ${seq} is earlier than the one before it`),
    ...acknowledged.filter((seq) => seq > events.length).map((seq) => `event ${seq} was acknowledged and is lost`),
  ];
}

/** Everything is as it was, or the run is stuck and names what is not; and a stuck run names nothing that is as it should be. */
function restored({ plan, world, outcome, reasons }: Trial, { view }: Replayed): readonly string[] {
  const wrongs = world.wrongs();
  const told = reasons.join('\n');
  const stuckSteps = plan.steps.filter(({ id }) => view.stuck.includes(id));
  const isCovered = (id: string) => told.includes(id) || stuckSteps.some((step) => touches(step).includes(id));
  const others = wrongs.filter((id) => !isCovered(id));
  // A way back that failed, or of which a check is false, is somebody's to look at.
  const isOpen = ({ id, phase }: PlannedStep) => phase === 'restoration' && view.status(id) === 'failed';
  const isUnfounded = outcome === 'stuck' && [...wrongs, ...stuckSteps, ...plan.steps.filter(isOpen)].length === 0;
  return [
    ...(wrongs.length > 0 && outcome !== 'stuck'
      ? [`${outcome}, although it is not as before: ${wrongs.join(', ')}`]
      : []),
    ...others.map((id) => `${id} is not as before and is not named`),
    ...(isUnfounded ? [`stuck, although everything is as before and no step is stuck: ${told}`] : []),
  ];
}

const touches = ({ writes, creates = [], reach = [] }: PlannedStep) => [...writes, ...creates, ...reach];

interface Replayed {
  readonly view: RunView;
  readonly open: readonly Effect[];
  /** Events after which the run is in another phase than it was in. */
  readonly moved: readonly DrillEvent[];
}

/** Another process, told the same events. */
function replay({ plan, events, phases }: Trial): Replayed {
  const kernel = createKernel(plan);
  let { state } = kernel.initial();
  const moved = events.filter((event) => {
    state = kernel.decide(state, event).adopt(state);
    const seen = phases.get(event.seq);
    return seen !== undefined && seen !== kernel.view(state).phase;
  });
  return { view: kernel.view(state), open: kernel.open(state), moved };
}

const replays = ({ moved, open, view }: Replayed): readonly string[] => [
  ...moved.map(({ seq, type }) => `event ${seq} (${type}) replays into another phase`),
  ...(open.length > 0 ? [`after the end something is still asked for: ${JSON.stringify(open)}`] : []),
  ...(view.closed ? [] : ['the events replay to a run that is not closed']),
];
