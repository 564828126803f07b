// A change that was computed and not adopted yet. Reads fall through to the state; writes stay here until `adopt`.
import { transition } from 'xstate';
import type { Compiled } from './compile.ts';
import { type DrillMachineEvent, drillMachine } from './drill-machine.ts';
import type { Effect } from './kernel.ts';
import { type PeopleState, type RunState, statusOf } from './run-state.ts';
import type { StepEvent } from './step-context.ts';
import { stepEffect } from './step-effects.ts';
import { type StepSnapshot, stepMachine } from './step-machine.ts';

/** What is copied with every change; everything else is kept as differences. */
type Scalars = Omit<RunState, 'steps' | 'remaining' | 'succeeded' | 'timers' | 'answered'>;

export interface Draft {
  readonly compiled: Compiled;
  /** Epoch ms of the event; every deadline counts from it. */
  readonly at: number;
  readonly now: Scalars;
  readonly step: (index: number) => StepSnapshot;
  /** Runs a step's machine. False when the event changes nothing there. */
  readonly sendToStep: (index: number, event: StepEvent) => boolean;
  /** Runs the drill's machine; gives the names of its actions. Undefined when the event changes nothing. */
  readonly sendToDrill: (event: DrillMachineEvent) => readonly string[] | undefined;
  readonly setNeeds: (index: number, left: number) => void;
  /** Counts one need of a step as met; true when none is left. */
  readonly meetNeed: (index: number) => boolean;
  readonly succeeded: () => readonly number[];
  readonly hasTimer: (timer: string) => boolean;
  readonly emit: (effect: Effect) => void;
  /** Remembers an answer; false when it was known. */
  readonly remember: (name: string) => boolean;
  /** Changes what is known of people. */
  readonly notePeople: (changes: Partial<PeopleState>) => void;
  readonly effects: () => readonly Effect[];
  readonly changed: () => boolean;
  /** Applies the change. The state is the fold's own: it is changed in place, so that a change costs what it touches. */
  readonly adopt: (state: RunState) => RunState;
}

export function createDraft(compiled: Compiled, state: RunState, at: number): Draft {
  const now = scalarsOf(state);
  const steps = new Map<number, StepSnapshot>();
  const remaining = new Map<number, number>();
  const succeeded: number[] = [];
  const timers = new Map<string, number | undefined>();
  const names: string[] = [];
  const effects: Effect[] = [];
  let changed = false;

  const step = (index: number): StepSnapshot => {
    const snapshot = steps.get(index) ?? state.steps[index];
    if (snapshot === undefined)
      throw new RangeError(`expected a step index below ${state.steps.length}, found ${index}`);
    return snapshot;
  };

  function sendToStep(index: number, event: StepEvent): boolean {
    const before = step(index);
    const [after, actions] = transition(stepMachine, before, event);
    const planned = compiled.steps[index];
    if (after === before || planned === undefined) return false;
    changed = true;
    steps.set(index, after);
    // Effects that name an attempt mean the one that was left, except those of a state that was just entered.
    for (const { type } of actions) {
      const context = type.startsWith('cancel') ? before.context : after.context;
      const effect = stepEffect(type, planned, context, { at, event });
      if (effect !== undefined) emit(effect);
    }
    if (statusOf(after) === 'succeeded') succeeded.push(index);
    return true;
  }

  function sendToDrill(event: DrillMachineEvent): readonly string[] | undefined {
    const [after, actions] = transition(drillMachine, now.drill, event);
    // A transition that only acts gives the same snapshot, with its actions; an unhandled event gives none.
    if (after === now.drill && actions.length === 0) return undefined;
    changed = true;
    now.drill = after;
    return actions.map(({ type }) => type);
  }

  function emit(effect: Effect): void {
    if (effect.type === 'timer') timers.set(effect.timer, effect.deadline);
    if (effect.type === 'cancel-timer') {
      if (!hasTimer(effect.timer)) return;
      timers.set(effect.timer, undefined);
    }
    effects.push(effect);
  }

  const hasTimer = (timer: string) => (timers.has(timer) ? timers.get(timer) !== undefined : state.timers.has(timer));

  function remember(name: string): boolean {
    if (state.answered.has(name) || names.includes(name)) return false;
    names.push(name);
    changed = true;
    return true;
  }

  function notePeople(changes: Partial<PeopleState>): void {
    now.people = { ...now.people, ...changes };
    changed = true;
  }

  function meetNeed(index: number): boolean {
    const left = (remaining.get(index) ?? state.remaining[index] ?? 0) - 1;
    remaining.set(index, left);
    return left === 0;
  }

  /** A step that became ready and was skipped by the same event is not sent. */
  const isReady = (id: string) => statusOf(step(compiled.indexOf.get(id) ?? -1)) === 'ready';

  function adopt(target: RunState): RunState {
    Object.assign(target, now);
    for (const [index, snapshot] of steps) target.steps[index] = snapshot;
    for (const [index, left] of remaining) target.remaining[index] = left;
    target.succeeded.push(...succeeded);
    for (const [timer, deadline] of timers)
      deadline === undefined ? target.timers.delete(timer) : target.timers.set(timer, deadline);
    for (const name of names) target.answered.add(name);
    return target;
  }

  return {
    compiled,
    at,
    now,
    step,
    sendToStep,
    sendToDrill,
    setNeeds: (index, left) => void remaining.set(index, left),
    meetNeed,
    succeeded: () => [...state.succeeded, ...succeeded],
    hasTimer,
    emit,
    remember,
    notePeople,
    effects: () => effects.filter((effect) => effect.type !== 'send' || isReady(effect.step)),
    changed: () => changed,
    adopt,
  };
}

const scalarsOf = ({
  drill,
  opened,
  unattended,
  phase,
  unsettled,
  phaseFailed,
  draining,
  takingBack,
  toTakeBack,
  turnsTaken,
  outcome,
  reopenedFor,
  people,
}: RunState): Scalars => ({
  drill,
  opened,
  unattended,
  phase,
  unsettled,
  phaseFailed,
  draining,
  takingBack,
  toTakeBack,
  turnsTaken,
  outcome,
  reopenedFor,
  people,
});
