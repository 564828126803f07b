// A shop's invoices: real orders in a real database, real blobs in the account, and a link between the shop and where the account is.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenContainer } from '../../../src/providers/blob/blob-service.ts';
import { SHOP_SCHEMA } from '../../../src/twin/data/shop/schema.ts';
import { type Shop, startShop } from '../../../src/twin/data/shop/start-shop.ts';
import { type BlobEntrance, openBlobEntrance } from '../../../src/twin/data/storage/blob-entrance.ts';
import { hasPostgres, LOGIN, type PostgresServer, startPostgres } from '../../providers/postgres-server.ts';
import { TOKEN } from '../../providers/world-builder.ts';
import { ask } from './sockets.ts';
import { type StorageUnderTest, storageUnderTest } from './storage-under-test.ts';

const LATENCY_MS = 60;
const LINES = [{ quantity: 2, price: '19.99' }];

describe.skipIf(!hasPostgres)('the invoices of a shop', () => {
  let server: PostgresServer;
  let store: StorageUnderTest;
  let entrance: BlobEntrance;
  let shop: Shop;
  let invoices: OpenContainer;
  const query = async (sql: string) => {
    const client = new pg.Client({ ...LOGIN, host: '127.0.0.1', port: server.port });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const place = async () => {
    const answer = await ask(shop.port, { path: '/orders', method: 'POST', body: JSON.stringify({ lines: LINES }) });
    expect(answer.status).toBe(201);
    return Number(answer.body['order']);
  };
  const blobOf = (order: number) => invoices.container.getBlockBlobClient(`${String(order).padStart(12, '0')}.json`);
  /** It stands, and the note that it is needed is gone. */
  const written = async (order: number) => {
    await expect.poll(() => blobOf(order).exists(), { timeout: 20_000, interval: 50 }).toBe(true);
    await expect.poll(() => query('SELECT * FROM invoice_outbox')).toEqual([]);
  };

  beforeAll(async () => {
    [server, store] = await Promise.all([startPostgres(), storageUnderTest(100, LATENCY_MS)]);
    await query(SHOP_SCHEMA);
    const { links, storage, front, certificates } = store;
    // The shop is in north, and the account's primary in west: its invoices cross the link.
    const place = { workload: 'shop-north', region: 'north', account: 'docs', regions: ['west', 'north'] };
    entrance = await openBlobEntrance({ ...place, frontPort: front.port, storage, links });
    const documents = {
      host: 'docs.blob.core.windows.net',
      port: entrance.port,
      authority: certificates.authority,
      token: TOKEN,
    };
    const database = { ...LOGIN, host: '127.0.0.1', port: server.port };
    shop = await startShop({ region: 'north', shop: 'shop-north', database, documents });
    invoices = await store.container('docs', 'invoices');
  });
  afterAll(async () => {
    await shop?.stop();
    invoices?.close();
    await entrance?.close();
    await store?.close();
    await server?.close();
  });

  it('follow their orders, say what was ordered and when, and are written once', async () => {
    const order = await place();
    await written(order);
    const text = (await blobOf(order).downloadToBuffer()).toString();
    const [{ at, total }] = await query(`SELECT placed_at AS at, total FROM orders WHERE id = ${order}`);
    expect(JSON.parse(text)).toMatchObject({ order, region: 'north', total, lines: LINES });
    const { metadata } = await blobOf(order).getProperties();
    expect(Date.parse(metadata?.['placedat'] ?? '')).toBe((at as Date).getTime());
    // Asked for again, as after a recovery that lost some: what stands there is the same, and stays.
    await query(`INSERT INTO invoice_outbox VALUES (${order})`);
    await expect.poll(() => query('SELECT * FROM invoice_outbox')).toEqual([]);
    expect((await blobOf(order).downloadToBuffer()).toString()).toBe(text);
  });

  it('do not take the place of another document', async () => {
    const order = await place();
    await written(order);
    await blobOf(order).upload('{}', 2);
    await query(`INSERT INTO invoice_outbox VALUES (${order})`);
    await new Promise((settle) => setTimeout(settle, 1500));
    expect(await query('SELECT * FROM invoice_outbox')).toEqual([{ order_id: String(order) }]);
    await query('DELETE FROM invoice_outbox');
  });

  it('cross the link to where the account is: a cut holds them back, and orders go on', async () => {
    store.links.change(['west', 'north'], { cut: true });
    const order = await place();
    await new Promise((settle) => setTimeout(settle, 1000));
    expect(await blobOf(order).exists()).toBe(false);
    expect(await query('SELECT order_id FROM invoice_outbox')).toEqual([{ order_id: String(order) }]);
    store.links.change(['west', 'north'], { cut: false });
    await written(order);
  });

  it('follow a failover of the account, and cross no link then', async () => {
    await store.storage.failover('docs', 'planned', AbortSignal.timeout(20_000));
    expect(store.storage.account('docs')?.primary).toBe('north');
    store.links.change(['west', 'north'], { cut: true });
    const order = await place();
    await written(order);
    store.links.change(['west', 'north'], { cut: false });
  });
});
