// A scripted world: answers the machine's effects with events, deterministically, until the run is closed or nothing is left to happen.
import type { EventBody, EventOf, Finding } from '../../src/model/events.ts';
import type { Outcome } from '../../src/model/phase.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { createKernel, fold, type RunState } from '../../src/statechart/index.ts';
import type { DrillEvent, Effect, RunView } from '../../src/statechart/kernel.ts';
import { error, finding, type StepScript, stepEvents, tailEvents, undoEvents } from './scripted-step.ts';

export interface Script {
  readonly ready?: boolean;
  /** The answers of people, in order; everybody who is needed approves when absent. */
  readonly people?: readonly { readonly as: string; readonly decision?: 'declined'; readonly automatic?: boolean }[];
  readonly held?: boolean;
  readonly detected?: boolean;
  /** What each attempt of a step meets; the last goes for all later ones. */
  readonly steps?: Readonly<Record<string, StepScript>>;
  readonly undo?: Readonly<Record<string, readonly ('works' | 'fails' | 'fails-retryably')[]>>;
  readonly unstable?: readonly string[];
  readonly unreadable?: readonly string[];
  readonly leftOvers?: readonly string[];
  readonly proved?: boolean;
  /** An abort comes as the event after so many. */
  readonly abortAfter?: number;
  /** What people say of their own accord, as the event after so many; what cannot be said there is not heard. */
  readonly said?: readonly { readonly after: number; readonly body: EventBody }[];
  /** Once it is closed, the run is taken up again, in this world; for its evaluation alone when it did not end stuck. What is said and aborted counts from the first event on. */
  readonly again?: readonly { readonly reopened: EventOf<'run.reopened'>['for']; readonly script?: Script }[];
  /** Chooses which of so many things happens next; the oldest when absent. */
  readonly pick?: (count: number) => number;
}

export interface Run {
  readonly events: readonly DrillEvent[];
  readonly state: RunState;
  readonly view: RunView;
  /** Every effect with the number of the event that asked for it. */
  readonly effects: readonly { readonly seq: number; readonly effect: Effect }[];
}

const EVENTS_MAX = 5_000;

/** Drives a run to its end; `from` are events of an earlier process, which may have died anywhere. Throws when the run gets no further. */
export function drive(plan: Plan, whole: Script = {}, from: readonly DrillEvent[] = []): Run {
  const kernel = createKernel(plan);
  let state = fold(kernel, from);
  let script = scriptOf(whole, from);
  const events = [...from];
  const effects: { seq: number; effect: Effect }[] = [];
  let lanes: { step?: string; events: EventBody[] }[] = from.length === 0 ? [{ events: [opened] }] : [];
  const timers = new Map<string, number>();
  let now = from.at(-1)?.at ?? 0;

  function perform(effect: Effect): void {
    effects.push({ seq: events.length, effect });
    if (effect.type === 'timer') timers.set(effect.timer, effect.deadline);
    else if (effect.type === 'cancel-timer') timers.delete(effect.timer);
    else if (effect.type === 'cancel') lanes = lanes.filter(({ step }) => step !== effect.step);
    else lanes.push({ ...('step' in effect ? { step: effect.step } : {}), events: answer(effect) });
    lanes = lanes.filter((lane) => lane.events.length > 0);
  }

  function answer(effect: Effect): EventBody[] {
    if (effect.type === 'evaluate')
      return [{ type: 'evaluation.finished', outcome: outcomeOf(kernel.view(state), script), reasons: [] }];
    return [...answerOf(effect, plan, script)];
  }

  /** A start whose intent changed nothing is not made. */
  const forget = (event: DrillEvent) => {
    if (event.type === 'step.started') lanes = lanes.filter(({ step }) => step !== event.step);
  };

  function next(): EventBody {
    if (events.length === script.abortAfter) return { type: 'abort.requested', as: 'operator', reason: 'test' };
    // In a pause nothing is sent, and it ends when nothing else is left to happen.
    const { paused } = kernel.view(state);
    const able = lanes.filter(({ events: [first] }) => !(paused && first?.type === 'step.started'));
    const lane = able[script.pick?.(able.length) ?? 0];
    lanes = lanes.filter((other) => other !== lane);
    const body = lane?.events.shift();
    if (lane !== undefined && lane.events.length > 0) lanes.push(lane);
    if (body !== undefined) return body;
    if (paused) return { type: 'run.continued', as: 'operator' };
    // Somebody whose approval expired is asked again.
    if (kernel.view(state).phase === 'approval' && script.people === undefined)
      return {
        ...approvals(plan, { people: [{ as: `again-${events.length}` }] })[0],
        type: 'approval.decided',
      } as EventBody;
    const [timer, deadline] = [...timers].sort(([, a], [, b]) => a - b)[0] ?? [];
    if (timer === undefined || deadline === undefined)
      throw new Error(`nothing is left to happen in ${kernel.view(state).phase}`);
    timers.delete(timer);
    now = Math.max(now, deadline - 1);
    return { type: 'timer.fired', timer };
  }

  const decided = (event: DrillEvent) => ({ event, decision: kernel.decide(state, event) });
  function hear(body: EventBody | undefined, place: { seq: number; at: number }) {
    try {
      return body === undefined ? undefined : decided({ ...body, ...place });
    } catch {
      return undefined;
    }
  }

  /** Another process takes the closed run up again: of the one before nothing is at work. */
  function reopening(): EventBody | undefined {
    const reopened = whole.again?.[roundOf(events)]?.reopened;
    if (!kernel.view(state).closed || reopened === undefined) return undefined;
    lanes = [];
    timers.clear();
    const last = events.at(-1);
    const isStuck = last?.type === 'run.closed' && last.outcome === 'stuck';
    return { type: 'run.reopened', for: isStuck ? reopened : 'evaluation', as: 'dana', reason: 'test' };
  }

  for (const effect of kernel.open(state)) perform(effect);
  while (!kernel.view(state).closed || whole.again?.[roundOf(events)] !== undefined) {
    if (events.length >= EVENTS_MAX) throw new Error(`expected at most ${EVENTS_MAX} events`);
    const place = { seq: events.length + 1, at: ++now };
    const heard = hear(script.said?.find(({ after }) => after === events.length)?.body, place);
    const { event, decision } = heard ?? decided({ ...(reopening() ?? next()), ...place });
    events.push(event);
    script = scriptOf(whole, events);
    state = decision.adopt(state);
    if (!decision.changed) forget(event);
    for (const effect of decision.effects) perform(effect);
  }
  return { events, state, view: kernel.view(state), effects };
}

const roundOf = (events: readonly DrillEvent[]) => events.filter(({ type }) => type === 'run.reopened').length;

function scriptOf(whole: Script, events: readonly DrillEvent[]): Script {
  const round = roundOf(events);
  return round === 0 ? whole : (whole.again?.[round - 1]?.script ?? {});
}

const opened: EventBody = {
  type: 'run.opened',
  run: 'run',
  drill: 'test-drill',
  planDigest: 'digest',
  environment: { kind: 'twin', name: 'twin' },
  requestedBy: 'tester',
  unattended: false,
  rehearsal: false,
  tool: 'test',
};

function answerOf(effect: Effect, plan: Plan, script: Script): readonly EventBody[] {
  const { ready = true, held = true, detected = true, proved = true, leftOvers = [] } = script;
  switch (effect.type) {
    case 'preflight':
      return [{ type: 'preflight.finished', ready, findings: [] }];
    case 'ask-approval':
      return approvals(plan, script);
    case 'hold-baseline':
      return [{ type: 'baseline.finished', held, findings: [], inventory: [] }];
    case 'await-declaration':
      return detected ? [{ type: 'declaration.made', as: 'auto', automatic: true, reason: 'test' }] : [];
    case 'await-stability':
      return plan.probes
        .filter(({ id }) => !script.unstable?.includes(id))
        .map(({ id }) => ({ type: 'probe.stable', probe: id, since: 0, until: 1 }));
    case 'collect-canaries':
      return plan.canaries.map(({ id }) => collected(id, script));
    case 'clean':
      return [{ type: 'restoration.cleaned', removed: [], leftOvers: [...leftOvers] }];
    case 'prove':
      return [{ type: 'restoration.proved', proved, differences: [], leftOvers: [] }];
    case 'close':
      return [{ type: 'run.closed', outcome: effect.outcome }];
    case 'send':
      return stepEvents(effect, script.steps?.[effect.step]);
    case 'observe-step':
      return tailEvents(effect, script.steps?.[effect.step]);
    case 'inspect':
      return [{ type: 'step.inspected', ...stepOf(effect), finding: findingOf(effect, script), detail: '' }];
    case 'undo':
      return undoEvents(effect, script.undo?.[effect.step]);
    default:
      return [];
  }
}

const stepOf = ({ step, attempt }: { readonly step: string; readonly attempt: number }) => ({ step, attempt });
const findingOf = (effect: Extract<Effect, { type: 'inspect' }>, { steps }: Script): Finding =>
  finding(effect, steps?.[effect.step]);

function approvals({ approvals: { required } }: Plan, { people }: Script): readonly EventBody[] {
  const all: NonNullable<Script['people']> =
    people ?? Array.from({ length: required }, (_, index) => ({ as: `person-${index}` }));
  return all.map((person) => ({
    type: 'approval.decided',
    decision: 'approved',
    role: 'lead',
    verified: false,
    automatic: false,
    planDigest: 'digest',
    ...(person.decision === undefined ? {} : { note: 'not today' }),
    ...person,
  }));
}

const collected = (canary: string, { unreadable }: Script): EventBody =>
  unreadable?.includes(canary)
    ? { type: 'canary.unreadable', canary, error }
    : { type: 'canary.survivors', canary, present: [] };

function outcomeOf(view: RunView, { proved = true, leftOvers = [] }: Script): Outcome {
  if (view.stuck.length > 0 || !proved || leftOvers.length > 0) return 'stuck';
  if (view.aborted || view.path === 'abort') return 'aborted';
  if (view.path === 'refused') return 'not-ready';
  return view.path === 'success' ? 'passed' : 'failed';
}
