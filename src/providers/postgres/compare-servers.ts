// Opens both servers, waits until the copy has what the primary had, and compares in one snapshot on each side.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import { describeRelation, nameOf } from './compare-relation.ts';
import { isEqual, type Summary, summarize } from './compare-summary.ts';
import { postgresConfig, withPostgres } from './connection.ts';
import { type Differences, findDifferences, type Sides } from './find-differences.ts';
import type { ComparisonInput } from './postgres-compare.ts';
import { type Lag, measureLag, readPosition } from './replay-lag.ts';

export interface ComparedTable {
  readonly name: string;
  readonly primary: Summary;
  readonly replica: Summary;
  /** Columns that only one side has, with that side; nothing else of the table was compared then. */
  readonly columns: readonly string[];
  /** Undefined: no difference. */
  readonly differences: Differences | undefined;
}

export interface Comparison {
  /** Rows from here on were left out: a timestamptz of the primary's clock, as text. */
  readonly watermark: string;
  readonly lag: Lag;
  readonly tables: readonly ComparedTable[];
  /** How often it was looked. */
  readonly looks: number;
}

/** A row that was changed between the two snapshots differs once; one that was lost differs every time. */
const LOOKS_MAX = 3;
const LOOK_AGAIN_MS = 500;
/** A large table takes its time; the step's own time-out ends it before. */
const STATEMENT_MS_MAX = 3_600_000;

/** Text of a value must be the same on both sides whatever their settings are. */
const SETTINGS = Object.entries({
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
})
  .map(([name, value]) => `set_config('${name}', '${value}', false)`)
  .join(', ');

/** Throws ProviderError `postgres-…`, naming the side, when one cannot be asked. */
export const compareServers = (world: World, given: ComparisonInput, signal: AbortSignal): Promise<Comparison> =>
  onServer(world, 'primary', given, signal, (primary) =>
    onServer(world, 'replica', given, signal, (replica) => lookUntilSure({ primary, replica }, given, signal)),
  );

async function onServer<T>(
  world: World,
  side: 'primary' | 'replica',
  given: ComparisonInput,
  signal: AbortSignal,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const config = await postgresConfig(world, given[side], signal);
  const limits = { statement_timeout: STATEMENT_MS_MAX, query_timeout: STATEMENT_MS_MAX };
  const database = given.database === undefined ? {} : { database: given.database };
  let connected = false;
  try {
    return await withPostgres({ ...config, ...limits, ...database }, signal, async (client) => {
      await client.query(`SELECT ${SETTINGS}`);
      connected = true;
      return await work(client);
    });
  } catch (error) {
    // Of an error in the middle of the comparison nobody can tell whose it is by where it surfaced.
    if (connected || !(error instanceof ProviderError)) throw error;
    throw new ProviderError(error.code, `${side}: ${error.message}`, { retryable: error.retryable });
  }
}

interface Clients {
  readonly primary: Client;
  readonly replica: Client;
}

/** Looks again, with fresh snapshots, at the tables that differed; a table that was once equal is. The first look judges the lag. */
async function lookUntilSure(clients: Clients, given: ComparisonInput, signal: AbortSignal): Promise<Comparison> {
  let found = await look(clients, given, given.tables, signal);
  // A replica that is known to be stale differs for that reason, and would be waited for each time.
  const isStale = given.maxLag !== undefined && found.lag.kind === 'behind';
  let looks = 1;
  for (; !isStale && looks < LOOKS_MAX && found.tables.some(isDifferent); looks++) {
    await pause(LOOK_AGAIN_MS, signal);
    const doubtful = given.tables.filter((_, index) => found.tables.slice(index, index + 1).some(isDifferent));
    const again = (await look(clients, given, doubtful, signal)).tables.values();
    found = {
      ...found,
      tables: found.tables.map((table) => (isDifferent(table) ? (again.next().value ?? table) : table)),
    };
  }
  return { ...found, looks };
}

export const isDifferent = ({ columns, differences }: ComparedTable): boolean =>
  columns.length > 0 || differences !== undefined;

async function look(
  clients: Clients,
  given: ComparisonInput,
  tables: ComparisonInput['tables'],
  signal: AbortSignal,
): Promise<Omit<Comparison, 'looks'>> {
  const begin = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
  const askedAt = performance.now();
  await clients.primary.query(begin);
  // Its first question takes the primary's snapshot, so that the position and the watermark belong to it.
  const position = await readPosition(clients.primary, given.settledBefore);
  const limitMs = given.maxLag ?? given.settledBefore;
  const lag = await measureLag(clients.replica, position, { askedAt, limitMs, signal });
  await clients.replica.query(begin);
  const { watermark } = position;
  const sides: Sides = {
    primary: { client: clients.primary, watermark },
    replica: { client: clients.replica, watermark },
  };
  const compared: ComparedTable[] = [];
  for (const table of tables) compared.push(await compareTable(sides, table));
  await Promise.all([clients.primary.query('ROLLBACK'), clients.replica.query('ROLLBACK')]);
  return { watermark, lag, tables: compared };
}

async function compareTable(sides: Sides, table: ComparisonInput['tables'][number]): Promise<ComparedTable> {
  const [relation, other] = await Promise.all([
    named('primary', describeRelation(sides.primary.client, table)),
    named('replica', describeRelation(sides.replica.client, table)),
  ]);
  const only = (side: string, here: readonly string[], there: readonly string[]) =>
    here.filter((column) => !there.includes(column)).map((column) => `${column} (${side} alone)`);
  const columns = [
    ...only('primary', relation.columns, other.columns),
    ...only('replica', other.columns, relation.columns),
  ];
  const name = nameOf(table);
  if (columns.length > 0) return { name, primary: NOTHING, replica: NOTHING, columns, differences: undefined };
  const [primary, replica] = await Promise.all([
    summarize(sides.primary, relation),
    summarize(sides.replica, relation),
  ]);
  const differences = isEqual(primary, replica)
    ? undefined
    : await findDifferences(sides, relation, primary.rows + replica.rows);
  return { name, primary, replica, columns, differences };
}

/** A table that only one side has, or lets be read, is the finding of that side. */
async function named<T>(side: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error) error.message = `${side}: ${error.message}`;
    throw error;
  }
}

const NOTHING: Summary = { rows: 0, digest: '', leftOut: 0, newest: null };

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw new ProviderError('aborted', 'a wait between two looks was aborted');
  }
}
