// A database that is taken out of service acknowledges nothing from then on; and a probe that looks at the data that are in use.
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresAccess } from '../../src/providers/postgres/postgres-access.ts';
import { postgresCanary } from '../../src/providers/postgres/postgres-canary.ts';
import { postgresProbe } from '../../src/providers/postgres/postgres-probe.ts';
import type { World } from '../../src/providers/world.ts';
import { type HttpsServer, startHttps } from './https-server.ts';
import { hasPostgres, LOGIN, type PostgresServer, startPostgres } from './postgres-server.ts';
import { buildWorld, contextOf, PRIMARY, REPLICA, serverBody } from './world-builder.ts';

let server: PostgresServer;
let controlPlane: HttpsServer;
/** State of the second server, as the control plane shows it; undefined: there is none. */
let second: string | undefined;

const login = () => ({ ...LOGIN, host: '127.0.0.1', port: server.port });
const local = (port: number) => ({ host: '127.0.0.1', port });
const world = (): World =>
  buildWorld({
    connection: {
      armEndpoint: controlPlane.endpoint,
      authority: controlPlane.authority,
      postgres: LOGIN,
      hosts: {
        'db-weu.postgres.database.azure.com': local(server.port),
        'db-neu.postgres.database.azure.com': local(server.port),
      },
    },
  });

async function sql(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(login());
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

beforeAll(async () => {
  if (!hasPostgres) return;
  controlPlane = await startHttps((request, response) => {
    const id = new URL(request.url ?? '', 'https://any.example').pathname;
    const state = id === PRIMARY ? 'Ready' : second;
    if (state === undefined) response.statusCode = 404;
    response.end(
      JSON.stringify(
        state === undefined ? { error: { code: 'ResourceNotFound', message: 'none' } } : serverBody(id, { state }),
      ),
    );
  });
  server = await startPostgres();
  await sql('CREATE TABLE orders (id bigserial, total int)');
}, 60_000);
afterAll(async () => {
  await controlPlane?.close();
  await server?.close();
}, 60_000);

describe.skipIf(!hasPostgres)('postgres/access', () => {
  const input = (access: string) => postgresAccess.input.parse({ server: PRIMARY, access });
  const start = async (access: string) => {
    const started = await postgresAccess.start(input(access), contextOf(world()));
    if (started.kind !== 'done') throw new Error('expected an answer at once');
    return started.output as { readonly effectiveAt: number; readonly earliest: number; readonly latest: number };
  };
  afterEach(async () => void (await start('read-write')));

  it('lets nothing be acknowledged after the moment that it names, whoever was writing', async () => {
    const acknowledged: number[] = [];
    let isOver = false;
    const write = async () => {
      while (!isOver) {
        await sql('INSERT INTO orders (total) VALUES (1), (2)').then(
          () => acknowledged.push(Date.now()),
          () => undefined,
        );
      }
    };
    const open = new pg.Client(login());
    const ended = new Promise((resolve) => open.on('error', resolve));
    await open.connect();
    await open.query('BEGIN; INSERT INTO orders (total) VALUES (3)');
    const writers = Promise.all([write(), write(), write()]);
    await expect.poll(() => acknowledged.length).toBeGreaterThan(10);
    const { earliest, effectiveAt, latest } = await start('read-only');
    const atTheEnd = await sql('SELECT count(*)::int AS n FROM orders');
    // Writers that go on trying find the door closed.
    await new Promise((resolve) => setTimeout(resolve, 300));
    isOver = true;
    await writers;
    await ended;
    expect([earliest <= effectiveAt, effectiveAt <= latest]).toEqual([true, true]);
    expect(await sql('SELECT count(*)::int AS n FROM orders')).toEqual(atTheEnd);
    expect(await sql('SELECT 1 AS still_read')).toEqual([{ still_read: 1 }]);
    await expect(sql('INSERT INTO orders (total) VALUES (4)')).rejects.toThrow('read-only transaction');
  });

  it('says what is set, whether this run set it, and opens the database again', async () => {
    const look = (access: string, more = {}) => postgresAccess.inspect(input(access), contextOf(world(), more));
    expect(await look('read-only')).toMatchObject({ finding: 'not-started', before: { access: 'read-write' } });
    await start('read-only');
    // Set by somebody else: nobody knows since when.
    expect(await look('read-only')).toMatchObject({ finding: 'done', output: { ours: false } });
    // The answer of this run's own request was lost: the work is brought to its end.
    expect(await look('read-only', { intendedAt: Date.now() })).toMatchObject({ finding: 'running' });
    expect(await postgresAccess.observe(input('read-only'), undefined, contextOf(world()))).toMatchObject({
      ours: true,
    });
    expect(await look('read-write')).toMatchObject({ finding: 'not-started', before: { access: 'read-only' } });
    const back = await postgresAccess.takeBack?.(input('read-only'), { access: 'read-write' }, contextOf(world()));
    expect(back).toMatchObject({ access: 'read-write' });
    await sql('INSERT INTO orders (total) VALUES (5)');
  });

  it('ends the service only when it closes', () => {
    expect(['read-only', 'read-write'].map((access) => postgresAccess.endsService?.(input(access)))).toEqual([
      true,
      false,
    ]);
  });
});

describe.skipIf(!hasPostgres)('postgres/probe', () => {
  const probe = (servers: readonly string[], query: string) =>
    postgresProbe.read(postgresProbe.input.parse({ servers, query, expect: 'rows[0].wrong == 0' }), contextOf(world()));
  beforeEach(() => {
    second = undefined;
  });

  it('is healthy when the condition holds, and says what it saw when it does not', async () => {
    expect(await probe([PRIMARY], 'SELECT 0 AS wrong')).toEqual({ healthy: true });
    expect(await probe([PRIMARY], 'SELECT 3 AS wrong')).toEqual({
      healthy: false,
      detail: 'expected rows[0].wrong == 0, found {"rows":[{"wrong":3}]}',
    });
    expect(await probe([PRIMARY], 'SELECT 0 AS other')).toMatchObject({ healthy: false });
    expect(await probe([PRIMARY], 'SELECT FROM nowhere')).toMatchObject({ healthy: false });
  });

  it('asks the first server that stands and is ready, and is not healthy when there is none', async () => {
    const onSecond = "SELECT CASE application_name WHEN 'x' THEN 1 ELSE 0 END AS wrong FROM pg_stat_activity LIMIT 1";
    expect(await probe([REPLICA, PRIMARY], onSecond)).toEqual({ healthy: true });
    expect(await probe([REPLICA], onSecond)).toEqual({
      healthy: false,
      detail: 'none of the servers stands and is ready',
    });
    second = 'Provisioning';
    expect(await probe([REPLICA], onSecond)).toMatchObject({ healthy: false });
    second = 'Ready';
    expect(await probe([REPLICA], onSecond)).toEqual({ healthy: true });
  });
});

describe.skipIf(!hasPostgres)('a canary that was read from a server which is gone', () => {
  it('has left nothing there', async () => {
    second = 'Ready';
    const gone = world();
    const input = postgresCanary.input.parse({ write: PRIMARY, read: REPLICA });
    expect(await postgresCanary.survivors(input, contextOf(gone))).toEqual([]);
    second = undefined;
    const unreachable = {
      ...gone,
      connection: {
        ...gone.connection,
        hosts: { ...gone.connection.hosts, 'db-neu.postgres.database.azure.com': local(1) },
      },
    };
    expect(await postgresCanary.leftOvers(input, contextOf(unreachable))).toEqual([]);
    expect(await postgresCanary.remove(input, contextOf(unreachable))).toEqual([]);
    // One that stands and cannot be reached is searched in vain, and that is said.
    second = 'Ready';
    expect((await postgresCanary.leftOvers(input, contextOf(unreachable))).join()).toContain('could not be searched');
  }, 30_000);
});
