import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHOP_SCHEMA } from '../../../src/twin/data/shop/schema.ts';
import { type Shop, startShop } from '../../../src/twin/data/shop/start-shop.ts';
import { hasPostgres, LOGIN, type PostgresServer, startPostgres } from '../../providers/postgres-server.ts';
import { isRunning, untilOver } from '../process/sleepers.ts';
import { ask, startFar, until } from './sockets.ts';

const LINES = [
  { quantity: 3, price: '0.10' },
  { quantity: 2, price: '19.99' },
];
const login = (port: number) => ({ ...LOGIN, host: '127.0.0.1', port });
const settings = (port: number) => ({ region: 'westeurope', shop: 'shop-weu', database: login(port) });
const order = (shop: Shop, body: unknown = { lines: LINES }) =>
  ask(shop.port, { path: '/orders', method: 'POST', body: JSON.stringify(body) });

describe.skipIf(!hasPostgres)('the shop', () => {
  let server: PostgresServer;
  let shop: Shop;
  const query = async (sql: string, port = server.port) => {
    const client = new pg.Client(login(port));
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  beforeAll(async () => {
    server = await startPostgres();
    await query(SHOP_SCHEMA);
    await query(SHOP_SCHEMA);
    shop = await startShop(settings(server.port));
  });
  afterAll(async () => {
    await shop?.stop();
    await server?.close();
  });

  it('says who it is and what it stands on', async () => {
    const answer = await ask(shop.port);
    expect([answer.status, answer.body]).toEqual([
      200,
      { shop: 'shop-weu', region: 'westeurope', role: 'primary', database: true },
    ]);
  });

  it('is healthy when its heartbeat can be written and read back', async () => {
    for (let beat = 0; beat < 3; beat += 1) {
      const answer = await ask(shop.port, { path: '/healthz' });
      expect([answer.status, answer.body]).toEqual([200, { region: 'westeurope', ok: true }]);
    }
    expect(await query('SELECT shop FROM heartbeat')).toEqual([{ shop: 'shop-weu' }]);
  });

  it('stores an order with its lines and their sum', async () => {
    const before = (await ask(shop.port, { path: '/orders/count' })).body['orders'];
    const answer = await order(shop);
    expect([answer.status, answer.body]).toEqual([201, { order: expect.any(Number) }]);
    const number = Number(answer.body['order']);
    expect(await query(`SELECT region, total FROM orders WHERE id = ${number}`)).toEqual([
      { region: 'westeurope', total: '40.28' },
    ]);
    expect(
      await query(`SELECT line, quantity, price FROM order_lines WHERE order_id = ${number} ORDER BY line`),
    ).toEqual([
      { line: 1, quantity: 3, price: '0.10' },
      { line: 2, quantity: 2, price: '19.99' },
    ]);
    expect((await ask(shop.port, { path: '/orders/count' })).body).toEqual({ orders: Number(before) + 1 });
  });

  it.each([
    ['no lines', { lines: [] }],
    ['no quantity', { lines: [{ price: '1.00' }] }],
    ['a price of another form', { lines: [{ quantity: 1, price: '1e9' }] }],
    ['something unknown', { lines: LINES, discount: 5 }],
    ['null', null],
  ])('refuses an order with %s', async (_, body) => {
    expect((await order(shop, body)).status).toBe(400);
  });

  it('refuses what it does not know', async () => {
    const text = await ask(shop.port, { path: '/orders', method: 'POST', body: 'not JSON' });
    const long = await ask(shop.port, { path: '/orders', method: 'POST', body: 'x'.repeat(20_000) });
    const method = await ask(shop.port, { path: '/orders' });
    expect([text.status, long.status, method.status, method.headers['allow']]).toEqual([400, 413, 405, 'POST']);
    for (const path of ['/nowhere', '/toString', '//']) expect((await ask(shop.port, { path })).status).toBe(404);
  });

  it('serves more customers than it has connections', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => order(shop)));
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(new Set(answers.map(({ body }) => body['order'])).size).toBe(40);
    expect(
      (await query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'shop-weu'`))[0].n,
    ).toBeLessThanOrEqual(4);
  });

  it('answers 503 while its database is dead, and recovers with it', async () => {
    await server.kill();
    for (const path of ['/', '/healthz', '/orders/count']) {
      const answer = await ask(shop.port, { path });
      expect([answer.status, answer.body['reason']]).toEqual([503, expect.stringMatching(/./)]);
    }
    expect((await order(shop)).status).toBe(503);
    await server.start();
    await until(async () => (await ask(shop.port, { path: '/healthz' })).status === 200);
    expect((await order(shop)).status).toBe(201);
  });

  it('is a healthy replica to look at, but not to write to, until its database is promoted', async () => {
    const standby = await server.standby();
    const other = await startShop(settings(standby.port));
    try {
      await server.kill();
      expect((await ask(other.port)).body).toEqual({
        shop: 'shop-weu',
        region: 'westeurope',
        role: 'replica',
        database: true,
      });
      const sick = await ask(other.port, { path: '/healthz' });
      expect([sick.status, sick.body['reason']]).toEqual([503, expect.stringContaining('read-only')]);
      expect((await order(other)).status).toBe(503);
      await query('SELECT pg_promote()', standby.port);
      expect((await ask(other.port, { path: '/healthz' })).status).toBe(200);
      expect([(await order(other)).status, (await ask(other.port)).body['role']]).toEqual([201, 'primary']);
    } finally {
      await other.stop();
      await standby.close();
      await server.start();
    }
  });

  it('answers 503 within seconds when its database stands still', async () => {
    const silent = await startFar();
    const other = await startShop(settings(silent.port));
    try {
      const begun = performance.now();
      expect((await ask(other.port, { path: '/healthz' })).status).toBe(503);
      expect(performance.now() - begun).toBeLessThan(4000);
    } finally {
      await other.stop();
      await silent.close();
    }
  });

  it('ends when it is stopped, and can be stopped twice', async () => {
    const other = await startShop(settings(server.port));
    expect(isRunning(other.pid)).toBe(true);
    await other.stop();
    await other.stop();
    await untilOver([other.pid]);
  });

  it('does not start with settings that make no sense', async () => {
    await expect(startShop({ ...settings(server.port), region: '' })).rejects.toThrow(
      expect.objectContaining({ code: 'not-running', message: expect.stringContaining('region') }),
    );
  });
});
