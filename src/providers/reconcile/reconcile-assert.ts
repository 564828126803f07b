import * as z from 'zod';
import { BLOB_READ_PERMISSIONS, containerInput } from '../blob/container-input.ts';
import { defineCheck } from '../check-action.ts';
import { changedBlobs, changedRows, claim } from '../claims.ts';
import { durationInput } from '../duration-input.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import { reconcile } from './reconcile.ts';
import { complaintsOf, expectedText, observedText } from './reconcile-wording.ts';

const QUERY_LENGTH_MAX = 10_000;
/** PostgreSQL cuts longer ones off. */
const IDENTIFIER_LENGTH_MAX = 63;
const SETTLED_MS_MAX = 86_400_000;

const identifier = z.string().min(1).max(IDENTIFIER_LENGTH_MAX);
const instant = z
  .union([z.number().min(0), z.iso.datetime({ offset: true })])
  .transform((at) => (typeof at === 'number' ? at : Date.parse(at)));

const input = z.strictObject({
  rows: z.strictObject({
    server: resourceInput(SERVER_TYPE),
    database: identifier.optional().describe('Default: the one of the environment'),
    query: z.string().min(1).max(QUERY_LENGTH_MAX).describe('One SELECT; it runs in a read-only transaction'),
    key: identifier.describe("The column whose text is a blob's name, without prefix and suffix"),
    at: identifier.describe('The column that says when the row was written'),
  }),
  blobs: containerInput.extend({
    suffix: z.string().default('').describe('What follows the key in the name of a blob'),
    at: z
      .string()
      .regex(/^[a-z_][a-z0-9_]*$/, 'expected the name of a metadata entry in lower case')
      .optional()
      .describe("Metadata with the instant of the blob's row (RFC 3339); default: when the blob was changed last"),
  }),
  settledBefore: durationInput(
    'How old a row or blob must be to count, by the clock of the database: the other one may be on its way',
    0,
    SETTLED_MS_MAX,
  ).prefault('PT10S'),
  lossWindow: z
    .strictObject({ from: instant, to: instant, maximum: z.int().min(0).optional() })
    .optional()
    .describe(
      'From the earlier recovery point of both stores to the disruption: what has no counterpart in it was lost by one store alone. It is counted and named, and is red only beyond maximum',
    ),
  minimumMatched: z.int().min(0).default(1).describe('With fewer pairs, nothing is proved and the check fails'),
});
export type ReconciliationInput = z.infer<typeof input>;

/** Holds two stores to each other: no row without its blob, no blob without its row. Both are only read. */
export const reconcileAssert = defineCheck({
  name: 'reconcile/assert',
  title: 'Reconcile rows of a database with blobs of a storage account',
  input,
  reads: ({ rows, blobs }) => [rows.server, blobs.account],
  claims: ({ rows, blobs }) => [
    claim('rows without their blobs', changedBlobs(blobs, ['lose-one', 'lose-half', 'lose-all'])),
    claim(
      'blobs without their rows',
      changedRows(rows.server, rows.query).filter((one) => /^lose/.test(one.change)),
    ),
  ],
  permissions: ['Microsoft.DBforPostgreSQL/flexibleServers/read', ...BLOB_READ_PERMISSIONS],
  typicalMs: 5000,
  judge: async (given, { world, signal }) => {
    const found = await reconcile(world, given, signal);
    const check = { expected: expectedText(given), observed: observedText(given, found) };
    if (complaintsOf(given, found).length > 0)
      throw new ProviderError('check-failed', `expected ${check.expected}, found ${check.observed}`, { check });
    return check;
  },
});
