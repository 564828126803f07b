import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { BlobChange, Claim } from '../../model/corruption.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { defineCheck } from '../check-action.ts';
import { changedBlobs, claim, claimedConditions } from '../claims.ts';
import { expectationOver, judge } from '../expectation.ts';
import { ProviderError } from '../provider-error.ts';
import { shownParts } from '../shown-parts.ts';
import { isBlobMissing, type OpenContainer, withContainer } from './blob-service.ts';
import { BLOB_READ_PERMISSIONS, containerInput } from './container-input.ts';
import { type ListedBlob, listBlobs } from './list-blobs.ts';

const CONTENT_BYTES_MAX = 1024 * 1024;
const BLOB_NAME_LENGTH_MAX = 1024;
const NAMES_SHOWN_MAX = 10;
// `bytes` and `size` are words of CEL itself.
const LIST_NAMES = ['status', 'count', 'totalBytes', 'names', 'newest', 'oldest'];
const BLOB_NAMES = ['status', 'length', 'contentType', 'ageSeconds', 'text', 'json'];

const input = containerInput
  .extend({
    blob: z.string().min(1).max(BLOB_NAME_LENGTH_MAX).optional().describe('One blob whose content is read instead'),
    expect: z
      .string()
      .describe(`CEL over ${LIST_NAMES.join(', ')}; of one blob over ${BLOB_NAMES.join(', ')}: newest.ageSeconds < 60`),
  })
  .superRefine(({ blob, expect }, context) => {
    const parsed = expectationOver(...(blob === undefined ? LIST_NAMES : BLOB_NAMES)).safeParse(expect);
    for (const { message } of parsed.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: ['expect'], message });
  });
type Input = z.infer<typeof input>;

/** Looks at the blobs of a container, or at the content of one. Where there is none, nothing but `status` can be read: it is 404. */
export const blobAssert = defineCheck({
  name: 'blob/assert',
  title: 'Check the blobs of a container, or the content of one',
  input,
  reads: ({ account }) => [account],
  claims: (given) => claimedConditions(given.expect, ({ references }) => claimOf(given, references)),
  permissions: BLOB_READ_PERMISSIONS,
  typicalMs: 1000,
  judge: (given, { world, signal }) =>
    withContainer(world, given, signal, (opened) =>
      given.blob === undefined
        ? judgeList(given, opened, signal)
        : judgeContent(given.expect, opened, given.blob, signal),
    ),
});

async function judgeList({ expect, prefix }: Input, opened: OpenContainer, signal: AbortSignal) {
  const listing = await listBlobs(opened, prefix, signal);
  if (listing === undefined) return judge(expect, { status: 404 });
  const { at, blobs } = listing;
  const ordered = blobs.toSorted((a, b) => a.modifiedAt - b.modifiedAt);
  const facts = {
    status: 200,
    count: blobs.length,
    totalBytes: blobs.reduce((sum, { bytes }) => sum + bytes, 0),
    newest: aged(ordered.at(-1), at),
    oldest: aged(ordered[0], at),
  };
  const names = blobs.map(({ name }) => name);
  return judge(expect, { ...facts, names }, { ...facts, names: names.slice(0, NAMES_SHOWN_MAX) });
}

/** An empty container has no newest blob: what is asked of one is not met. */
const aged = (blob: ListedBlob | undefined, at: number): Json =>
  blob === undefined ? null : { name: blob.name, ageSeconds: secondsBetween(blob.modifiedAt, at) };

const secondsBetween = (from: number, to: number) => Math.max(0, Math.round((to - from) / 1000));

async function judgeContent(expect: string, opened: OpenContainer, name: string, signal: AbortSignal) {
  const found = await readContent(opened, name, signal);
  if (found === undefined) return judge(expect, { status: 404 });
  const { content, facts } = found;
  const text = content.toString('utf8');
  const seen: JsonObject = { status: 200, ...facts, text, ...parsed(text) };
  // Of the content, what the condition reads of it and a digest of all: a document may hold what no report may.
  const sha256 = createHash('sha256').update(content).digest('hex');
  return judge(expect, seen, { status: 200, ...facts, sha256, ...shownParts(expect, seen, 'json') });
}

interface Content {
  readonly content: Buffer;
  readonly facts: { readonly length: number; readonly contentType: string; readonly ageSeconds: number };
}

async function readContent({ container }: OpenContainer, name: string, signal: AbortSignal) {
  const client = container.getBlobClient(name);
  try {
    const {
      contentLength = 0,
      contentType = '',
      lastModified,
      date,
      etag,
    } = await client.getProperties({
      abortSignal: signal,
    });
    if (contentLength > CONTENT_BYTES_MAX)
      throw new ProviderError('blob-failed', `expected ${name} to have at most ${CONTENT_BYTES_MAX} bytes, found more`);
    const conditions = etag === undefined ? {} : { ifMatch: etag };
    const content =
      contentLength === 0
        ? Buffer.alloc(0)
        : await client.downloadToBuffer(0, contentLength, { abortSignal: signal, conditions });
    const ageSeconds = secondsBetween(lastModified?.getTime() ?? 0, date?.getTime() ?? 0);
    return { content, facts: { length: contentLength, contentType, ageSeconds } } satisfies Content;
  } catch (error) {
    if (isBlobMissing(error)) return undefined;
    throw error;
  }
}

/** What is no JSON has no `json`, and a condition over it is not met. */
function parsed(text: string): JsonObject {
  try {
    return { json: JSON.parse(text) as Json };
  } catch {
    return {};
  }
}

/**
 * What is not there has nothing but a status, so that every other condition is red there, also an empty one: absence is planted for those alone
 * that ask for the status. What was JSON must be JSON again for the same reason.
 */
function claimOf(given: Input, references: readonly string[]): Claim {
  const reads = new Set(references.map((path) => path.split('.', 1)[0]));
  const asksForStatus = reads.has('status');
  if (given.blob === undefined) {
    const absence: readonly BlobChange[] = asksForStatus ? ['lose-container'] : [];
    const changes: readonly BlobChange[] = ['lose-one', 'lose-half', 'add-one', 'age-all', 'lose-all', ...absence];
    return claim('the blobs of the container', changedBlobs(given, changes));
  }
  const shortened: readonly BlobChange[] = reads.has('json') ? [] : ['lose-half', 'lose-all'];
  const absence: readonly BlobChange[] = asksForStatus ? ['lose-one'] : [];
  return claim(given.blob, changedBlobs(given, ['alter-all', 'age-all', ...shortened, ...absence]));
}
