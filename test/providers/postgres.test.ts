import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CanaryWriter } from '../../src/model/action.ts';
import { postgresAssert } from '../../src/providers/postgres/postgres-assert.ts';
import { postgresCanary } from '../../src/providers/postgres/postgres-canary.ts';
import type { World } from '../../src/providers/world.ts';
import { type HttpsServer, startHttps } from './https-server.ts';
import { hasPostgres, LOGIN, type PostgresServer, startPostgres } from './postgres-server.ts';
import { buildWorld, contextOf, PRIMARY, REPLICA, rejection, serverBody } from './world-builder.ts';

const WEU = 'db-weu.postgres.database.azure.com';
const NEU = 'db-neu.postgres.database.azure.com';
const DEAD_PORT = 1;

let primary: PostgresServer;
let standby: PostgresServer;
let controlPlane: HttpsServer;
let lookUps = 0;

/** The control plane says which host a server has; the twin says where the host is. */
const worldOf = (weu: number, neu: number, login = LOGIN): World =>
  buildWorld({
    connection: {
      armEndpoint: controlPlane.endpoint,
      authority: controlPlane.authority,
      postgres: login,
      hosts: { [WEU]: { host: '127.0.0.1', port: weu }, [NEU]: { host: '127.0.0.1', port: neu } },
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

beforeAll(async () => {
  if (!hasPostgres) return;
  // No nock here: it stands between every socket of the process and its server.
  controlPlane = await startHttps((request, response) => {
    lookUps++;
    const id = new URL(request.url ?? '', 'https://any.example').pathname;
    response.end(JSON.stringify(serverBody(id)));
  });
  primary = await startPostgres();
  await sql(
    primary.port,
    'CREATE SEQUENCE numbers; CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2)); INSERT INTO orders SELECT n, n * 1.5 FROM generate_series(1, 4) n',
  );
}, 60_000);
afterAll(async () => {
  await controlPlane?.close();
  await standby?.close();
  await primary?.close();
}, 60_000);

describe.skipIf(!hasPostgres)('postgres/assert', () => {
  const judge = (
    query: string,
    condition: string,
    world = worldOf(primary.port, DEAD_PORT),
    signal = AbortSignal.timeout(20_000),
  ) =>
    postgresAssert.start(
      postgresAssert.input.parse({ server: PRIMARY, query, expect: condition }),
      contextOf(world, { signal }),
    );

  it.each([
    ['SELECT count(*) AS n FROM orders', 'rows[0].n == 4'],
    ['SELECT sum(total) AS n FROM orders', 'rows[0].n == 15.0'],
    ['SELECT id, total FROM orders ORDER BY id', 'size(rows) == 4 && rows.all(row, row.total > 1)'],
    [
      "SELECT 'a' AS text, true AS yes, NULL AS nothing",
      'rows[0].text == "a" && rows[0].yes && rows[0].nothing == null',
    ],
    ['SELECT 9223372036854775807::bigint AS n', 'rows[0].n == "9223372036854775807"'],
    ['SELECT 0.1234567890123456789 AS n', 'rows[0].n == "0.1234567890123456789"'],
    [
      'SELECT \'{"a":[1]}\'::jsonb AS j, 1.5::float8 AS d, 7::smallint AS s',
      'rows[0].j.a[0] == 1 && rows[0].d == 1.5 && rows[0].s == 7',
    ],
    ["SELECT timestamptz '2026-01-02 03:04:05+00' = now() AS same", '!rows[0].same'],
    ['SELECT 1 AS n WHERE false', 'size(rows) == 0'],
    ['WITH two AS (SELECT 2 AS n) SELECT n FROM two', 'rows[0].n == 2'],
  ])('of %s passes when %s', async (query, condition) => {
    expect(await judge(query, condition)).toMatchObject({ kind: 'done', check: { expected: condition } });
  });

  it.each([
    ['SELECT count(*) AS n FROM orders', 'rows[0].n == 5'],
    ['SELECT id FROM orders ORDER BY id', 'rows.exists(row, row.id == 9)'],
    ['SELECT 1 AS n WHERE false', 'rows[0].n == 1'],
    ['SELECT 1 AS n', 'rows[0].missing == 1'],
  ])('of %s fails when it expects %s, and keeps what it saw', async (query, condition) => {
    const error = await rejection(judge(query, condition));
    expect(error).toMatchObject({
      code: 'check-failed',
      retryable: false,
      check: { expected: condition, observed: expect.stringContaining('{"rows":[') },
    });
  });

  it.each([
    ['DELETE FROM orders'],
    ['DELETE FROM orders RETURNING id'],
    ['SELECT 1; DELETE FROM orders'],
    ['SELECT 1; COMMIT; DELETE FROM orders'],
    ['WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone'],
    ['SELECT setval(pg_get_serial_sequence(NULL, NULL), 1); DROP TABLE orders'],
    ["SELECT nextval('numbers')"],
    ['SELECT nonsense FROM nowhere'],
    [''.padEnd(5)],
  ])('refuses "%s" and changes nothing', async (query) => {
    expect(await rejection(judge(query, 'true'))).toMatchObject({ code: 'postgres-failed', retryable: false });
    expect(await sql(primary.port, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 4 }]);
  });

  it('limits the number of rows', async () => {
    expect(await judge('SELECT n FROM generate_series(1, 1000) n', 'size(rows) == 1000')).toMatchObject({
      kind: 'done',
    });
    expect((await rejection(judge('SELECT n FROM generate_series(1, 1001) n', 'true'))).message).toContain('1000 rows');
  });

  it('cannot reach a server that is gone, for now', async () => {
    expect(await rejection(judge('SELECT 1', 'true', worldOf(DEAD_PORT, DEAD_PORT)))).toMatchObject({
      code: 'postgres-unreachable',
      retryable: true,
    });
  });

  it('is refused with a wrong password, which no message shows', async () => {
    const error = await rejection(
      judge('SELECT 1', 'true', worldOf(primary.port, DEAD_PORT, { ...LOGIN, password: 'wrong-secret' })),
    );
    expect(error).toMatchObject({ code: 'postgres-failed', retryable: false });
    expect(error.message).not.toContain('wrong-secret');
  });

  it('stops when it is aborted', async () => {
    const startedAt = performance.now();
    const error = await rejection(
      judge('SELECT pg_sleep(20)', 'true', worldOf(primary.port, DEAD_PORT), AbortSignal.timeout(300)),
    );
    expect(error).toMatchObject({ code: 'aborted' });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('asks the control plane once for the host of a server', async () => {
    const world = worldOf(primary.port, DEAD_PORT);
    const before = lookUps;
    for (let round = 0; round < 3; round++) await judge('SELECT 1 AS n', 'rows[0].n == 1', world);
    expect(lookUps - before).toBe(1);
  });

  it('needs a sign-in', async () => {
    expect(await rejection(judge('SELECT 1', 'true', buildWorld()))).toMatchObject({ code: 'sign-in-missing' });
  });
});

describe.skipIf(!hasPostgres)('postgres/canary', () => {
  const input = (overrides: object = {}) => postgresCanary.input.parse({ write: PRIMARY, read: REPLICA, ...overrides });
  const context = (run: string, weu = primary.port, neu = primary.port) => contextOf(worldOf(weu, neu), { run });
  const open: CanaryWriter[] = [];
  const start = async (run: string, overrides: object = {}) => {
    const writer = await postgresCanary.open(input(overrides), context(run));
    open.push(writer);
    return writer;
  };
  const signal = () => AbortSignal.timeout(10_000);

  afterAll(async () => {
    await Promise.all(open.map((writer) => writer.close().catch(() => {})));
  });

  it('counts what survives, in order, run by run', async () => {
    const one = await start('run-1/rows');
    const two = await start('run-2/rows');
    await Promise.all([5, 3, 1, 4, 2].map((sequence) => one.write(sequence, signal())));
    await two.write(1, signal());
    expect(await postgresCanary.survivors(input(), context('run-1/rows'))).toEqual([1, 2, 3, 4, 5]);
    expect(await postgresCanary.survivors(input(), context('run-2/rows'))).toEqual([1]);
    expect(await postgresCanary.survivors(input(), context('run-3/rows'))).toEqual([]);
  });

  it('sees a row that is missing', async () => {
    await sql(primary.port, "DELETE FROM drillmaster_canary WHERE run = 'run-1/rows' AND seq IN (2, 5)");
    expect(await postgresCanary.survivors(input(), context('run-1/rows'))).toEqual([1, 3, 4]);
  });

  it('rejects a write that is not acknowledged, and one that is aborted', async () => {
    const writer = await start('run-1/rows');
    await writer.write(100, signal());
    expect(await rejection(writer.write(100, signal()))).toMatchObject({ code: 'postgres-failed' });
    expect(await rejection(writer.write(101, AbortSignal.abort()))).toMatchObject({ code: 'aborted' });
    await sql(primary.port, 'BEGIN; LOCK TABLE drillmaster_canary IN ACCESS EXCLUSIVE MODE; COMMIT');
    await writer.write(102, signal());
  });

  it('writes on after its table was locked longer than the writer had patience', async () => {
    const writer = await start('run-1/rows');
    const blocker = new pg.Client({ ...LOGIN, host: '127.0.0.1', port: primary.port });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE drillmaster_canary IN ACCESS EXCLUSIVE MODE');
    expect(await rejection(writer.write(200, AbortSignal.timeout(200)))).toMatchObject({ code: 'aborted' });
    await blocker.query('ROLLBACK');
    await blocker.end();
    await writer.write(201, signal());
    expect(await postgresCanary.survivors(input(), context('run-1/rows'))).toContain(201);
  });

  it('opens twice at once, and finds no table where none is', async () => {
    const writers = await Promise.all([start('run-4/a', { table: 'twice' }), start('run-4/b', { table: 'twice' })]);
    expect(writers).toHaveLength(2);
    expect(await postgresCanary.survivors(input({ table: 'never_made' }), context('run-1/rows'))).toEqual([]);
    await sql(primary.port, 'DROP TABLE twice');
  });

  it.each(['drop table x', 'a;b', 'a"b', 'A', '', '1a', 'a'.repeat(64)])('refuses the table name "%s"', (table) => {
    expect(postgresCanary.input.safeParse({ write: PRIMARY, read: REPLICA, table }).success).toBe(false);
  });

  it('rejects writes while the server is dead, and writes again when it is back', async () => {
    const writer = await start('run-5/rows');
    await writer.write(1, signal());
    await primary.kill();
    expect(await rejection(writer.write(2, signal()))).toMatchObject({ code: 'postgres-unreachable' });
    await primary.start();
    await writer.write(3, signal());
    expect(await postgresCanary.survivors(input(), context('run-5/rows'))).toEqual([1, 3]);
  });

  it('survives a death in the middle of its writes', async () => {
    const writer = await start('run-5/rows');
    await Promise.all([10, 11, 12].map((sequence) => writer.write(sequence, signal())));
    await sql(primary.port, "DELETE FROM drillmaster_canary WHERE run = 'run-5/rows' AND seq >= 10");
    const blocker = new pg.Client({ ...LOGIN, host: '127.0.0.1', port: primary.port });
    blocker.on('error', () => {});
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE drillmaster_canary IN ACCESS EXCLUSIVE MODE');
    const lost = [20, 21, 22].map((sequence) => rejection(writer.write(sequence, signal())));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await primary.kill();
    for (const error of await Promise.all(lost)) expect(error).toMatchObject({ code: 'postgres-unreachable' });
    await primary.start();
    expect(await postgresCanary.survivors(input(), context('run-5/rows'))).toEqual([1, 3]);
  });

  it('removes its rows, then its table, and names what it removed', async () => {
    const removed = await postgresCanary.remove(input(), context('run-5/rows', primary.port, DEAD_PORT));
    expect(removed).toEqual([`2 rows in drillmaster_canary on ${PRIMARY}`]);
    for (const run of ['run-1/rows', 'run-2/rows']) await postgresCanary.remove(input({ read: PRIMARY }), context(run));
    expect(await sql(primary.port, "SELECT to_regclass('drillmaster_canary') IS NULL AS gone")).toEqual([
      { gone: true },
    ]);
    expect(await postgresCanary.remove(input(), context('run-5/rows'))).toEqual([]);
    expect(await postgresCanary.leftOvers(input(), context('run-5/rows'))).toEqual([]);
  });

  it('names what stands, and a server that it could not search', async () => {
    const writer = await start('run-6/rows');
    await writer.write(1, signal());
    expect(await postgresCanary.leftOvers(input({ read: PRIMARY }), context('run-6/rows'))).toEqual([
      `1 rows in drillmaster_canary on ${PRIMARY}`,
    ]);
    expect(await postgresCanary.leftOvers(input({ read: PRIMARY }), context('run-7/rows'))).toEqual([
      `1 rows of another run, run-6/rows, in drillmaster_canary on ${PRIMARY}`,
    ]);
    const [found] = await postgresCanary.leftOvers(input({ read: PRIMARY }), context('run-6/rows', DEAD_PORT));
    expect(found).toMatch(/could not be searched.*ECONNREFUSED/);
  });

  it('finds the rows of every earlier run, removes none of them, and calls none of them its own', async () => {
    const earlier = await start('run-8/rows');
    const mine = await start('run-9/rows');
    for (const sequence of [1, 2, 3]) await earlier.write(sequence, signal());
    await mine.write(1, signal());
    const stands = (own: readonly string[]) => [
      ...own.map((rows) => `${rows} in drillmaster_canary on ${PRIMARY}`),
      `1 rows of another run, run-6/rows, in drillmaster_canary on ${PRIMARY}`,
      `3 rows of another run, run-8/rows, in drillmaster_canary on ${PRIMARY}`,
    ];
    const look = () => postgresCanary.leftOvers(input({ read: PRIMARY }), context('run-9/rows'));
    expect(await look()).toEqual(stands(['1 rows']));
    expect(await postgresCanary.remove(input({ read: PRIMARY }), context('run-9/rows'))).toEqual([
      `1 rows in drillmaster_canary on ${PRIMARY}`,
    ]);
    expect(await look()).toEqual(stands([]));
    await postgresCanary.remove(input({ read: PRIMARY }), context('run-8/rows'));
  });

  it('names ten of the earlier runs and counts the others', async () => {
    await sql(
      primary.port,
      "INSERT INTO drillmaster_canary SELECT 'old-' || n, 1, now() FROM generate_series(10, 21) n",
    );
    const found = await postgresCanary.leftOvers(input({ read: PRIMARY }), context('run-6/rows'));
    expect(found).toHaveLength(12);
    expect(found[10]).toContain('1 rows of another run, old-19, in');
    expect(found[11]).toBe(`rows of 2 further runs in drillmaster_canary on ${PRIMARY}`);
    await sql(primary.port, "DELETE FROM drillmaster_canary WHERE run LIKE 'old-%'");
  });

  it('finds the empty table that an earlier run left', async () => {
    await start('run-10/rows', { table: 'left_empty' });
    const [found] = await postgresCanary.leftOvers(
      input({ read: PRIMARY, table: 'left_empty' }),
      context('run-11/rows'),
    );
    expect(found).toBe(`the empty table left_empty on ${PRIMARY}`);
    await sql(primary.port, 'DROP TABLE left_empty');
  });

  it('removes through whichever server takes writes, and reads back from a standby', async () => {
    standby = await primary.standby();
    const swapped = context('run-6/rows', standby.port, primary.port);
    expect(await postgresCanary.survivors(input({ read: PRIMARY }), swapped)).toEqual([1]);
    const removed = await postgresCanary.remove(input(), swapped);
    expect(removed).toEqual([
      `1 rows in drillmaster_canary on ${REPLICA}`,
      `the table drillmaster_canary on ${REPLICA}`,
    ]);
    // Nothing streams into this standby, so the row stays on it: the wait for the replication must end, and say so.
    const late = { ...swapped, now: clock(16_000) };
    expect(await postgresCanary.leftOvers(input(), late)).toEqual([`1 rows in drillmaster_canary on ${PRIMARY}`]);
    // Nothing will take the rows of another run away, so nothing is waited for.
    const other = { ...context('run-7/rows', standby.port, primary.port), now: () => 0 };
    expect(await postgresCanary.leftOvers(input(), other)).toEqual([
      `1 rows of another run, run-6/rows, in drillmaster_canary on ${PRIMARY}`,
    ]);
  });
});

/** A clock that moves on by so many milliseconds with every look at it. */
function clock(step: number): () => number {
  let at = 0;
  return () => {
    at += step;
    return at;
  };
}
