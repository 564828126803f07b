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
  /** SHA-256 of the last line. */
  readonly head: string;
  /** Empty: the chain holds and every line is an event in its canonical form. */
  readonly problems: readonly LineProblem[];
}

/** Enough to see what is going on; a file of a million broken lines is not listed. */
const PROBLEMS_MAX = 20;

/** Reads the lines of events.jsonl, without their line feeds. */
export function readLines(lines: readonly string[]): ReadLines {
  const events: DrillEvent[] = [];
  const problems: LineProblem[] = [];
  let [head, seq]: [string, number | undefined] = [EMPTY.hash, EMPTY.seq];
  for (const [index, line] of lines.entries()) {
    const read = tryLine(line, index + 1);
    const detail = 'detail' in read ? read.detail : brokenLink(read, index + 1, head, seq);
    if (detail !== undefined && problems.length < PROBLEMS_MAX) problems.push({ line: index + 1, detail });
    if ('event' in read) events.push(read.event);
    // After a line that cannot be read nobody knows which number comes next; the digest is known all the same.
    seq = 'event' in read ? read.event.seq : undefined;
    head = sha256(line);
  }
  return { events, head, problems };
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
