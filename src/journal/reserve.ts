// Room that is kept for bad times: a file of real bytes beside the journal, given back to a disk that is full.
import { randomBytes, randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { JournalStore, RunJournal } from './journal.ts';
import { JournalError } from './journal-error.ts';
import { isAlive } from './process-identity.ts';

/** Enough for the restoration of a drill and its evidence. */
const RESERVE_BYTES = 8 * 1024 * 1024;

export interface Reserve {
  /** Keeps the room, unless it is kept already. Throws JournalError `full` when there is none. */
  readonly make: () => void;
  /** True: there was room that was kept, and it can be used now. */
  readonly giveBack: () => boolean;
}

/**
 * The bytes are random: a file system that compresses, or that leaves out zeros, would keep no room for them. Processes that begin together
 * each make it under a name of their own; the last one's stays. `write` fills a file with so many bytes.
 */
export function fileReserve(file: string, bytes = RESERVE_BYTES, write = fill): Reserve {
  const isKept = () => statSync(file, { throwIfNoEntry: false })?.size === bytes;
  return {
    make: () => {
      if (isKept()) return;
      const made = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.new`;
      try {
        removeStale(file);
        write(made, bytes);
        renameSync(made, file);
      } catch (cause) {
        rmSync(made, { force: true });
        // Another process may have been faster, and have had the room for it.
        if (isKept()) return;
        const { code } = cause as NodeJS.ErrnoException;
        throw new JournalError('full', `${file}: expected room for a reserve of ${bytes} bytes, found none (${code})`, {
          cause,
        });
      }
    },
    giveBack: () => {
      const stood = statSync(file, { throwIfNoEntry: false }) !== undefined;
      rmSync(file, { force: true });
      return stood;
    },
  };
}

/** Takes away what processes left half that died over it. */
function removeStale(file: string): void {
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    const own = name.startsWith(`${basename(file)}.`) ? name.slice(basename(file).length) : '';
    const pid = /^\.(\d+)-[0-9a-f]{8}\.new$/.exec(own)?.[1];
    if (pid !== undefined && !isAlive({ pid: Number(pid), startedAt: '' })) rmSync(join(folder, name), { force: true });
  }
}

const CHUNK_BYTES = 1024 * 1024;

function fill(file: string, bytes: number): void {
  const handle = openSync(file, 'w', 0o600);
  try {
    for (let left = bytes; left > 0; )
      left -= writeSync(handle, randomFillSync(Buffer.alloc(Math.min(left, CHUNK_BYTES))));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * The same store, whose runs outlive a full disk: the reserve is given back, what stands beside the events is written all the same, and the
 * next append throws `relieved`, so that the run is aborted before anything else is sent.
 */
export function withReserve(store: JournalStore, reserve: Reserve): JournalStore {
  return {
    ...store,
    create: async (record, first) => relievable(await store.create(record, first), reserve),
    take: async (run) => relievable(await store.take(run), reserve),
    reopen: async (run) => relievable(await store.reopen(run), reserve),
  };
}

function relievable(journal: RunJournal, reserve: Reserve): RunJournal {
  let isRelieved = false;
  let untold: JournalError | undefined;
  /** Another process may have given the reserve back a moment ago: the first time is always worth another try. */
  const relieve = (error: unknown): JournalError => {
    if (!(error instanceof JournalError) || error.code !== 'full') throw error;
    if (!reserve.giveBack() && isRelieved) throw error;
    isRelieved = true;
    return new JournalError('relieved', `${error.message}; its reserve was given back`, { cause: error });
  };
  const again = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      untold = relieve(error);
      await work();
    }
  };
  return {
    ...journal,
    append: async (events) => {
      const told = untold;
      untold = undefined;
      if (told !== undefined) throw told;
      try {
        return await journal.append(events);
      } catch (error) {
        throw relieve(error);
      }
    },
    keepHandle: (step, attempt, handle) => again(() => journal.keepHandle(step, attempt, handle)),
    taken: (id) => again(() => journal.taken(id)),
    release: (outcome) => again(() => journal.release(outcome)),
  };
}
