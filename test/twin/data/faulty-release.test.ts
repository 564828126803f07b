// Real rows of a real database are damaged from a known instant on, until the release is stopped; then they are as they were.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultyRelease, startFaultyRelease } from '../../../src/twin/data/faulty-release.ts';
import { SHOP_SCHEMA } from '../../../src/twin/data/shop/schema.ts';
import { type DatabasesUnderTest, databasesUnderTest, ONE } from './databases-under-test.ts';

let world: DatabasesUnderTest;
let release: FaultyRelease | undefined;
beforeEach(async () => {
  world = databasesUnderTest(5);
  const primary = await world.databases.createPrimary(ONE);
  await primary.query(SHOP_SCHEMA);
  await order('1 hour');
  await order('1 second');
});
afterEach(async () => {
  await release?.stop().catch(() => undefined);
  release = undefined;
  await world.remove();
});

const order = (age: string) =>
  world.query(
    'one',
    `WITH placed AS (INSERT INTO orders (region, placed_at, total) VALUES ('west', clock_timestamp() - interval '${age}', 25.50) RETURNING id)
     INSERT INTO order_lines SELECT id, line, line, 8.50 FROM placed, (VALUES (1), (2)) AS l (line)`,
  );
const everything = async () => [
  await world.query('one', 'SELECT * FROM orders ORDER BY id'),
  await world.query('one', 'SELECT * FROM order_lines ORDER BY order_id, line'),
];
const wrong = async () =>
  (
    await world.query<{ id: string }>(
      'one',
      'SELECT id FROM orders o WHERE total IS DISTINCT FROM (SELECT sum(quantity * price) FROM order_lines WHERE order_id = o.id) ORDER BY id',
    )
  ).map(({ id }) => Number(id));
const begin = async () => {
  release = await startFaultyRelease(world.databases.serverOf('one'), Date.now);
  return release;
};

describe('a faulty release', () => {
  it('damages recent orders and every new one from its instant on, and puts them right when it is stopped', async () => {
    const before = await everything();
    const asked = Date.now();
    const running = await begin();
    expect(await wrong()).toEqual([2]);
    expect(running.damage().effectiveAt).toBeGreaterThanOrEqual(asked);
    expect(running.damage().effectiveAt).toBeLessThanOrEqual(running.damage().lastDamageAt);
    await order('0 seconds');
    await expect.poll(wrong).toEqual([2, 3]);
    const { effectiveAt, lastDamageAt, stoppedAt, damaged } = await running.stop();
    expect([damaged, effectiveAt < lastDamageAt, lastDamageAt <= stoppedAt]).toEqual([2, true, true]);
    expect(await wrong()).toEqual([]);
    await world.query('one', 'DELETE FROM order_lines WHERE order_id = 3');
    await world.query('one', 'DELETE FROM orders WHERE id = 3');
    expect(await everything()).toEqual(before);
    await order('0 seconds');
    expect(await wrong()).toEqual([]);
  });

  it('has damaged nothing before its first instant: a restore to the millisecond before it is whole', async () => {
    await world.databases.backUp('one');
    // A backup may take longer than an order stays recent.
    await order('0 seconds');
    const running = await begin();
    const { effectiveAt } = running.damage();
    await world.databases.restore({ ...ONE, name: 'restored' }, 'one', effectiveAt - 1);
    expect(await world.query('restored', 'SELECT total FROM orders WHERE total > 1000')).toEqual([]);
    expect(await world.query('one', 'SELECT total FROM orders WHERE total > 1000')).not.toEqual([]);
  });

  it('does no more damage while the database takes no writes, and is put right all the same', async () => {
    const running = await begin();
    await world.query('one', 'ALTER DATABASE postgres SET default_transaction_read_only = on');
    await world.query(
      'one',
      'BEGIN READ WRITE; INSERT INTO orders (region, placed_at, total) VALUES (1, now(), 7); COMMIT',
    );
    const { lastDamageAt } = running.damage();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(running.damage().lastDamageAt).toBe(lastDamageAt);
    await running.stop();
    expect((await wrong()).includes(2)).toBe(false);
  });

  it('is not over while the database is away, and can be stopped when it is back', async () => {
    const running = await begin();
    await world.databases.serverOf('one').stop();
    await expect(running.stop()).rejects.toThrow();
    await world.databases.restart('one');
    expect(await wrong()).toEqual([2]);
    await running.stop();
    expect(await wrong()).toEqual([]);
  });
});
