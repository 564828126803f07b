// The bytes of a record: lines of events in groups, each closed by its seal, and between them who wrote from there on.
import * as z from 'zod';
import { sha256 } from '../../model/json.ts';
import type { StoredEvent } from '../journal.ts';
import { JournalError } from '../journal-error.ts';

/** Who writes from here on. `nonce` tells two terms of one process apart. */
const termSchema = z.strictObject({
  term: z.strictObject({
    host: z.string(),
    pid: z.int(),
    startedAt: z.string(),
    since: z.string(),
    nonce: z.string(),
  }),
});
const sealSchema = z.strictObject({ sealed: z.int().min(1), hash: z.string().regex(/^[0-9a-f]{64}$/) });
const nextSchema = z.strictObject({ next: z.int().min(2) });
const markSchema = z.union([termSchema, sealSchema, nextSchema]);

export type Term = z.infer<typeof termSchema>['term'];

const EVENT = '{"seq":';

export const termLine = (term: Term): string => `${JSON.stringify({ term })}\n`;
/** The record goes on in the segment of this number. */
export const nextLine = (next: number): string => `${JSON.stringify({ next })}\n`;

/** A group as it is stored. The seal tells a changed last line, and a group that was stored in part. */
export function groupLines(group: readonly StoredEvent[]): readonly string[] {
  const last = group.at(-1);
  if (last === undefined) return [];
  return [...group.map(({ line }) => `${line}\n`), `${JSON.stringify({ sealed: last.seq, hash: last.hash })}\n`];
}

/** Reads a record piece by piece, as it grows. */
export interface RecordReader {
  /** Takes the next bytes. Throws JournalError `line-invalid` or `broken-chain`. */
  readonly take: (bytes: Buffer) => void;
  /** Whole groups. */
  readonly rows: readonly StoredEvent[];
  /** The segment after the one that was read last; undefined: that one goes on. */
  readonly next: () => number | undefined;
}

export function readRecord(): RecordReader {
  const rows: StoredEvent[] = [];
  let group: StoredEvent[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let next: number | undefined;
  const mark = (line: string) => {
    const found = parseMark(line, rows.length + group.length + 1);
    // What a writer left without its seal was promised to nobody.
    if ('term' in found) group = [];
    else if ('next' in found) next = found.next;
    else rows.push(...sealed(group.splice(0), found));
  };
  return {
    rows,
    next: () => next,
    take: (bytes) => {
      next = undefined;
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const end = all.lastIndexOf(LINE_FEED) + 1;
      rest = all.subarray(end);
      if (end === 0) return;
      for (const line of all.toString('utf8', 0, end - 1).split('\n')) {
        if (line.startsWith(EVENT)) group.push({ seq: rows.length + group.length + 1, line, hash: sha256(line) });
        else mark(line);
      }
    },
  };
}

const LINE_FEED = 10;

function sealed(group: readonly StoredEvent[], seal: z.infer<typeof sealSchema>): readonly StoredEvent[] {
  const last = group.at(-1);
  if (last?.seq !== seal.sealed)
    throw new JournalError('broken-chain', `line ${seal.sealed}: expected a seal of line ${last?.seq}, found another`, {
      seq: seal.sealed,
    });
  // Kept as it was sealed: whoever reads the chain finds what was changed since.
  return [...group.slice(0, -1), { ...last, hash: seal.hash }];
}

function parseMark(line: string, seq: number): z.infer<typeof markSchema> {
  try {
    return markSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new JournalError('line-invalid', `line ${seq}: expected an event or a mark of the store, found neither`, {
      seq,
      cause,
    });
  }
}
