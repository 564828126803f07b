// Rows of a real database against blobs of a real store: green when each has its counterpart, red on one that has none.
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenContainer } from '../../src/providers/blob/blob-service.ts';
import { reconcileAssert } from '../../src/providers/reconcile/reconcile-assert.ts';
import { accountId, type StorageUnderTest, storageUnderTest } from '../twin/data/storage-under-test.ts';
import { hasPostgres, LOGIN, type PostgresServer, startPostgres } from './postgres-server.ts';
import { PRIMARY, rejection, startAndObserve } from './world-builder.ts';

const HOST = 'db-weu.postgres.database.azure.com';
const hour = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString();

describe.skipIf(!hasPostgres)('reconcile/assert', () => {
  let server: PostgresServer;
  let store: StorageUnderTest;
  let invoices: OpenContainer;
  const query = async (sql: string) => {
    const client = new pg.Client({ ...LOGIN, host: '127.0.0.1', port: server.port });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const given = (more: object = {}, rows: object = {}, blobs: object = {}) => ({
    rows: { server: PRIMARY, query: 'SELECT id, placed_at FROM orders', key: 'id', at: 'placed_at', ...rows },
    blobs: {
      account: accountId('bare'),
      container: 'invoices',
      prefix: 'a/',
      suffix: '.json',
      at: 'placedat',
      ...blobs,
    },
    settledBefore: 'PT1M',
    ...more,
  });
  const context = () => {
    const base = store.context();
    const { connection, serverHosts } = base.world;
    serverHosts.set(PRIMARY.toLowerCase(), HOST);
    const hosts = { ...connection.hosts, [HOST]: { host: '127.0.0.1', port: server.port } };
    return { ...base, world: { ...base.world, connection: { ...connection, hosts, postgres: LOGIN } } };
  };
  const check = (input: object) =>
    startAndObserve(reconcileAssert, input as never, context()) as Promise<{ observed: string }>;
  const red = async (input: object) => {
    const { code, message } = await rejection(check(input));
    expect(code).toBe('check-failed');
    return message;
  };
  const put = (key: string, placedat: string | undefined) =>
    invoices.container
      .getBlockBlobClient(`a/${key}.json`)
      .upload('{}', 2, placedat === undefined ? {} : { metadata: { placedat } });
  const remove = (key: string) => invoices.container.deleteBlob(`a/${key}.json`);

  beforeAll(async () => {
    [server, store] = await Promise.all([startPostgres(), storageUnderTest()]);
    invoices = await store.container('bare', 'invoices');
  });
  afterAll(async () => {
    invoices?.close();
    await store?.close();
    await server?.close();
  });
  beforeEach(async () => {
    await query('DROP TABLE IF EXISTS orders; CREATE TABLE orders (id int, placed_at timestamptz)');
    await query("INSERT INTO orders SELECT n, now() - interval '5 hours' FROM generate_series(1, 20) n");
    await invoices.container.createIfNotExists();
    for await (const { name } of invoices.container.listBlobsFlat()) await invoices.container.deleteBlob(name);
    for (let key = 1; key <= 20; key++) await put(String(key), hour(5));
  });

  it('is green when every row has its blob and every blob its row; what is new may be on its way', async () => {
    expect((await check(given())).observed).toBe('20 rows with their blobs');
    await query('INSERT INTO orders VALUES (21, now())');
    await put('22', new Date().toISOString());
    expect((await check(given())).observed).toBe('20 rows with their blobs; 2 newer left out');
  });

  it('is red on one document deleted and on one without a row, and names both', async () => {
    await remove('7');
    expect(await red(given())).toContain('1 rows without a blob (7); 19 rows with their blobs; 3 looks');
    await put('7', hour(5));
    await put('99', hour(3));
    expect(await red(given())).toContain('1 blobs without a row (99)');
    await remove('99');
    // Of a blob that does not say when it was written, nobody can tell that it is new.
    await put('98', undefined);
    expect(await red(given({ lossWindow: { from: hour(4), to: hour(0) } }))).toContain('1 blobs without a row (98)');
  });

  it('counts what one store lost alone in the loss window, and nothing outside of it', async () => {
    await query(`INSERT INTO orders VALUES (30, '${hour(3)}')`);
    await put('31', hour(3));
    const lossWindow = { from: hour(4), to: Date.now() - 7_200_000 };
    expect((await check(given({ lossWindow }))).observed).toBe(
      '20 rows with their blobs; to reconcile in the loss window: 1 rows without a blob (30), 1 blobs without a row (31)',
    );
    expect(await red(given({ lossWindow: { ...lossWindow, maximum: 1 } }))).toContain(
      'at most 1 in the loss window, found 2',
    );
    expect(await red(given({ lossWindow: { from: hour(2), to: hour(1) } }))).toContain('1 rows without a blob (30)');
    expect(await red(given())).toContain('1 rows without a blob (30), 1 blobs without a row (31)');
  });

  it('is never green about nothing', async () => {
    await query('DELETE FROM orders');
    for (let key = 1; key <= 20; key++) await remove(String(key));
    expect(await red(given())).toContain('expected at least 1 pairs, found 0');
    expect(await red(given({}, {}, { container: 'nowhere' }))).toContain('there is no container nowhere');
    expect(await rejection(check(given({}, { key: 'nothing' })))).toMatchObject({ code: 'postgres-failed' });
    expect(await rejection(check(given({}, { query: 'SELECT 1 AS id, now() AS placed_at; SELECT 2' })))).toMatchObject({
      code: 'postgres-failed',
    });
    const twice = 'SELECT 1 AS id, now() AS placed_at FROM generate_series(1, 2) -- a comment';
    expect((await rejection(check(given({}, { query: twice })))).message).toContain('each id once');
  });

  it('is red when an instant lies in the future: it would be left out as too new for ever', async () => {
    await query(`INSERT INTO orders VALUES (40, '${new Date(Date.now() + 7_200_000).toISOString()}')`);
    expect((await rejection(check(given()))).message).toContain(
      'expected no instant later than the clock of the database',
    );
  });

  it('refuses a window that is none', () => {
    const parse = (from: unknown) => reconcileAssert.input.safeParse(given({ lossWindow: { from, to: 1 } })).success;
    expect([parse(0), parse(hour(1)), parse(null), parse('yesterday')]).toEqual([true, true, false, false]);
  });
});
