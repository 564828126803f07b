// The record of one run: append blobs to which bytes are only ever added, at the place where whoever writes saw the end. That place is the fence.
import { randomUUID } from 'node:crypto';
import type { AppendBlobClient } from '@azure/storage-blob';
import type { StoredEvent } from '../journal.ts';
import { JournalError } from '../journal-error.ts';
import type { Containers } from './containers.ts';
import { nextLine, type RecordReader, readRecord } from './record-lines.ts';
import { askAgain, asked, isConflict, isMissing, readAgain, refusalOf, unreachable } from './requests.ts';

/** An append blob takes 50,000 blocks; the last one says where the record goes on. */
const BLOCKS_MAX = 49_000;
/** Of one block. A line has at most 32 Mi characters, which fit. */
const BLOCK_BYTES_MAX = 100 * 1024 * 1024;
const SEGMENTS_MAX = 999_999;
/** Read at once; and of a whole record, which is held in memory. */
const READ_BYTES_MAX = 64 * 1024 * 1024;
const RECORD_BYTES_MAX = 1024 * 1024 * 1024;

export interface RecordLimits {
  readonly blocks: number;
  readonly blockBytes: number;
}
export const RECORD_LIMITS: RecordLimits = { blocks: BLOCKS_MAX, blockBytes: BLOCK_BYTES_MAX };

/** The end of a record as a writer last saw it. */
export interface RecordEnd {
  readonly segment: number;
  readonly position: number;
  readonly blocks: number;
}

/** What was read of a record so far. */
export interface RecordSoFar {
  readonly rows: readonly StoredEvent[];
  readonly end: RecordEnd;
  readonly reader: RecordReader;
}

export const recordFolder = ({ prefix }: Pick<Containers, 'prefix'>, run: string): string => `${prefix}${run}/`;

const segmentOf = (containers: Containers, run: string, segment: number): AppendBlobClient =>
  containers.record.getAppendBlobClient(
    `${recordFolder(containers, run)}events-${String(segment).padStart(6, '0')}.jsonl`,
  );

/** Reads a record to its end, on from what was read of it before. */
export async function readOn(containers: Containers, run: string, before?: RecordSoFar): Promise<RecordSoFar> {
  const reader = before?.reader ?? readRecord();
  let end = before?.end ?? { segment: 1, position: 0, blocks: 0 };
  for (let size = 0; ; ) {
    const found = await readSegment(segmentOf(containers, run, end.segment), end);
    if (found === 'absent' && end.segment === 1)
      throw new JournalError('unreadable', `journal: expected events of ${run}, found none`);
    if (found === undefined || found === 'absent') return { rows: reader.rows, end, reader };
    end = { segment: end.segment, position: end.position + found.bytes.length, blocks: found.blocks };
    reader.take(found.bytes);
    size += found.bytes.length;
    if (size > RECORD_BYTES_MAX)
      throw new JournalError('unreadable', `journal: expected at most ${RECORD_BYTES_MAX} bytes of ${run}, found more`);
    const next = reader.next();
    if (next === undefined && !found.isWhole) continue;
    if (next === undefined) return { rows: reader.rows, end, reader };
    end = { segment: next, position: 0, blocks: 0 };
  }
}

/** What stands behind a place. Undefined: nothing more. */
async function readSegment(blob: AppendBlobClient, { position }: RecordEnd) {
  const what = `blob ${blob.name}`;
  try {
    const { contentLength = 0, blobCommittedBlockCount: blocks = 0 } = await askAgain(what, (abortSignal) =>
      blob.getProperties({ abortSignal }),
    );
    if (contentLength <= position) return undefined;
    const count = Math.min(contentLength - position, READ_BYTES_MAX);
    const bytes = await askAgain(what, (abortSignal) => blob.downloadToBuffer(position, count, { abortSignal }));
    return { bytes, blocks, isWhole: position + count === contentLength };
  } catch (error) {
    if (isMissing(error)) return 'absent';
    throw unreachable(what, error);
  }
}

/** Makes a segment. Throws JournalError `exists` when somebody else did. */
export async function createSegment(containers: Containers, run: string, segment: number): Promise<void> {
  const blob = segmentOf(containers, run, segment);
  // Tells our own blob, whose answer was lost, from somebody else's.
  const maker = randomUUID().replaceAll('-', '');
  const headers = { blobContentType: 'application/jsonl' };
  try {
    await askAgain(`blob ${blob.name}`, (abortSignal) =>
      blob.create({
        abortSignal,
        conditions: { ifNoneMatch: '*' },
        metadata: { maker },
        blobHTTPHeaders: headers,
      }),
    );
  } catch (error) {
    if (!isConflict(error)) throw unreachable(`blob ${blob.name}`, error);
    const { metadata } = await readAgain(`blob ${blob.name}`, (abortSignal) => blob.getProperties({ abortSignal }));
    if (metadata?.['maker'] !== maker)
      throw new JournalError('exists', `expected no record of ${run} yet, found blob ${blob.name}`, { cause: error });
  }
}

/** Adds lines to a record. Whoever has written there meanwhile fences it for ever. */
export interface RecordWriter {
  /** All of it in one block where it fits. Throws JournalError `fenced` or `unreachable`. */
  readonly add: (lines: readonly string[]) => Promise<void>;
}

export function writeRecord(
  containers: Containers,
  run: string,
  from: RecordEnd,
  limits = RECORD_LIMITS,
): RecordWriter {
  let end = from;
  const put = async (bytes: Buffer) => {
    end = await addBlock(segmentOf(containers, run, end.segment), end, bytes);
  };
  const roll = async () => {
    const segment = end.segment + 1;
    if (segment > SEGMENTS_MAX) throw new RangeError(`expected at most ${SEGMENTS_MAX} segments of ${run}`);
    await put(Buffer.from(nextLine(segment)));
    // Somebody who took the run over may have made it; who writes into it is decided by its first bytes.
    await createSegment(containers, run, segment).catch((error: unknown) => {
      if (!(error instanceof JournalError) || error.code !== 'exists') throw error;
    });
    end = { segment, position: 0, blocks: 0 };
  };
  return {
    add: async (lines) => {
      for (const block of blocksOf(lines, limits.blockBytes)) {
        if (end.blocks >= limits.blocks) await roll();
        await put(block);
      }
    },
  };
}

/** After a roll-over whose new segment was never made: the place is known, the blob is not there. */
export const requireSegment = async (containers: Containers, run: string, { segment, position }: RecordEnd) => {
  if (position > 0 || segment === 1) return;
  await createSegment(containers, run, segment).catch((error: unknown) => {
    if (!(error instanceof JournalError) || error.code !== 'exists') throw error;
  });
};

/** As few blocks as whole lines allow. */
function blocksOf(lines: readonly string[], bytesMax: number): readonly Buffer[] {
  const blocks: Buffer[][] = [];
  let size = bytesMax;
  for (const line of lines.map((text) => Buffer.from(text))) {
    if (size + line.length > bytesMax) {
      blocks.push([]);
      size = 0;
    }
    blocks.at(-1)?.push(line);
    size += line.length;
  }
  return blocks.map((parts) => Buffer.concat(parts));
}

/** One block at one place. Sent again only at that same place, where it can land once. */
async function addBlock(blob: AppendBlobClient, end: RecordEnd, bytes: Buffer): Promise<RecordEnd> {
  const after = { segment: end.segment, position: end.position + bytes.length };
  const what = `blob ${blob.name}`;
  const conditions = { appendPosition: end.position };
  return askAgain(what, async (abortSignal) => {
    try {
      const stored = await blob.appendBlock(bytes, bytes.length, { abortSignal, conditions });
      return { ...after, blocks: stored.blobCommittedBlockCount ?? end.blocks + 1 };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined && refusal.status !== 412) throw unreachable(what, error);
      // No answer, or a place that is taken: by ourselves when an answer was lost, else by another writer. What stands there tells.
      const found = await standing(blob, end.position, bytes.length);
      if (found.length === 0 && refusal === undefined) throw error;
      if (!found.bytes.equals(bytes))
        throw new JournalError('fenced', `${blob.name} is in the hands of another writer`, { cause: error });
      return { ...after, blocks: found.blocks };
    }
  });
}

async function standing(blob: AppendBlobClient, position: number, count: number) {
  const { contentLength = 0, blobCommittedBlockCount: blocks = 0 } = await asked((abortSignal) =>
    blob.getProperties({ abortSignal }),
  );
  const length = Math.min(count, contentLength - position);
  if (length <= 0) return { bytes: Buffer.alloc(0), length: 0, blocks };
  const bytes = await asked((abortSignal) => blob.downloadToBuffer(position, length, { abortSignal }));
  return { bytes, length, blocks };
}
