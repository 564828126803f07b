// The bytes of a journal: one line an event, and each line carries the SHA-256 of the line before it.
import { formatInstant } from '../model/clock.ts';
import { type DrillEvent, type EventBody, eventSchema } from '../model/events.ts';
import { canonicalJson, sha256 } from '../model/json.ts';
import type { NewEvent, StoredEvent } from './journal.ts';
import { JournalError } from './journal-error.ts';

/** The end of a chain: what the next line continues. */
export interface Head {
  readonly seq: number;
  /** SHA-256 of the last line's bytes. */
  readonly hash: string;
}

/** Before the first line: `prev` of line 1 is 64 zeros. */
export const EMPTY: Head = { seq: 0, hash: '0'.repeat(64) };

/** A line longer than this is refused, written or read. */
export const LINE_LENGTH_MAX = 32 * 1024 * 1024;

/** The line of an event, without line feed: `{"seq":…,"prev":"…","at":"…Z","type":"…",…}`, the other members sorted by name. */
export function formatLine({ seq, at, type, ...rest }: DrillEvent, prev: string): string {
  const members = canonicalJson(rest).slice(1, -1);
  const place = `{"seq":${seq},"prev":"${prev}","at":"${formatInstant(at)}","type":${JSON.stringify(type)}`;
  return members === '' ? `${place}}` : `${place},${members}}`;
}

/** Reads one line. Throws JournalError `line-invalid` unless it is exactly what `formatLine` writes for its event. */
export function parseLine(line: string, seq: number): { readonly event: DrillEvent; readonly prev: string } {
  if (line.length > LINE_LENGTH_MAX)
    throw invalid(seq, `expected at most ${LINE_LENGTH_MAX} characters, found ${line.length}`);
  try {
    const { seq: found, prev, at, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const body = eventSchema.parse(rest);
    const event: DrillEvent = { ...body, seq: Number(found), at: Date.parse(String(at)) };
    // Comparing bytes also refuses doubled and unknown members, which other readers of the line could take for something else.
    if (formatLine(event, String(prev)) === line) return { event, prev: String(prev) };
  } catch (cause) {
    throw invalid(seq, 'expected an event as JSON, found something else', cause);
  }
  throw invalid(
    seq,
    'expected an event in canonical form (seq, prev, at, type, other members sorted), found another spelling',
  );
}

const invalid = (seq: number, what: string, cause?: unknown) =>
  new JournalError('line-invalid', `line ${seq}: ${what}`, { seq, cause });

export interface Chained {
  readonly event: DrillEvent;
  readonly stored: StoredEvent;
}

/** Verifies lines that follow `after`, in their order. Throws JournalError `broken-chain` or `line-invalid`, with the line's `seq`. */
export function* readChain(lines: Iterable<string>, after: Head = EMPTY): Generator<Chained> {
  let head = after;
  for (const line of lines) {
    const seq = head.seq + 1;
    const { event, prev } = parseLine(line, seq);
    if (event.seq !== seq) throw broken(seq, `expected sequence number ${seq}, found ${event.seq}`);
    if (prev !== head.hash)
      throw broken(seq, `expected prev ${head.hash}, the digest of the line before it, found ${prev}`);
    head = { seq, hash: sha256(line) };
    yield { event, stored: { ...head, line } };
  }
}

const broken = (seq: number, what: string) => new JournalError('broken-chain', `line ${seq}: ${what}`, { seq });

/** Verifies stored lines against their own digests as well: a changed line is named itself, not the one after it. */
export function* readStored(rows: Iterable<StoredEvent>, after: Head = EMPTY): Generator<Chained> {
  let seq = after.seq;
  const lines = function* () {
    for (const row of rows) {
      seq += 1;
      const found = sha256(row.line);
      if (found !== row.hash) throw broken(seq, `expected bytes with the digest ${row.hash}, found ${found}`);
      yield row.line;
    }
  };
  yield* readChain(lines(), after);
}

/** Gives events their places after `head`. Throws JournalError `event-invalid` when one could not be read back as it is. */
export function chainEvents(events: readonly NewEvent[], head: Head): readonly Chained[] {
  const chained: Chained[] = [];
  let { seq, hash } = head;
  for (const { at, body } of events) {
    seq += 1;
    const event = { ...checked(at, body, seq), seq, at };
    const line = formatLine(event, hash);
    if (line.length > LINE_LENGTH_MAX)
      throw unfit(seq, `expected at most ${LINE_LENGTH_MAX} characters, found ${line.length}`);
    hash = sha256(line);
    chained.push({ event, stored: { seq, line, hash } });
  }
  return chained;
}

function checked(at: number, body: EventBody, seq: number): EventBody {
  if (!Number.isSafeInteger(at) || Math.abs(at) > INSTANT_MS_MAX)
    throw unfit(seq, `expected whole epoch milliseconds, found ${at}`);
  const parsed = eventSchema.safeParse(body);
  if (!parsed.success) throw unfit(seq, `expected an event, found ${body.type} with other members`, parsed.error);
  return parsed.data;
}

/** Up to the year 9999 an instant is written in 24 characters. */
const INSTANT_MS_MAX = 253_402_300_799_999;

const unfit = (seq: number, what: string, cause?: unknown) =>
  new JournalError('event-invalid', `event ${seq}: ${what}`, { seq, cause });
