// Joins loop, performers and observers of one run in this process, and ends them together.
import type { DrillEvent, EventBody } from '../model/events.ts';
import type { Outcome, Phase } from '../model/phase.ts';
import type { Effect } from '../statechart/kernel.ts';
import { watchClock } from './clock-watch.ts';
import { takeCommands, watchInbox } from './inbox.ts';
import { LIMITS } from './limits.ts';
import { silent } from './logger.ts';
import { createLoop, type Loop, type Submitted } from './loop.ts';
import { createObservers } from './observers/observers.ts';
import type { DrillOptions } from './options.ts';
import { performEffect } from './perform/perform-effect.ts';
import { createTimers } from './perform/timers.ts';
import { createQueue } from './queue.ts';
import { createRecall } from './recall.ts';
import { requestAbort } from './request-abort.ts';
import type { Run } from './run.ts';
import { RuntimeError } from './runtime-error.ts';
import { createTasks } from './tasks.ts';

export interface Session {
  readonly submit: (body: EventBody) => Promise<Submitted>;
  readonly replay: (events: readonly DrillEvent[]) => void;
  /**
   * Takes the aborts that stand already, then performs everything that the events so far ask for and do not answer, and listens to the
   * abort signal, the inbox and the clocks from there on. Until then nothing at all is performed.
   */
  readonly begin: () => Promise<void>;
  /** Resolves once `run.closed` is durable. */
  readonly closed: Promise<Outcome>;
  /** Rejects when the journal or the engine fails, or the run is lost to another process. */
  readonly failed: Promise<never>;
  /** Ends everything that is still at work. Never rejects. */
  readonly end: () => Promise<void>;
}

export function openSession(options: DrillOptions): Session {
  const closed = Promise.withResolvers<Outcome>();
  const failed = Promise.withResolvers<never>();
  // Whoever awaits it sees the rejection; until somebody does, it must not end the process.
  failed.promise.catch(() => {});
  const over = new AbortController();
  const forgetLoss = onLoss(options.journal, failed.reject);
  const phases = createPhaseSignals();
  const tasks = createTasks((error) => failed.reject(error));
  const recall = createRecall(faultsOf(options));
  let isReplaying = false;
  const onAdopted = (event: DrillEvent, phase: Phase) => {
    recall.note(event, phase);
    phases.enter(phase);
    tellViewer(options, event, phase);
    // A run that was taken up again has an end on record that is not its last.
    if (event.type === 'run.closed' && !isReplaying) closed.resolve(event.outcome);
  };
  const { kernel, journal, clock } = options;
  let begun = false;
  const perform = (effect: Effect) => tasks.run(() => performEffect(run, effect));
  const loop: Loop = createLoop({
    kernel,
    journal,
    clock,
    onAdopted,
    // What is asked for before the run has begun is asked for again then, unless an abort has made it void.
    perform: (effect) => {
      if (begun) perform(effect);
    },
    onFatal: (error) => failed.reject(error),
  });
  const run = assemble(options, { loop, recall, over: over.signal, phaseSignal: phases.signal, background: tasks.run });
  const stopListening = [forgetLoss];
  return {
    submit: loop.submit,
    replay: (events) => {
      isReplaying = true;
      loop.replay(events);
      isReplaying = false;
    },
    begin: async () => {
      const interruption = listenToSignal(run);
      stopListening.push(interruption.stop);
      await interruption.standing;
      await takeCommands(run);
      if (options.worldIdentity !== undefined)
        await loop.submit({ type: 'world.entered', identity: options.worldIdentity });
      begun = true;
      for (const effect of loop.open()) perform(effect);
      stopListening.push(watchInbox(run), watchClocks(run));
    },
    closed: closed.promise,
    failed: failed.promise,
    end: async () => {
      const stopped = loop.stop();
      for (const stop of stopListening) stop();
      tasks.dismiss();
      over.abort(new RuntimeError('cancelled', 'the run is over'));
      phases.end();
      run.timers.clear();
      for (const stop of run.stops.values()) stop.abort(over.signal.reason);
      await Promise.all([stopped, run.observers.drop(), tasks.settled(run.limits.shutdownMs)]);
    },
  };
}

/** A run that another process may have by now is over here at once: acting on its world needs no journal, and must not be done twice. */
function onLoss({ lost }: DrillOptions['journal'], fail: (error: unknown) => void): () => void {
  const listener = () => fail(lost?.reason);
  if (lost?.aborted === true) listener();
  lost?.addEventListener('abort', listener, { once: true });
  return () => lost?.removeEventListener('abort', listener);
}

const faultsOf = ({ plan }: DrillOptions) =>
  new Set(plan.steps.filter(({ phase }) => phase === 'disruption').map(({ id }) => id));

interface Inner extends Pick<Run, 'recall' | 'over' | 'phaseSignal' | 'background'> {
  readonly loop: Loop;
}

function assemble(options: DrillOptions, { loop, ...inner }: Inner): Run {
  const { kernel: _, ...parts } = options;
  const limits = { ...LIMITS, ...options.limits };
  const submitFired = (timer: string) => void loop.submit({ type: 'timer.fired', timer }).catch(() => {});
  const run: Run = {
    ...parts,
    ...inner,
    limits,
    log: options.log ?? silent,
    steps: new Map(options.plan.steps.map((step) => [step.id, step])),
    queue: createQueue(limits, options.plan.environment.subscription),
    timers: createTimers(options.clock, submitFired),
    stops: new Map(),
    submit: loop.submit,
    view: loop.view,
    idle: loop.idle,
    isLast: loop.isLast,
    get observers() {
      return observers;
    },
  };
  const observers = createObservers(run);
  return run;
}

/** A view that fails must not fail the run. */
function tellViewer({ onEvent, log }: DrillOptions, event: DrillEvent, phase: Phase): void {
  try {
    onEvent?.(event, phase);
  } catch (error) {
    log?.warn('a viewer failed', { type: event.type, error: String(error) });
  }
}

/** Turns the abort signal into an event. `standing` resolves at once, or when an abort that stands already is durable. */
function listenToSignal(run: Run): { readonly standing: Promise<void>; readonly stop: () => void } {
  const { signal, background } = run;
  const interrupt = () => requestAbort(run, run.recall.opened()?.requestedBy ?? 'drillmaster', reasonOf(signal));
  const listener = () => background(interrupt);
  if (signal.aborted) return { standing: interrupt(), stop: () => undefined };
  signal.addEventListener('abort', listener, { once: true });
  return { standing: Promise.resolve(), stop: () => signal.removeEventListener('abort', listener) };
}

function watchClocks({ clock, log, background, submit }: Run): () => void {
  const onStep = (wallMinusMonotonicMs: number) => {
    log.warn('the wall clock stepped', { wallMinusMonotonicMs });
    background(async () => void (await submit({ type: 'clock.stepped', wallMinusMonotonicMs })));
  };
  return watchClock({ clock, onStep });
}

const reasonOf = ({ reason }: AbortSignal): string => (reason instanceof Error ? reason.message : String(reason));

/** A signal for each stay in a phase, aborted when the run leaves it. */
function createPhaseSignals() {
  let current = new AbortController();
  let inside: Phase | undefined;
  const leave = () => current.abort(new RuntimeError('cancelled', 'the phase is over'));
  return {
    signal: () => current.signal,
    enter: (phase: Phase) => {
      if (phase === inside) return;
      if (inside !== undefined) {
        leave();
        current = new AbortController();
      }
      inside = phase;
    },
    end: leave,
  };
}
