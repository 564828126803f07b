// Writes numbered rows at a fixed rate, whether or not the last one was acknowledged, and records how each one ended.
import type { CanaryWriter } from '../../model/action.ts';
import type { EventOf } from '../../model/events.ts';
import type { PlannedCanary } from '../../plan/plan.ts';
import { errorDataOf } from '../perform/step-work.ts';
import { canaryOf, contextOf, type Run } from '../run.ts';
import { bounded, pause } from '../wait.ts';
import { onSchedule } from './schedule.ts';

export interface CanaryObserver {
  /** Writes that were acknowledged in this process. */
  readonly acknowledged: () => number;
  /** Why it does not write, or why its last write failed. */
  readonly trouble: () => string | undefined;
  /** Journals the writes that were settled since the last time; resolves when they are durable. */
  readonly flush: () => Promise<void>;
  /** Ends the writing, waits shortly for what is under way, and journals the rest as never acknowledged. Idempotent. */
  readonly close: () => Promise<void>;
  /** Ends the writing without a word: the run is over. */
  readonly drop: () => Promise<void>;
}

/** Beyond this many writes without an answer the target is not answering: no more are sent until some settle. */
const IN_FLIGHT_MAX = 256;
/** A writer that neither acknowledges nor refuses: the write counts as never acknowledged. */
const WRITE_MS_MAX = 30_000;
/** What is under way at the end gets this long to be acknowledged, and this long to notice that it was told to stop. */
const SETTLE_MS = 300;
const STOP_MS = 1000;
const CLOSE_MS_MAX = 5000;
/** Rows of an earlier process may exist without being on record: a resumed run numbers on far above them. */
const RESUMED_GAP = 1_000_000;

type Write = EventOf<'canary.writes'>['writes'][number];

export const startCanary = (run: Run, canary: PlannedCanary): CanaryObserver => new OpenCanary(run, canary);

class OpenCanary implements CanaryObserver {
  readonly #run: Run;
  readonly #canary: PlannedCanary;
  readonly #stopped = new AbortController();
  readonly #sent = new Map<number, number>();
  #settled: Write[] = [];
  #next: number;
  #acknowledged = 0;
  #trouble: string | undefined = 'not opened yet';
  #stopSchedule: () => void = () => {};
  #writer: CanaryWriter | undefined;
  readonly #opening: Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(run: Run, canary: PlannedCanary) {
    this.#run = run;
    this.#canary = canary;
    this.#next = (run.recall.lastWrite(canary.id) ?? 0) + run.recall.resumed() * RESUMED_GAP + 1;
    this.#opening = this.#open();
  }

  readonly acknowledged = (): number => this.#acknowledged;
  readonly trouble = (): string | undefined => this.#trouble;
  readonly close = (): Promise<void> => (this.#closing ??= this.#end(true));
  readonly drop = (): Promise<void> => (this.#closing ??= this.#end(false));

  readonly flush = async (): Promise<void> => {
    const { now } = this.#run.clock;
    for (const [sequence, sentAt] of this.#sent) if (now() - sentAt > WRITE_MS_MAX) this.#settle(sequence, null);
    const writes = this.#settled;
    this.#settled = [];
    if (writes.length > 0) await this.#run.submit({ type: 'canary.writes', canary: this.#canary.id, writes });
  };

  async #open(): Promise<void> {
    const { limits } = this.#run;
    const { signal } = this.#stopped;
    const what = `opening canary ${this.#canary.id}`;
    do {
      try {
        // A writer whose opening took too long must still be closed when it arrives, so the opening keeps hold of it.
        await bounded({ ms: limits.canaryOpenMs, signal, what }, (own) => this.#openWriter(own));
        return this.#write();
      } catch (error) {
        this.#trouble = errorDataOf(error).message;
      }
    } while (await pause(limits.canaryReopenMs, signal));
  }

  async #openWriter(signal: AbortSignal): Promise<void> {
    const part = canaryOf(this.#run, this.#canary);
    const writer = await part.open(
      part.input.parse(this.#canary.with),
      contextOf(this.#run, this.#canary.id, { kind: 'canary', signal }),
    );
    if (signal.aborted) await this.#closeWriter(writer);
    else this.#writer = writer;
  }

  #write(): void {
    if (this.#stopped.signal.aborted) return;
    this.#trouble = undefined;
    this.#stopSchedule = onSchedule(this.#canary.everyMs, (due) => {
      for (let count = 0; count < due && this.#sent.size < IN_FLIGHT_MAX; count++)
        this.#run.background(() => this.#writeOne());
    });
  }

  async #writeOne(): Promise<void> {
    const sequence = this.#next++;
    this.#sent.set(sequence, this.#run.clock.now());
    try {
      await this.#writer?.write(sequence, this.#stopped.signal);
      this.#settle(sequence, this.#run.clock.now());
    } catch (error) {
      this.#trouble = errorDataOf(error).message;
      this.#settle(sequence, null);
    }
  }

  /** Only the first word on a write counts: an acknowledgement after it was given up changes nothing. */
  #settle(sequence: number, acknowledgedAt: number | null): void {
    const sentAt = this.#sent.get(sequence);
    if (sentAt === undefined) return;
    this.#sent.delete(sequence);
    this.#settled.push([sequence, sentAt, acknowledgedAt]);
    if (acknowledgedAt !== null) this.#acknowledged += 1;
  }

  async #end(journalled: boolean): Promise<void> {
    this.#stopSchedule();
    if (journalled) await this.#quiet(SETTLE_MS);
    this.#stopped.abort();
    await this.#opening;
    await this.#quiet(STOP_MS);
    for (const sequence of [...this.#sent.keys()]) this.#settle(sequence, null);
    if (journalled) await this.flush();
    if (this.#writer !== undefined) await this.#closeWriter(this.#writer);
  }

  async #quiet(ms: number): Promise<void> {
    const POLL_MS = 10;
    for (const giveUpAt = performance.now() + ms; this.#sent.size > 0 && performance.now() < giveUpAt; )
      await pause(POLL_MS, this.#run.over);
  }

  /** A target that is gone may refuse to be closed; what was written is on record, so that is only logged. */
  async #closeWriter(writer: CanaryWriter): Promise<void> {
    const never = new AbortController();
    try {
      await bounded({ ms: CLOSE_MS_MAX, signal: never.signal, what: `closing canary ${this.#canary.id}` }, () =>
        writer.close(),
      );
    } catch (error) {
      this.#run.log.warn('a canary was not closed', { canary: this.#canary.id, ...errorDataOf(error) });
    }
  }
}
