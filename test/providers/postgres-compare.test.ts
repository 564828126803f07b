// Two real servers: one streams from the other and is damaged on its disk, another one goes its own way.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresAssert } from '../../src/providers/postgres/postgres-assert.ts';
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
  await untilReplayed(streaming);
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
    expect(observed).toMatch(/what the primary had logged, the replica had within [\d.]+ m?s/);
  });

  it('leaves newer rows out, and says how many', async () => {
    await sql(primary.port, `INSERT INTO orders VALUES (${ROWS + 1}, 'new', 1, now())`);
    try {
      const observed = await observedOf(compare({ tables: [orders], settledBefore: 'PT10M' }, streaming.port));
      expect(observed).toContain(`orders: ${ROWS} rows equal, 1 newer left out`);
    } finally {
      await sql(primary.port, `DELETE FROM orders WHERE id > ${ROWS}`);
    }
  });

  it('does not flap while the primary is written', async () => {
    const writer = new pg.Client({ ...LOGIN, host: '127.0.0.1', port: primary.port });
    await writer.connect();
    let writing = true;
    const written = (async () => {
      for (let id = ROWS + 100; writing; id++)
        await writer.query(`INSERT INTO orders VALUES ($1, 'busy', 1, now())`, [id]);
    })();
    try {
      for (let round = 0; round < 3; round++)
        expect(await observedOf(compare({ tables: [orders], maxLag: 'PT20S' }, streaming.port))).toContain(
          'rows equal',
        );
    } finally {
      writing = false;
      await written;
      await writer.end();
      await sql(primary.port, `DELETE FROM orders WHERE id > ${ROWS}`);
    }
  });

  it('is red when the replica stands still, and says what is missing', async () => {
    await sql(streaming.port, 'SELECT pg_wal_replay_pause()');
    try {
      await sql(primary.port, `UPDATE orders SET city = 'moved' WHERE id = 77`);
      const observed = await complaintOf(compare({ tables: [orders], maxLag: 'PT1S' }, streaming.port));
      expect(observed).toMatch(/^the replica is stale: \d+ bytes of log were missing after 1(\.\d)? s/);
      expect(observed).toContain('orders: id 77 differs');
    } finally {
      await sql(streaming.port, 'SELECT pg_wal_replay_resume()');
    }
    expect(await observedOf(compare({ tables: [orders], maxLag: 'PT20S' }, streaming.port))).toContain('rows equal');
  });

  it('is red when the replica is later than it may be, even when it has caught up', async () => {
    expect(await complaintOf(compare({ tables: [orders], maxLag: 'PT0S' }, streaming.port))).toMatch(
      /^the replica is stale: .*(it had only after|were missing after)/,
    );
  });

  it('calls a question to a replica retryable that was ended in order to replay', async () => {
    await sql(streaming.port, 'ALTER SYSTEM SET max_standby_streaming_delay = 0');
    await sql(streaming.port, 'SELECT pg_reload_conf()');
    const query = 'SELECT count(*) AS n FROM lines, pg_sleep(20)';
    const input = postgresAssert.input.parse({ server: REPLICA, query, expect: 'true' });
    const asked = rejection(postgresAssert.start(input, contextOf(worldOf(streaming.port))));
    const sleeping = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    for (let tries = 0; tries < 200 && (await sql(streaming.port, sleeping))[0]?.['n'] !== 1; tries++) await wait(50);
    await sql(primary.port, 'BEGIN; LOCK TABLE lines IN ACCESS EXCLUSIVE MODE; COMMIT');
    const error = await asked;
    await sql(streaming.port, 'ALTER SYSTEM RESET max_standby_streaming_delay');
    await sql(streaming.port, 'SELECT pg_reload_conf()');
    expect(error).toMatchObject({
      code: 'postgres-failed',
      retryable: true,
      message: expect.stringContaining('40001'),
    });
  });

  it('sees a bit that flipped on the disk of the replica', async () => {
    await flipOnDisk(streaming, 'orders', 'city 4321', 'city 4329');
    const observed = await complaintOf(compare({ tables: [orders], maxLag: 'PT20S' }, streaming.port));
    expect(observed).toContain(`orders: id 4321 differs (primary ${ROWS} rows, replica ${ROWS} rows)`);
  });
});

/** Damages a page where checksums would show it, and tells the server to read it all the same: what a disk, or a bug below it, can do. */
async function flipOnDisk(server: PostgresServer, table: string, from: string, to: string): Promise<void> {
  // What lies before the last checkpoint of both is not replayed again, which would write the page anew, damage and all.
  await sql(primary.port, 'CHECKPOINT');
  await untilReplayed(server);
  await sql(server.port, 'CHECKPOINT');
  const [place] = await sql(
    server.port,
    `SELECT current_setting('data_directory') AS data, pg_relation_filepath('${table}') AS file`,
  );
  await sql(server.port, 'ALTER SYSTEM SET ignore_checksum_failure = on');
  await server.kill();
  const file = join(String(place?.['data']), String(place?.['file']));
  const bytes = readFileSync(file);
  const at = bytes.indexOf(from);
  expect(at).toBeGreaterThan(0);
  bytes.write(to, at);
  writeFileSync(file, bytes);
  await server.start();
}

async function untilReplayed(server: PostgresServer): Promise<void> {
  const [{ lsn } = {}] = await sql(primary.port, 'SELECT pg_current_wal_lsn()::text AS lsn');
  for (let tries = 0; tries < 400; tries++) {
    const [{ done } = {}] = await sql(server.port, `SELECT pg_last_wal_replay_lsn() >= '${String(lsn)}' AS done`);
    if (done === true) return;
    await wait(50);
  }
  throw new Error('the replica did not replay what the primary had written');
}

describe.skipIf(!hasPostgres)('postgres/compare with a copy of its own', () => {
  const spoil = (text: string) => sql(copy.port, text);
  const both = (text: string) => Promise.all([sql(primary.port, text), sql(copy.port, text)]);

  beforeEach(async () => {
    for (const server of [primary, copy]) {
      await sql(server.port, `UPDATE orders SET city = 'city ' || id WHERE city <> 'city ' || id`);
      await sql(server.port, `DELETE FROM orders WHERE id < 1 OR id > ${ROWS}`);
    }
  });

  it('finds the same rows', async () => {
    expect(await observedOf(compare({ tables: [orders] }, copy.port))).toContain(`orders: ${ROWS} rows equal`);
  });

  it.each([
    [
      'a value that was changed',
      `UPDATE orders SET city = 'nowhere' WHERE id = 1234`,
      `UPDATE orders SET city = 'city 1234' WHERE id = 1234`,
      'orders: id 1234 differs',
    ],
    [
      'a value that became nothing',
      `UPDATE orders SET city = NULL WHERE id = 1`,
      `UPDATE orders SET city = 'city 1' WHERE id = 1`,
      'orders: id 1 differs',
    ],
    [
      'a missing row',
      'DELETE FROM orders WHERE id = 2500',
      `INSERT INTO orders SELECT 2500, 'city 2500', 3750, placed_at FROM orders WHERE id = 1`,
      'orders: id 2500 is missing on the replica',
    ],
    [
      'an extra row in the middle',
      `INSERT INTO orders SELECT -5, 'x', 1, placed_at FROM orders WHERE id = 1`,
      'DELETE FROM orders WHERE id = -5',
      'orders: id -5 is on the replica alone',
    ],
    [
      'an extra row behind the last',
      `INSERT INTO orders SELECT ${ROWS * 10}, 'x', 1, placed_at FROM orders WHERE id = 1`,
      `DELETE FROM orders WHERE id > ${ROWS}`,
      `orders: id ${ROWS * 10} is on the replica alone`,
    ],
    [
      'a missing last row',
      `DELETE FROM orders WHERE id = ${ROWS}`,
      `INSERT INTO orders SELECT ${ROWS}, 'city ${ROWS}', ${ROWS * 1.5}, placed_at FROM orders WHERE id = 1`,
      `orders: id ${ROWS} is missing on the replica`,
    ],
    [
      'two values that changed places',
      `UPDATE orders SET city = CASE id WHEN 10 THEN 'city 11' ELSE 'city 10' END WHERE id IN (10, 11)`,
      `UPDATE orders SET city = 'city ' || id WHERE id IN (10, 11)`,
      'orders: id 10 differs, id 11 differs',
    ],
    [
      'a row of a key that is not unique',
      'UPDATE lines SET price = 0.5 WHERE order_id = 700 AND line = 1',
      'UPDATE lines SET price = 2098 WHERE order_id = 700 AND line = 1',
      'lines: order_id 700 differs',
    ],
    [
      'a row that is there twice',
      'INSERT INTO lines SELECT * FROM lines WHERE order_id = 700 AND line = 1',
      'DELETE FROM lines WHERE ctid = (SELECT max(ctid) FROM lines WHERE order_id = 700 AND line = 1)',
      'lines: order_id 700 differs',
    ],
    [
      'a row whose key is a text',
      `DELETE FROM names WHERE name = 'Ss694'`,
      `INSERT INTO names VALUES ('Ss694')`,
      'names: name Ss694 is missing on the replica',
    ],
    [
      'a row without a key',
      `UPDATE names SET note = 'spoilt' WHERE note = 'without a name 7'`,
      `UPDATE names SET note = 'without a name 7' WHERE note = 'spoilt'`,
      'names: rows without name differs (300 rows on the primary, 300 on the replica)',
    ],
  ])('is red on %s, and names it', async (_, plant, mend, named) => {
    const tables = [orders, { table: 'lines', key: 'order_id' }, { table: 'names', key: 'name' }];
    await spoil(plant);
    try {
      expect(await complaintOf(compare({ tables }, copy.port))).toContain(named);
    } finally {
      await spoil(mend);
    }
    expect(await observedOf(compare({ tables }, copy.port))).toContain('rows equal');
  });

  it('names the first ten of many differences, and says that there are more', async () => {
    await spoil(`UPDATE orders SET city = 'spoilt' WHERE id BETWEEN 1000 AND 4000`);
    const observed = await complaintOf(compare({ tables: [orders] }, copy.port));
    expect(observed).toMatch(/^orders: id 1000 differs, id 1001 differs,.*id 1009 differs, and more \(primary/);
    expect(observed.match(/differs/g)).toHaveLength(10);
    expect(observed.length).toBeLessThan(2100);
  });

  it('names a table that is gone or empty on one side', async () => {
    await spoil('CREATE TABLE put_aside AS SELECT * FROM lines; DELETE FROM lines');
    try {
      const observed = await complaintOf(compare({ tables: [{ table: 'lines', key: 'order_id' }] }, copy.port));
      expect(observed).toContain('order_id 1 is missing on the replica');
      expect(observed).toContain('(primary 3000 rows, replica 0 rows)');
    } finally {
      await spoil('INSERT INTO lines SELECT * FROM put_aside; DROP TABLE put_aside');
    }
    await spoil('ALTER TABLE lines RENAME TO gone');
    try {
      const gone = await rejection(compare({ tables: [{ table: 'lines', key: 'order_id' }] }, copy.port));
      expect(gone).toMatchObject({
        code: 'postgres-failed',
        message: expect.stringContaining('replica: relation "public.lines" does not exist'),
      });
    } finally {
      await spoil('ALTER TABLE gone RENAME TO lines');
    }
  });

  it('names columns that one side lacks', async () => {
    await spoil('ALTER TABLE lines ADD COLUMN added int');
    try {
      const observed = await complaintOf(compare({ tables: [{ table: 'lines', key: 'order_id' }] }, copy.port));
      expect(observed).toContain('lines: columns differ: added (replica alone)');
    } finally {
      await spoil('ALTER TABLE lines DROP COLUMN added');
    }
  });

  it('proves nothing of a table without rows, unless the drill says that it may be empty', async () => {
    const empty = { table: 'empty', key: 'id' };
    expect(await complaintOf(compare({ tables: [empty] }, copy.port))).toContain(
      'empty: expected at least 1 rows to compare, found 0',
    );
    expect(await observedOf(compare({ tables: [{ ...empty, minimumRows: 0 }] }, copy.port))).toContain('0 rows equal');
    const nothingSettled = compare({ tables: [orders], settledBefore: 'PT2H' }, copy.port);
    expect(await complaintOf(nothingSettled)).toContain('expected at least 1 rows to compare, found 0');
  });

  it('judges how fresh the copy is by its newest rows, and cannot without any', async () => {
    const age = (text: string) => both(`UPDATE orders SET placed_at = ${text} WHERE id = 9`);
    await age("date_trunc('minute', now()) - interval '1 minute'");
    const fresh = compare({ tables: [orders], maxLag: 'PT5S' }, copy.port);
    expect(await observedOf(fresh)).toContain('newest row of the copy 0 ms behind');
    await sql(primary.port, `INSERT INTO orders VALUES (${ROWS + 1}, 'city ${ROWS + 1}', 1, now())`);
    const stale = compare({ tables: [orders], maxLag: 'PT5S', settledBefore: 'PT1M' }, copy.port);
    expect(await complaintOf(stale)).toMatch(/the newest row of the copy is .* older than that of the primary/);
    const blind = compare({ tables: [{ table: 'lines', key: 'order_id' }], maxLag: 'PT5S' }, copy.port);
    expect(await complaintOf(blind)).toContain('how far the copy is behind cannot be told');
    const lagging = compare({ tables: [orders], settledBefore: 'PT1M' }, copy.port);
    expect(await observedOf(lagging)).toMatch(/newest row of the copy .* behind/);
  });

  it('compares what a query selects, with the same care', async () => {
    const query = `SELECT l.*, o.placed_at FROM lines l JOIN orders o ON o.id = l.order_id -- settled by its order`;
    const tables = [{ query, key: 'order_id', settledBy: 'placed_at' }];
    expect(await observedOf(compare({ tables }, copy.port))).toContain('3000 rows equal');
    await spoil('UPDATE lines SET price = price + 1 WHERE order_id = 3 AND line = 0');
    try {
      expect(await complaintOf(compare({ tables }, copy.port))).toContain('order_id 3 differs');
    } finally {
      await spoil('UPDATE lines SET price = price - 1 WHERE order_id = 3 AND line = 0');
    }
  });

  it('quotes hostile names, and changes nothing', async () => {
    const tables = [{ table: HOSTILE, key: 'k"ey\' --' }];
    expect(await observedOf(compare({ tables }, copy.port))).toContain('2 rows equal');
    const quoted = `"${HOSTILE.replaceAll('"', '""')}"`;
    await spoil(`UPDATE ${quoted} SET "$1" = 'spoilt' WHERE "k""ey' --" = 2`);
    expect(await complaintOf(compare({ tables }, copy.port))).toContain('k"ey\' -- 2 differs');
    expect(await sql(primary.port, 'SELECT count(*)::int AS n FROM orders')).toMatchObject([{ n: expect.any(Number) }]);
  });

  it.each([
    ['SELECT 1 AS id) AS compared; DELETE FROM orders; SELECT (1'],
    ['SELECT 1 AS id) AS compared --'],
    ['SELECT 1 AS id; DELETE FROM orders'],
    ['DELETE FROM orders RETURNING id'],
    ['WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone'],
    ['SELECT $1::timestamptz AS id'],
    ['SELECT 1 AS other'],
    ['SELECT 1 AS id, 2 AS id'],
  ])('refuses the query "%s" and changes nothing', async (query) => {
    const error = await rejection(compare({ tables: [{ query, key: 'id' }] }, copy.port));
    expect(error).toMatchObject({ code: 'postgres-failed', retryable: false });
    expect(Number((await sql(copy.port, 'SELECT count(*)::int AS n FROM orders'))[0]?.['n'])).toBe(ROWS);
  });

  it('refuses to hold a server to itself, however its id is written', () => {
    const given = { primary: PRIMARY, replica: PRIMARY.toUpperCase(), tables: [{ table: 'orders', key: 'id' }] };
    const refused = postgresCompare.input.safeParse(given);
    expect(refused.error?.issues[0]?.message).toBe('expected another server than primary, found the same');
  });

  it.each([
    [{ key: 'id' }],
    [{ table: 'orders', query: 'SELECT 1', key: 'id' }],
    [{ table: 'or\0ders', key: 'id' }],
    [{ table: 'orders' }],
  ])('refuses the input %j', (table) => {
    const given = { primary: PRIMARY, replica: REPLICA, tables: [table] };
    expect(postgresCompare.input.safeParse(given).success).toBe(false);
  });

  it('says which side cannot be reached', async () => {
    const error = await rejection(compare({ tables: [orders] }, 1));
    expect(error).toMatchObject({
      code: 'postgres-unreachable',
      retryable: true,
      message: expect.stringMatching(/^replica: /),
    });
  });

  it('stops when it is aborted', async () => {
    const slow = { query: 'SELECT 1 AS id FROM (SELECT pg_sleep(30)) AS nap', key: 'id' };
    const error = await rejection(compare({ tables: [slow] }, copy.port, AbortSignal.timeout(500)));
    expect(error).toMatchObject({ code: 'aborted' });
  });

  it('needs no more than what every user may ask', async () => {
    await both("CREATE ROLE reader LOGIN PASSWORD 'reads'; GRANT SELECT ON orders TO reader");
    const world = worldOf(copy.port);
    const limited = {
      ...world,
      connection: { ...world.connection, postgres: { ...LOGIN, user: 'reader', password: 'reads' } },
    };
    const input = postgresCompare.input.parse({ primary: PRIMARY, replica: REPLICA, tables: [orders] });
    expect(await postgresCompare.start(input, contextOf(limited))).toMatchObject({ kind: 'done' });
  });
});
