// What every journal store promises, whether it lies on this disk or far away. One suite runs over all of them.
import type { DrillEvent, EventBody } from '../model/events.ts';
import type { CommandBody } from './command.ts';

/** An event as it is stored: the bytes of its line, and their SHA-256, which the next line carries as `prev`. */
export interface StoredEvent {
  readonly seq: number;
  /** One line of events.jsonl without the line feed: `{"seq":…,"prev":"…","at":"…Z","type":…}`. */
  readonly line: string;
  readonly hash: string;
}

/** A command from another process: durable before anybody acts on it; the one writer turns it into events. */
export interface Command {
  readonly id: number;
  readonly run: string;
  readonly command: CommandBody;
}

/** Who may write to a run. */
export interface Writer {
  readonly pid: number;
  readonly startedAt: string;
  /** The machine, where a store is shared by several. */
  readonly host?: string;
  /** Since when it holds the run, epoch ms, where the store knows. */
  readonly since?: number;
}

export interface RunRecord {
  readonly run: string;
  readonly drill: string;
  /** Epoch ms. */
  readonly openedAt: number;
  /** The plan as canonical JSON: what `planDigest` digests. */
  readonly plan: string;
  readonly outcome: string | null;
  /** The process that may write, while it lives. */
  readonly writer: Writer | null;
}

export type NewRun = Pick<RunRecord, 'run' | 'drill' | 'openedAt' | 'plan'>;

/** An event that has no place yet. `at` is epoch milliseconds. */
export interface NewEvent {
  readonly at: number;
  readonly body: EventBody;
}

/** Append-only events of one run, in the hands of its one writer. Whatever writes rejects with `fenced` once another writer took the run. */
export interface RunJournal {
  readonly run: string;
  /**
   * Stores all or nothing, durable when it resolves; gives each its place. Rejects with `event-invalid` for what could not be read back. One at
   * a time: whoever appends waits for the append before.
   */
  readonly append: (events: readonly NewEvent[]) => Promise<readonly DrillEvent[]>;
  /** What is stored so far, verified against the chain; rejects with `broken-chain` naming the sequence number. */
  readonly events: () => Promise<readonly DrillEvent[]>;
  /** The secret handle of an accepted operation, kept beside the events, durable when it resolves. */
  readonly keepHandle: (step: string, attempt: number, handle: string) => Promise<void>;
  readonly handle: (step: string, attempt: number) => Promise<string | undefined>;
  /** Commands not taken yet, oldest first. `taken` marks one as turned into events. */
  readonly commands: () => Promise<readonly Command[]>;
  readonly taken: (id: number) => Promise<void>;
  /** Gives the run back. An outcome records its end and forgets its handles; null leaves it to be taken over. */
  readonly release: (outcome: string | null) => Promise<void>;
  /**
   * Of a store that lends a run for a time: aborted with JournalError `fenced` once another writer may have it. From then on nobody may act for
   * the run here, whether there is anything to write or not.
   */
  readonly lost?: AbortSignal;
}

/** All runs of a state folder. */
export interface JournalStore {
  /**
   * Makes a run together with its first event, both or neither: a run that is known can be replayed and ended. Rejects with `exists` when the
   * name is taken, `event-invalid` when the event could not be read back.
   */
  readonly create: (record: NewRun, first?: NewEvent) => Promise<RunJournal>;
  /** Takes an interrupted run over. Rejects with `not-found`, `closed`, or `busy` while its writer lives. */
  readonly take: (run: string) => Promise<RunJournal>;
  /**
   * Takes a closed run up again. Its inbox begins empty: what came too late for its end is not meant for this. Rejects with `not-found`, or
   * `not-closed`.
   */
  readonly reopen: (run: string) => Promise<RunJournal>;
  /** In the order in which they were opened. */
  readonly runs: () => Promise<readonly RunRecord[]>;
  readonly find: (run: string) => Promise<RunRecord | undefined>;
  /** Verified against the chain; rejects with `not-found`, or `broken-chain` naming the sequence number. */
  readonly events: (run: string, fromSeq?: number) => Promise<readonly DrillEvent[]>;
  readonly lines: (run: string) => Promise<readonly StoredEvent[]>;
  /** Rejects with `not-found`, or `closed` when nobody will ever read the command. */
  readonly post: (run: string, command: Command['command']) => Promise<void>;
  readonly close: () => Promise<void>;
}
