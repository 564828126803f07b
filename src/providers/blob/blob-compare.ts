import * as z from 'zod';
import { sameResource } from '../../model/resource-id.ts';
import { defineCheck } from '../check-action.ts';
import { changedBlobs, claim } from '../claims.ts';
import { durationInput } from '../duration-input.ts';
import { ProviderError } from '../provider-error.ts';
import { compareBlobs } from './compare-blobs.ts';
import { complaintsOf, expectedText, observedText } from './compare-blobs-wording.ts';
import { BLOB_READ_PERMISSIONS, containerInput } from './container-input.ts';

const DURATION_MS_MAX = 86_400_000;

const sides = z.strictObject({
  primary: containerInput.optional().describe('What the copy is held to'),
  manifest: containerInput
    .omit({ prefix: true })
    .extend({ blob: z.string().min(1) })
    .optional()
    .describe('Instead of a primary: a blob with a line for each blob, as sha256sum or md5sum write it'),
  copy: containerInput.describe('The copy: a secondary endpoint, another account, a container that was restored'),
  checksum: z.enum(['sha256', 'md5']).default('sha256').describe('Of the content, which is read on both sides'),
  settledBefore: durationInput(
    'How long ago a blob must have been changed to count, by the clock of the primary',
    0,
    DURATION_MS_MAX,
  ).prefault('PT10S'),
  maxLag: durationInput('How long ago the last sync of a secondary endpoint may be', 0, DURATION_MS_MAX).optional(),
  minimumBlobs: z
    .int()
    .min(0)
    .default(1)
    .describe('With fewer blobs to compare, nothing is proved and the check fails'),
});
export type BlobComparisonInput = z.infer<typeof sides>;

const input = sides
  .superRefine(({ primary, manifest }, context) => {
    const message = 'expected either primary or manifest, found';
    if (primary === undefined && manifest === undefined)
      context.addIssue({ code: 'custom', message: `${message} neither` });
    if (primary !== undefined && manifest !== undefined)
      context.addIssue({ code: 'custom', path: ['manifest'], message: `${message} both` });
  })
  .refine(({ maxLag, copy }) => maxLag === undefined || copy.endpoint === 'secondary', {
    path: ['maxLag'],
    message: 'expected no maxLag, because only a copy at a secondary endpoint tells its last sync',
  })
  // What is held to itself always agrees, and nothing is compared.
  .refine(
    ({ primary, copy }) =>
      primary === undefined ||
      !sameResource(primary.account, copy.account) ||
      primary.container !== copy.container ||
      primary.endpoint !== copy.endpoint,
    { path: ['copy'], message: 'expected another container or endpoint than primary, found the same' },
  );

/** Compares names, lengths and checksums of blobs, and names the first ones that differ. Both sides are only read. */
export const blobCompare = defineCheck({
  name: 'blob/compare',
  title: 'Compare the blobs of a copy with those of its primary or with a manifest',
  input,
  reads: ({ primary, manifest, copy }) => [primary?.account ?? manifest?.account ?? copy.account, copy.account],
  claims: ({ copy }) => [
    claim('blobs that the copy lost', changedBlobs(copy, ['lose-one', 'lose-half', 'lose-all'])),
    claim('blobs that the copy holds altered', changedBlobs(copy, ['alter-some', 'alter-all'])),
  ],
  permissions: BLOB_READ_PERMISSIONS,
  typicalMs: 10_000,
  judge: async (given, { world, signal }) => {
    const found = await compareBlobs(world, given, signal);
    const check = { expected: expectedText(given), observed: observedText(given, found) };
    if (complaintsOf(given, found).length > 0)
      throw new ProviderError('check-failed', `expected ${check.expected}, found ${check.observed}`, { check });
    return check;
  },
});
