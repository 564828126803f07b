// The journal that outlives a machine: append blobs of a storage account. Any machine that may sign in there can go on with a run.
import type { JournalStore, NewEvent, NewRun, RunJournal, RunRecord } from '../journal.ts';
import { JournalError } from '../journal-error.ts';
import { processWriters, refuseReopening, refuseTaking, type Writers } from '../writer.ts';
import { firstLines, openBlobRun, takeRecord, verified } from './blob-run.ts';
import { type BlobAccess, type Containers, openContainers } from './containers.ts';
import {
  createDesk,
  type Desk,
  emptyDesk,
  type FoundDesk,
  findDesk,
  type HeldDesk,
  type Holder,
  holdDesk,
  LEASE_SECONDS,
} from './desk.ts';
import { type Host, thisHost } from './host.ts';
import { commandIds, postCommand } from './inbox.ts';
import type { BlobPlace } from './place.ts';
import { createPlan, findPlan, guessPlan } from './plan-blob.ts';
import { createSegment, RECORD_LIMITS, type RecordLimits, type RecordSoFar, readOn, writeRecord } from './record.ts';
import { readAgain } from './requests.ts';

export interface BlobStoreOptions {
  readonly place: BlobPlace;
  readonly access: BlobAccess;
  readonly writers?: Writers;
  readonly host?: Host;
  /** 15 to 60. */
  readonly leaseSeconds?: number;
  readonly limits?: Partial<RecordLimits>;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** What a run is named becomes part of names of blobs. */
const RUN = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,300}[A-Za-z0-9_-])?$/;
const AT_ONCE_MAX = 16;

interface Store {
  readonly containers: Containers;
  readonly writers: Writers;
  readonly host: Host;
  readonly seconds: number;
  readonly limits: RecordLimits;
  readonly now: () => number;
  /** Desks that this store holds. */
  readonly held: Set<HeldDesk>;
}

/** Opens a journal. Both of its containers must be there. Throws JournalError `unreachable`. */
export async function openBlobStore(options: BlobStoreOptions): Promise<JournalStore> {
  const store: Store = {
    containers: await openContainers(options.place, options.access),
    writers: options.writers ?? processWriters(),
    host: options.host ?? thisHost(),
    seconds: options.leaseSeconds ?? LEASE_SECONDS,
    limits: { ...RECORD_LIMITS, ...options.limits },
    now: options.now ?? Date.now,
    held: new Set(),
  };
  const { containers } = store;
  const read = new Map<string, RecordSoFar>();
  const rowsOf = async (run: string, before?: RecordSoFar) => {
    await known(store, run);
    const soFar = await readOn(containers, run, before);
    read.set(run, soFar);
    return soFar.rows;
  };
  return {
    create: (record, first) => create(store, record, first),
    take: (run) => take(store, run),
    reopen: (run) => reopen(store, run),
    runs: () => runs(store),
    find: (run) => find(store, run),
    // Whoever reads on was given the beginning already: only what is new is fetched.
    events: async (run, fromSeq = 1) => verified(await rowsOf(run, fromSeq > 1 ? read.get(run) : undefined), fromSeq),
    lines: async (run) => [...(await rowsOf(run))],
    post: async (run, command) => {
      await openRecord(store, run);
      const id = await postCommand(containers, run, command);
      // Closed meanwhile, without having taken it: nobody will read it.
      const { record, desk } = await known(store, run);
      if (record.outcome !== null && !desk?.desk.taken.includes(id)) throw closed(run, record.outcome);
    },
    close: async () => {
      for (const desk of store.held) desk.drop();
    },
  };
}

async function create(store: Store, record: NewRun, first: NewEvent | undefined): Promise<RunJournal> {
  const { containers, limits } = store;
  const { run } = record;
  if (!RUN.test(run))
    throw new JournalError('exists', `expected a name of a run of letters, digits and hyphens, found "${run}"`);
  const holder = holderOf(store);
  const { rows, lines } = firstLines(holder, first);
  if ((await findPlan(containers, run)) !== undefined)
    throw new JournalError('exists', `expected a new name of a run, found "${run}"`);
  // The plan comes last: a run that is known has its first event, and a beginning that was cut short is no run.
  await createSegment(containers, run, 1);
  await createDesk(containers, run);
  const desk = await hold(store, run, undefined);
  try {
    await desk.write(() => ({ ...emptyDesk, holder }));
    const writer = writeRecord(containers, run, { segment: 1, position: 0, blocks: 0 }, limits);
    await writer.add(lines);
    await createPlan(containers, record);
    return leaving(store, desk, openBlobRun({ containers, run, desk, limits }, writer, rows));
  } catch (error) {
    await letGo(store, desk);
    throw error;
  }
}

async function take(store: Store, run: string): Promise<RunJournal> {
  const { writers } = store;
  const { record, desk: found } = await known(store, run);
  refuseTaking(record, { ...writers, isAlive: () => true });
  if (found === undefined) await createDesk(store.containers, run);
  if (found?.isLeased === true && found.desk.holder === null)
    throw new JournalError('busy', `expected a run without a writer, found ${run} being taken by another process`);
  return sitDown(store, run, found?.isLeased === true ? found : undefined, async (desk) => {
    const { outcome } = desk.now();
    if (outcome !== null) throw closed(run, outcome);
    return {};
  });
}

async function reopen(store: Store, run: string): Promise<RunJournal> {
  refuseReopening((await known(store, run)).record);
  return sitDown(store, run, undefined, async (desk) => {
    refuseReopening({ run, outcome: desk.now().outcome });
    return { outcome: null, taken: [...(await commandIds(store.containers, run))] };
  });
}

/** Takes the place at a run's desk, where `prepare` says what changes with it, and goes on with its record. */
async function sitDown(
  store: Store,
  run: string,
  breaks: FoundDesk | undefined,
  prepare: (desk: HeldDesk) => Promise<Partial<Desk>>,
): Promise<RunJournal> {
  const { containers, limits } = store;
  const desk = await hold(store, run, breaks);
  try {
    const changes = await prepare(desk);
    const holder = holderOf(store);
    await desk.write((now) => ({ ...now, ...changes, holder }));
    const hands = { containers, run, desk, limits };
    const { rows, writer } = await takeRecord(hands, holder);
    return leaving(store, desk, openBlobRun(hands, writer, rows));
  } catch (error) {
    await letGo(store, desk);
    throw error;
  }
}

async function hold(store: Store, run: string, breaks: FoundDesk | undefined): Promise<HeldDesk> {
  const desk = await holdDesk(store.containers, run, { seconds: store.seconds, breaks });
  store.held.add(desk);
  return desk;
}

async function letGo({ held }: Store, desk: HeldDesk): Promise<void> {
  held.delete(desk);
  await desk.leave();
}

/** A journal that was given back is not held any more; nor is one that could not be: its lease runs out. */
const leaving = ({ held }: Store, desk: HeldDesk, journal: RunJournal): RunJournal => ({
  ...journal,
  release: async (outcome) => {
    try {
      await journal.release(outcome);
    } finally {
      desk.drop();
      held.delete(desk);
    }
  },
});

const holderOf = ({ host, writers: { self }, now }: Store): Holder => ({
  host: host.name,
  place: host.place,
  pid: self.pid,
  startedAt: self.startedAt,
  since: now(),
});

async function runs(store: Store): Promise<readonly RunRecord[]> {
  const { record, prefix, shown } = store.containers;
  const names = await readAgain(shown, async (abortSignal) => {
    const found: string[] = [];
    for await (const item of record.listBlobsByHierarchy('/', { prefix, abortSignal }))
      if (item.kind === 'prefix') found.push(item.name.slice(prefix.length, -1));
    return found.filter((name) => RUN.test(name));
  });
  const records: RunRecord[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE_MAX) {
    const some = await Promise.all(names.slice(from, from + AT_ONCE_MAX).map((run) => listed(store, run)));
    records.push(...some.filter((one) => one !== undefined));
  }
  return records.sort((a, b) => a.openedAt - b.openedAt || (a.run < b.run ? -1 : 1));
}

/** One that cannot be read is listed with what can be told of it, as not ended unless its desk says so; whoever reads its events is told why. */
async function listed(store: Store, run: string): Promise<RunRecord | undefined> {
  try {
    return await find(store, run);
  } catch (error) {
    rethrowOther(error);
    const { containers } = store;
    const [plan, desk] = await Promise.all([guessPlan(containers, run), findDesk(containers, run).catch(rethrowOther)]);
    return recordOf(store, plan, desk);
  }
}

function rethrowOther(error: unknown): undefined {
  if (!(error instanceof JournalError) || !['unreadable', 'format-version'].includes(error.code)) throw error;
}

const recordOf = (store: Store, plan: NewRun, desk: FoundDesk | undefined): RunRecord => ({
  ...plan,
  outcome: desk?.desk.outcome ?? null,
  writer: livingWriter(store, desk),
});

const find = async (store: Store, run: string): Promise<RunRecord | undefined> => (await lookUp(store, run))?.record;

async function lookUp(store: Store, run: string) {
  if (!RUN.test(run)) return undefined;
  const [plan, desk] = await Promise.all([findPlan(store.containers, run), findDesk(store.containers, run)]);
  if (plan === undefined) return undefined;
  return { record: recordOf(store, plan, desk), desk };
}

/** A lease that runs says that its holder is there; on our own machine we can see for ourselves. */
function livingWriter({ host, writers: { isAlive } }: Store, found: FoundDesk | undefined): RunRecord['writer'] {
  const holder = found?.desk.holder;
  if (!holder || found?.isLeased !== true) return null;
  const { place, pid, startedAt, host: name, since } = holder;
  if (place === host.place && !isAlive({ pid, startedAt })) return null;
  return { pid, startedAt, host: name, since };
}

async function known(store: Store, run: string) {
  const found = await lookUp(store, run);
  if (found === undefined)
    throw new JournalError('not-found', `expected a run of ${store.containers.shown}, found "${run}"`);
  return found;
}

async function openRecord(store: Store, run: string): Promise<void> {
  const { record } = await known(store, run);
  if (record.outcome !== null) throw closed(run, record.outcome);
}

const closed = (run: string, outcome: string) => new JournalError('closed', `${run} is closed (${outcome})`);
