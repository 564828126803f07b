// Two real servers: one streams from the other and is damaged on its disk, another one goes its own way.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresCompare } from '../../src/providers/postgres/postgres-compare.ts';
import type { World } from '../../src/providers/world.ts';
import { type HttpsServer, startHttps } from './https-server.ts';
import { hasPostgres, LOGIN, type PostgresServer, startPostgres } from './postgres-server.ts';
import { buildWorld, contextOf, PRIMARY, REPLICA, rejection, serverBody } from './world-builder.ts';

const WEU = 'db-weu.postgres.database.azure.com';
const NEU = 'db-neu.postgres.database.azure.com';
const ROWS = 5000;
const HOSTILE = 'or"ders; DROP TABLE orders --';

let primary: PostgresServer;
let streaming: PostgresServer;
let copy: PostgresServer;
let controlPlane: HttpsServer;

const worldOf = (neu: number): World =>
  buildWorld({
    connection: {
      armEndpoint: controlPlane.endpoint,
      authority: controlPlane.authority,
      postgres: LOGIN,
      hosts: { [WEU]: { host: '127.0.0.1', port: primary.port }, [NEU]: { host: '127.0.0.1', port: neu } },
    },
  });

async function sql(port: number, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ ...LOGIN, host: '127.0.0.1', port });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const compare = (given: object, neu: number, signal = AbortSignal.timeout(60_000)) =>
  postgresCompare.start(
    postgresCompare.input.parse({ primary: PRIMARY, replica: REPLICA, ...given }),
    contextOf(worldOf(neu), { signal }),
  );
const orders = { table: 'orders', key: 'id', settledBy: 'placed_at' };
const observedOf = async (compared: ReturnType<typeof compare>) =>
  ((await compared) as { check: { observed: string } }).check.observed;
const complaintOf = async (compared: ReturnType<typeof compare>) => {
  const error = await rejection(compared);
  expect(error).toMatchObject({ code: 'check-failed', retryable: false });
  return (error['check'] as { observed: string }).observed;
};

const SCHEMA = `
CREATE TABLE orders (id bigint PRIMARY KEY, city text, total numeric(10,2), placed_at timestamptz NOT NULL);
INSERT INTO orders SELECT n, 'city ' || n, n * 1.5, now() - interval '1 hour' FROM generate_series(1, ${ROWS}) n;
CREATE TABLE lines (order_id bigint, line int, price numeric);
INSERT INTO lines SELECT 1 + n / 3, n % 3, n FROM generate_series(1, 3000) n;
CREATE TABLE names (name text, note text);
INSERT INTO names SELECT chr(65 + n % 26) || chr(97 + n % 26) || n, NULL FROM generate_series(1, 1000) n;
INSERT INTO names SELECT NULL, 'without a name ' || n FROM generate_series(1, 300) n;
CREATE TABLE "${HOSTILE.replaceAll('"', '""')}" ("k""ey' --" int, "$1" text);
INSERT INTO "${HOSTILE.replaceAll('"', '""')}" VALUES (1, 'a'), (2, 'b');
CREATE TABLE empty (id int);`;

beforeAll(async () => {
  if (!hasPostgres) return;
  controlPlane = await startHttps((request, response) => {
    const id = new URL(request.url ?? '', 'https://any.example').pathname;
    response.end(JSON.stringify(serverBody(id)));
  });
  primary = await startPostgres();
  await sql(primary.port, SCHEMA);
  streaming = await primary.standby();
  await sql(
    streaming.port,
    `ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=${LOGIN.user} password=${LOGIN.password}'`,
  );
  await sql(streaming.port, 'SELECT pg_reload_conf()');
  copy = await primary.standby();
  await sql(copy.port, 'SELECT pg_promote(true)');
}, 120_000);
afterAll(async () => {
  await controlPlane?.close();
  await copy?.close();
  await streaming?.close();
  await primary?.close();
}, 60_000);

describe.skipIf(!hasPostgres)('postgres/compare with a replica that streams', () => {
  it('finds the same rows, and says how many and how far the replica was behind at most', async () => {
    const observed = await observedOf(
      compare(
        { tables: [orders, { table: 'lines', key: 'order_id' }, { table: 'names', key: 'name' }], maxLag: 'PT20S' },
        streaming.port,
      ),
    );
    expect(observed).toContain(`orders: ${ROWS} rows equal`);
    expect(observed).toContain('lines: 3000 rows equal');
    expect(observed).toContain('names: 1300 rows equal');
    expect(observed).toMatch(/replica at most .* behind/);
  });
});
