// What of a run must be changed and forgotten: who holds it, its secret handles, which commands were taken, and how it ended. One leased blob.
import { randomUUID } from 'node:crypto';
import type { BlobLeaseClient, BlockBlobClient } from '@azure/storage-blob';
import * as z from 'zod';
import { JournalError } from '../journal-error.ts';
import type { Containers } from './containers.ts';
import { download } from './download.ts';
import { FORMAT_VERSION, parseFormat } from './format.ts';
import { fenced, keepLease, unlessLost } from './lease.ts';
import { askAgain, asked, isConflict, isMissing, refusalOf, unreachable } from './requests.ts';

/** The longest that the service allows but for ever. */
export const LEASE_SECONDS = 60;
const DESK_BYTES_MAX = 64 * 1024 * 1024;

const holderSchema = z.strictObject({
  /** Name of the machine, for people: shown as it is. */
  host: z.string().regex(/^\P{Cc}*$/u),
  /** Tells machines, and rooms for processes on one machine, apart. */
  place: z.string(),
  pid: z.int(),
  startedAt: z.string(),
  /** Epoch ms. */
  since: z.number(),
});
const deskSchema = z.strictObject({
  formatVersion: z.literal(FORMAT_VERSION),
  holder: holderSchema.nullable(),
  outcome: z.string().nullable(),
  /** By step and attempt as JSON. */
  handles: z.record(z.string(), z.string()),
  taken: z.array(z.int()),
  /** Id of the lease under which this was written. */
  lease: z.string().optional(),
});
export type Holder = z.infer<typeof holderSchema>;
export type Desk = z.infer<typeof deskSchema>;

export const emptyDesk: Desk = { formatVersion: FORMAT_VERSION, holder: null, outcome: null, handles: {}, taken: [] };

/** A desk as it stands. */
export interface FoundDesk {
  readonly desk: Desk;
  readonly etag: string;
  readonly isLeased: boolean;
}

const deskBlob = ({ desk, prefix }: Containers, run: string): BlockBlobClient =>
  desk.getBlockBlobClient(`${prefix}${run}/desk.json`);

/** Undefined: there is none. Throws JournalError `format-version`, `unreadable` or `unreachable`. */
export async function findDesk(containers: Containers, run: string): Promise<FoundDesk | undefined> {
  const blob = deskBlob(containers, run);
  try {
    const found = await askAgain(`blob ${blob.name}`, (abortSignal) => look(blob, abortSignal));
    return {
      desk: parseFormat(found.bytes, blob.name, deskSchema, 'the desk of a run'),
      etag: found.etag,
      isLeased: found.isLeased,
    };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreachable(`blob ${blob.name}`, error);
  }
}

const look = (blob: BlockBlobClient, signal: AbortSignal) => download(blob, signal, DESK_BYTES_MAX);

/** A desk in the hands of one writer. */
export interface HeldDesk {
  readonly now: () => Desk;
  /** Stores the change, after those asked for before. Throws JournalError `fenced` or `unreachable`. */
  readonly write: (change: (desk: Desk) => Desk) => Promise<void>;
  /** Gives it back: nothing is renewed or written any more. */
  readonly leave: () => Promise<void>;
  /** Lets go of it without a word: the lease runs out. */
  readonly drop: () => void;
  /** Aborted with JournalError `fenced` when the lease ran out without an answer to its renewal, or is another's. */
  readonly lost: AbortSignal;
}

export interface Taking {
  readonly seconds: number;
  /** The desk of a holder that is known to be dead: its lease is taken from it, not waited for. */
  readonly breaks?: FoundDesk | undefined;
}

/** Makes an empty desk. Nothing happens when there is one. */
export async function createDesk(containers: Containers, run: string): Promise<void> {
  const blob = deskBlob(containers, run);
  const bytes = bytesOf(emptyDesk);
  const options = { conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: { blobContentType: 'application/json' } };
  await askAgain(`blob ${blob.name}`, (abortSignal) =>
    blob.upload(bytes, bytes.length, { ...options, abortSignal }),
  ).catch((error: unknown) => {
    if (!isConflict(error)) throw unreachable(`blob ${blob.name}`, error);
  });
}

/** Leases a desk. Throws JournalError `busy` when somebody else holds it. */
export async function holdDesk(containers: Containers, run: string, { seconds, breaks }: Taking): Promise<HeldDesk> {
  const blob = deskBlob(containers, run);
  const lease = blob.getBlobLeaseClient(randomUUID());
  let leasedAt = 0;
  const what = `the lease of ${blob.name}`;
  try {
    const dead = breaks?.desk.lease;
    // That very lease becomes ours: one that somebody else got meanwhile bears another id.
    if (dead !== undefined)
      await askAgain(what, (abortSignal) =>
        blob.getBlobLeaseClient(dead).changeLease(lease.leaseId, { abortSignal }),
      ).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
    // Asked for again with the same id, a lease that was given is given once more.
    await askAgain(what, (abortSignal) => {
      leasedAt = performance.now();
      return lease.acquireLease(seconds, { abortSignal });
    });
  } catch (error) {
    if (isConflict(error))
      throw new JournalError('busy', `expected a run without a writer, found ${run} being taken by another process`, {
        cause: error,
      });
    throw unreachable(what, error);
  }
  const found = await findDesk(containers, run);
  if (found === undefined)
    throw new JournalError('unreadable', `${blob.name}: expected the desk of ${run}, found none`);
  return keepDesk(blob, lease, { run, found, seconds, leasedAt });
}

interface Keeping {
  readonly run: string;
  readonly found: FoundDesk;
  readonly seconds: number;
  /** Monotonic: when the lease was asked for. */
  readonly leasedAt: number;
}

function keepDesk(blob: BlockBlobClient, lease: BlobLeaseClient, { run, found, ...times }: Keeping): HeldDesk {
  let { desk, etag } = found;
  let isOver = false;
  let last: Promise<void> = Promise.resolve();
  const { lost, renew, stop: stopRenewing } = keepLease(lease, { run, ...times });
  const put = async (next: Desk) => {
    const bytes = bytesOf(next);
    etag = await askAgain(`blob ${blob.name}`, async (abortSignal) => {
      try {
        const conditions = { leaseId: lease.leaseId, ifMatch: etag };
        const stored = await blob.upload(bytes, bytes.length, { abortSignal, conditions });
        return stored.etag ?? '';
      } catch (error) {
        if (refusalOf(error) !== undefined && !isConflict(error)) throw error;
        // Ours, when an answer was lost; and a lease that ran out is ours again when nobody took it meanwhile.
        await renew(abortSignal).catch((refused: unknown) => {
          throw refusalOf(refused) === undefined ? refused : fenced(run, refused);
        });
        const now = await look(blob, abortSignal);
        if (now.bytes.equals(bytes)) return now.etag;
        if (now.etag !== etag) throw fenced(run, error);
        throw new PassingError(error);
      }
    });
    desk = next;
  };
  const stop = () => {
    isOver = true;
    stopRenewing();
  };
  return {
    now: () => desk,
    write: (change) => {
      const mine = last.then(() => {
        if (isOver) throw fenced(run);
        return unlessLost(lost, () => put({ ...change(desk), lease: lease.leaseId })).catch((error: unknown) => {
          throw unreachable(`blob ${blob.name}`, error);
        });
      });
      last = mine.catch(() => undefined);
      return mine;
    },
    leave: async () => {
      stop();
      await last;
      // A lease that cannot be given back runs out.
      await asked((abortSignal) => lease.releaseLease({ abortSignal })).catch(() => undefined);
    },
    drop: stop,
    lost,
  };
}

/** The same may be tried again. */
class PassingError extends Error {
  override readonly name = 'PassingError';
  constructor(cause: unknown) {
    super('to be tried again', { cause });
  }
}

const bytesOf = (desk: Desk): Buffer => Buffer.from(JSON.stringify(desk));
