// Stored lines back to events. A journal stops at the first broken link; a reader of evidence wants every one named by its line.
import { EMPTY, parseLine } from '../journal/chain.ts';
import { toErrorData } from '../model/errors.ts';
import type { DrillEvent } from '../model/events.ts';
import { sha256 } from '../model/json.ts';

interface LineProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly detail: string;
}

export interface ReadLines {
  readonly events: readonly DrillEvent[];
  /** How many lines were read. */
  readonly lines: number;
  /** SHA-256 of the last line; undefined when too much was wrong to read on. */
  readonly head: string | undefined;
  /** Empty: the chain holds and every line is an event in its canonical form. */
  readonly problems: readonly LineProblem[];
}

/** Enough to see what is going on; a file of a million broken lines is neither listed nor read to its end. */
const PROBLEMS_MAX = 20;

/** Reads the lines of events.jsonl, without their line feeds, one by one: 128 MiB may be as many lines. */
export function readLines(lines: Iterable<string>): ReadLines {
  const events: DrillEvent[] = [];
  const problems: LineProblem[] = [];
  let [head, seq, number]: [string, number | undefined, number] = [EMPTY.hash, EMPTY.seq, 0];
  for (const line of lines) {
    number += 1;
    const read = tryLine(line, number);
    const detail = 'detail' in read ? read.detail : brokenLink(read, number, head, seq);
    if (detail !== undefined) problems.push({ line: number, detail });
    if (problems.length >= PROBLEMS_MAX) return { events, lines: number, head: undefined, problems };
    if ('event' in read) events.push(read.event);
    // After a line that cannot be read nobody knows which number comes next; the digest is known all the same.
    seq = 'event' in read ? read.event.seq : undefined;
    head = sha256(line);
  }
  return { events, lines: number, head, problems };
}

/** The lines of a text; the empty one behind the last line feed is none. */
export function* linesOf(text: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    yield text.slice(start, end);
    start = end + 1;
  }
  if (start < text.length || text === '') yield text.slice(start);
}

type Read = ReturnType<typeof parseLine>;

function tryLine(line: string, number: number): Read | { readonly detail: string } {
  try {
    return parseLine(line, number);
  } catch (thrown) {
    return { detail: toErrorData(thrown).message.replace(/^line \d+: /, '') };
  }
}

function brokenLink({ event, prev }: Read, line: number, head: string, seq: number | undefined): string | undefined {
  if (prev !== head && line === 1)
    return 'this is not the first line of a chain: it was changed, or lines before it are gone';
  if (prev !== head)
    return `prev is not the SHA-256 of line ${line - 1}: line ${line - 1} or ${line} was changed, or a line between them is gone`;
  return seq === undefined || event.seq === seq + 1
    ? undefined
    : `expected sequence number ${seq + 1}, found ${event.seq}`;
}
