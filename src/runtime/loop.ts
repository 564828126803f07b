// The loop: take an event, compute what it does, append it to the journal, adopt the new state, perform the effects that came back.
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunJournal } from '../journal/journal.ts';
import { JournalError } from '../journal/journal-error.ts';
import type { Clock } from '../model/clock.ts';
import { type DrillEvent, type EventBody, eventSchema } from '../model/events.ts';
import type { Phase } from '../model/phase.ts';
import type { Effect, Kernel, RunView } from '../statechart/kernel.ts';
import { RuntimeError } from './runtime-error.ts';

/** Events of one transaction; more wait for the next. */
const GROUP_EVENTS_MAX = 1000;

export interface LoopOptions<State> {
  readonly kernel: Kernel<State>;
  readonly journal: Pick<RunJournal, 'append' | 'events'>;
  readonly clock: Clock;
  /** Called for each event once it is durable, in order, before its effects are performed; replayed events too. */
  readonly onAdopted?: (event: DrillEvent, phase: Phase) => void;
  /** Called for each effect, after the event that asked for it is durable. Must not throw. */
  readonly perform: (effect: Effect) => void;
  /** The journal refused: nothing more is taken or performed. */
  readonly onFatal: (error: unknown) => void;
}

/** What became of a submitted event. */
export interface Submitted {
  readonly event: DrillEvent;
  /** False: it is on record and changed nothing (late, duplicate or superseded). */
  readonly changed: boolean;
}

export interface Loop {
  /**
   * Resolves when the event is durable and adopted. Rejects with RuntimeError `event-refused` when the event is impossible here (then it is
   * not in the journal and nothing has changed), with `stopped` when the loop is over, or with the journal's error, which ends the loop.
   */
  readonly submit: (body: EventBody) => Promise<Submitted>;
  /** Adopts what an earlier process journalled, without performing anything. Only before the first `submit`. */
  readonly replay: (events: Iterable<DrillEvent>) => void;
  /** What is asked for and not answered yet. */
  readonly open: () => readonly Effect[];
  readonly view: () => RunView;
  /** Resolves when nothing waits and nothing is being appended. Rejects with RuntimeError `stopped` when the loop is over. */
  readonly idle: () => Promise<void>;
  /** True while nothing waits, nothing is being appended, and the last event on record has this number. */
  readonly isLast: (seq: number) => boolean;
  /** Refuses everything from now on. Resolves when nothing is being appended any more; never rejects. */
  readonly stop: () => Promise<void>;
}

interface Waiting {
  readonly body: EventBody;
  readonly resolve: (submitted: Submitted) => void;
  readonly reject: (error: unknown) => void;
}

interface Decided extends Submitted {
  readonly waiting: Waiting;
  readonly body: EventBody;
  readonly effects: readonly Effect[];
  readonly phase: Phase;
}

/** Starts a loop on the kernel's initial state. */
export const createLoop = <State>(options: LoopOptions<State>): Loop => new EventLoop(options);

class EventLoop<State> implements Loop {
  readonly #options: LoopOptions<State>;
  #state: State;
  #initialEffects: readonly Effect[];
  #last = { seq: 0, at: 0 };
  #queue: Waiting[] = [];
  #scheduled = false;
  /** The group that is being appended: the next one is decided on what it made. */
  #appending: Promise<void> | undefined;
  #stopped = false;

  constructor(options: LoopOptions<State>) {
    const { state, effects } = options.kernel.initial();
    this.#options = options;
    this.#state = state;
    this.#initialEffects = effects;
  }

  readonly submit = (body: EventBody): Promise<Submitted> =>
    new Promise((resolve, reject) => {
      if (this.#stopped) return reject(over());
      this.#queue.push({ body, resolve, reject });
      this.#schedule();
    });

  readonly replay = (events: Iterable<DrillEvent>): void => {
    const { onAdopted } = this.#options;
    for (const event of events) {
      this.#adopt(event);
      this.#initialEffects = [];
      onAdopted?.(event, this.view().phase);
    }
  };

  readonly open = (): readonly Effect[] => this.#options.kernel.open(this.#state);

  readonly view = (): RunView => this.#options.kernel.view(this.#state);

  readonly idle = async (): Promise<void> => {
    while (!this.#isIdle()) await (this.#appending ?? nextTurn());
    if (this.#stopped) throw over();
  };

  readonly isLast = (seq: number): boolean => this.#isIdle() && this.#last.seq === seq;

  readonly stop = async (): Promise<void> => {
    this.#end(over());
    await this.#appending;
  };

  #isIdle(): boolean {
    return this.#queue.length === 0 && this.#appending === undefined;
  }

  #schedule(): void {
    if (this.#scheduled || this.#appending !== undefined || this.#queue.length === 0) return;
    this.#scheduled = true;
    // Whatever arrives in the same turn of the event loop, or while a group is being appended, shares one transaction.
    setImmediate(() => {
      this.#scheduled = false;
      this.#appending = this.#takeGroup().finally(() => {
        this.#appending = undefined;
        this.#schedule();
      });
    });
  }

  async #takeGroup(): Promise<void> {
    const group = this.#queue.slice(0, GROUP_EVENTS_MAX);
    this.#queue = this.#queue.slice(GROUP_EVENTS_MAX);
    const { decided, next } = this.#decide(group);
    if (decided.length === 0) return;
    try {
      await this.#append(decided);
    } catch (error) {
      await this.#notTaken(
        decided.map(({ waiting }) => waiting),
        error,
      );
      return;
    }
    // Stopped meanwhile: what became durable is for whoever takes the run over, and nobody here may act on it any more.
    if (this.#stopped) return decided.forEach(({ waiting }) => void waiting.reject(over()));
    this.#state = next;
    for (const one of decided) this.#finish(one);
  }

  async #notTaken(group: readonly Waiting[], error: unknown): Promise<void> {
    if (!this.#stopped && error instanceof JournalError && error.code === 'relieved')
      return this.#abortBefore(group, error.message);
    for (const { reject } of group) reject(error);
    if (this.#stopped) return;
    this.#end(error);
    this.#options.onFatal(error);
  }

  /**
   * The journal took nothing of a group, and may take it now. An abort goes before it, so that an intent in it changes nothing and its
   * request is not sent. Deciding changed the state in place: what is durable makes it again.
   */
  async #abortBefore(group: readonly Waiting[], reason: string): Promise<void> {
    const { kernel, journal } = this.#options;
    const events = await journal.events().catch((error: unknown) => this.#notTaken(group, error));
    if (events === undefined) return;
    this.#state = kernel.initial().state;
    this.#last = { seq: 0, at: 0 };
    for (const event of events) this.#adopt(event);
    const body = { type: 'abort.requested', as: 'drillmaster', reason } as const;
    if (this.#stopped) for (const { reject } of group) reject(over());
    else this.#queue = [{ body, resolve: ignore, reject: ignore }, ...group, ...this.#queue];
  }

  /** Each event is decided on what the ones before it made. Should the append fail, the loop ends and this state is never used. */
  #decide(group: readonly Waiting[]): { readonly decided: readonly Decided[]; readonly next: State } {
    const decided: Decided[] = [];
    let next = this.#state;
    for (const waiting of group) {
      try {
        const [one, after] = this.#decideOne(waiting, next);
        decided.push(one);
        next = after;
      } catch (error) {
        waiting.reject(error);
      }
    }
    return { decided, next };
  }

  #decideOne(waiting: Waiting, state: State): [Decided, State] {
    const { kernel, clock } = this.#options;
    // The record ends with run.closed: its line is the head that the evidence names. Only taking the run up again goes on from there.
    if (kernel.view(state).closed && waiting.body.type !== 'run.reopened') throw over();
    const place = { seq: this.#last.seq + 1, at: Math.max(clock.now(), this.#last.at) };
    try {
      const body = eventSchema.parse(waiting.body);
      const event: DrillEvent = { ...body, ...place };
      const { effects, changed, adopt } = kernel.decide(state, event);
      const next = adopt(state);
      this.#last = place;
      return [{ waiting, body, event, changed, effects, phase: kernel.view(next).phase }, next];
    } catch (cause) {
      throw refused(waiting.body, cause);
    }
  }

  async #append(decided: readonly Decided[]): Promise<void> {
    const placed = await this.#options.journal.append(decided.map(({ event, body }) => ({ at: event.at, body })));
    assert.equal(placed.at(-1)?.seq, this.#last.seq, 'the journal gave another place than the machine saw');
  }

  #finish({ waiting, event, changed, effects, phase }: Decided): void {
    const { onAdopted, perform } = this.#options;
    onAdopted?.(event, phase);
    waiting.resolve({ event, changed });
    const asked = [...this.#initialEffects, ...effects];
    this.#initialEffects = [];
    for (const effect of asked) if (!this.#stopped) perform(effect);
  }

  #adopt(event: DrillEvent): void {
    this.#state = this.#options.kernel.decide(this.#state, event).adopt(this.#state);
    this.#last = { seq: event.seq, at: event.at };
  }

  #end(error: unknown): void {
    this.#stopped = true;
    for (const { reject } of this.#queue) reject(error);
    this.#queue = [];
  }
}

/** Nobody waits for what the loop itself puts on record. */
const ignore = () => {};

const over = () => new RuntimeError('stopped', 'the run takes no events any more');

const refused = ({ type }: EventBody, cause: unknown) =>
  new RuntimeError(
    'event-refused',
    `the run does not take ${type} here: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
