// Who holds a run, and since when, for those who would like to have it.
import type { JournalStore, RunJournal, RunRecord, Writer } from '../journal/journal.ts';
import { JournalError } from '../journal/journal-error.ts';
import { startTimeOf } from '../journal/process-identity.ts';
import { formatInstant } from '../model/clock.ts';
import { UsageError } from '../model/errors.ts';
import type { DrillEvent, EventType } from '../model/events.ts';

/** The process that holds a run. `since`: RFC 3339; null: it took the run over and has written nothing yet. */
export interface Holder {
  readonly pid: number;
  /** Of a journal that several machines share. */
  readonly host?: string;
  readonly since: string | null;
}

/** Null: nobody holds it. */
export function holderOf({ writer }: Pick<RunRecord, 'writer'>, events: readonly DrillEvent[]): Holder | null {
  if (writer === null) return null;
  const { pid, host } = writer;
  if (writer.since !== undefined)
    return { pid, ...(host !== undefined && { host }), since: formatInstant(writer.since) };
  const began = events.findLast(({ type }) => BEGINNINGS.has(type));
  return { pid, since: began === undefined || isOthers(began, writer) ? null : formatInstant(began.at) };
}

const BEGINNINGS: ReadonlySet<EventType> = new Set<EventType>(['run.opened', 'run.resumed', 'run.reopened']);
/** A start is counted in ticks, and the clocks that it is told by differ by less. */
const START_TOLERANCE_MS = 2000;

/** Whether another process than the writer took the run in hand then: the writer has put nothing on record yet. */
function isOthers(began: DrillEvent, writer: Writer): boolean {
  if (began.type === 'run.resumed') return began.by !== `process ${writer.pid}`;
  return (startTimeOf(writer) ?? 0) > began.at + START_TOLERANCE_MS;
}

/** As in "process 4711 since 2026-11-21T10:00:00.000Z". */
export const holderText = ({ pid, host, since }: Holder): string =>
  `process ${pid}${host === undefined ? '' : ` of ${host}`} ${since === null ? 'since just now' : `since ${since}`}`;

/** Takes a run that nobody holds. Throws UsageError `refused` with the holder, who may have been faster by a moment. */
export const takeFree = (store: JournalStore, run: string): Promise<RunJournal> =>
  unlessHeld(store, run, () => store.take(run));

/** Does what needs the run to itself. Throws UsageError `refused` with the holder found now when another process has it. */
export async function unlessHeld<T>(store: JournalStore, run: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const record = isHeld(cause) ? await store.find(run) : undefined;
    if (record === undefined) throw cause;
    const holder = holderOf(record, await store.events(run));
    throw new UsageError(
      'refused',
      `${run} is held by ${holder === null ? 'a process that is gone by now' : holderText(holder)}, which goes on with it; drillmaster status ${run} shows it`,
      { cause },
    );
  }
}

const isHeld = (cause: unknown) => cause instanceof JournalError && (cause.code === 'busy' || cause.code === 'fenced');
