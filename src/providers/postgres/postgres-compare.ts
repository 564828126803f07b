import { escapeIdentifier } from 'pg';
import * as z from 'zod';
import { sameResource } from '../../model/resource-id.ts';
import { defineCheck } from '../check-action.ts';
import { changedRows, claim } from '../claims.ts';
import { durationInput } from '../duration-input.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import { nameOf } from './compare-relation.ts';
import { compareServers } from './compare-servers.ts';
import { complaintsOf, expectedText, observedText } from './compare-wording.ts';

const TABLES_MAX = 50;
const QUERY_LENGTH_MAX = 10_000;
/** PostgreSQL cuts longer ones off. */
const IDENTIFIER_LENGTH_MAX = 63;
const DURATION_MS_MAX = 86_400_000;

const identifier = z
  .string()
  .min(1)
  .max(IDENTIFIER_LENGTH_MAX)
  .refine((name) => !name.includes('\0'), 'expected a name without NUL characters');

const table = z
  .strictObject({
    table: identifier.optional().describe('Its name, as it is'),
    schema: identifier.default('public'),
    query: z.string().min(1).max(QUERY_LENGTH_MAX).optional().describe('Instead of a table: one SELECT'),
    name: identifier.optional().describe('What reports call it; a query should have one'),
    key: identifier.describe('The column by whose ranges rows are compared; differences are named by it'),
    settledBy: identifier
      .optional()
      .describe(
        'A column of instants: rows that are newer than settledBefore are left out, and the newest one shows how fresh the copy is',
      ),
    minimumRows: z
      .int()
      .min(0)
      .default(1)
      .describe('With fewer rows to compare, nothing is proved and the check fails'),
  })
  .refine(
    (given) => (given.table === undefined) !== (given.query === undefined),
    'expected either table or query, found both or neither',
  );

const sides = z.strictObject({
  primary: resourceInput(SERVER_TYPE).describe('What the copy is held to'),
  replica: resourceInput(SERVER_TYPE).describe('The copy: a replica, or a server that was restored'),
  database: identifier.optional().describe('Default: the one of the environment'),
  tables: z.array(table).min(1).max(TABLES_MAX),
  settledBefore: durationInput(
    'How old a row must be to count, by the clock of the primary',
    0,
    DURATION_MS_MAX,
  ).prefault('PT10S'),
  maxLag: durationInput('How far the copy may be behind', 0, DURATION_MS_MAX).optional(),
});
/** A server that is held to itself always agrees, and nothing is compared. */
const input = sides.refine(({ primary, replica }) => !sameResource(primary, replica), {
  path: ['replica'],
  message: 'expected another server than primary, found the same',
});
export type ComparisonInput = z.infer<typeof sides>;

/**
 * Compares row counts and checksums of two servers, each in one snapshot, and names the first rows that differ. Both sides are only read.
 * A replica that is a moment behind is waited for; on a live system a difference counts when it is there in three looks.
 */
export const postgresCompare = defineCheck({
  name: 'postgres/compare',
  title: 'Compare the rows of a copy with those of its primary',
  input,
  reads: ({ primary, replica }) => [primary, replica],
  claims: ({ replica, tables }) =>
    tables.map((compared) => claim(`${nameOf(compared)} of the replica`, changedRows(replica, queryOf(compared)))),
  permissions: ['Microsoft.DBforPostgreSQL/flexibleServers/read'],
  typicalMs: 5000,
  judge: async (given, { world, signal }) => {
    const found = await compareServers(world, given, signal);
    const check = { expected: expectedText(given), observed: observedText(given, found) };
    if (complaintsOf(given, found).length > 0)
      throw new ProviderError('check-failed', `expected ${check.expected}, found ${check.observed}`, { check });
    return check;
  },
});

const queryOf = ({ table: name = '', schema, query }: ComparisonInput['tables'][number]): string =>
  query ?? `SELECT * FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
