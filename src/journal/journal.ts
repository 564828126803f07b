// What every journal store promises. One suite runs over all of them.
import type { DrillEvent, EventBody } from '../model/events.ts';

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
  readonly command: { readonly type: 'abort'; readonly as: string; readonly reason: string };
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
  readonly writer: { readonly pid: number; readonly startedAt: string } | null;
}

/** Append-only events of one run, in the hands of its one writer. */
export interface RunJournal {
  readonly run: string;
  /** Stores all or nothing, durable when it returns; gives each its place. Throws `fenced` when another writer was faster. */
  readonly append: (events: readonly { readonly at: number; readonly body: EventBody }[]) => readonly DrillEvent[];
  /** The secret handle of an accepted operation, kept beside the events, durable when it returns. */
  readonly keepHandle: (step: string, attempt: number, handle: string) => void;
  readonly handle: (step: string, attempt: number) => string | undefined;
  /** Commands not taken yet. `taken` marks one as turned into events. */
  readonly commands: () => readonly Command[];
  readonly taken: (id: number) => void;
  /** Records the end, forgets handles, and gives the run back. */
  readonly release: (outcome: string | null) => void;
}

/** All runs of a state folder. */
export interface JournalStore {
  readonly create: (record: { readonly run: string; readonly drill: string; readonly openedAt: number; readonly plan: string }) => RunJournal;
  /** Takes an interrupted run over. Throws `not-found`, `closed`, or `busy` while its writer lives. */
  readonly take: (run: string) => RunJournal;
  readonly runs: () => readonly RunRecord[];
  readonly find: (run: string) => RunRecord | undefined;
  /** Verified against the chain; throws `broken-chain` naming the sequence number. */
  readonly events: (run: string, fromSeq?: number) => readonly DrillEvent[];
  readonly lines: (run: string) => readonly StoredEvent[];
  readonly post: (run: string, command: Command['command']) => void;
  readonly close: () => void;
}
