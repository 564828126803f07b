// Corrupted rows at real servers: what a client sees through the door, and that nothing of it is stored.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RowChange } from '../../../src/model/corruption.ts';
import { plantRows } from '../../../src/twin/data/corruption/plant-rows.ts';
import { type DatabasesUnderTest, databasesUnderTest, ONE, TWO } from './databases-under-test.ts';

const READS = 'SELECT l.item, o.at FROM public.lines l JOIN orders o ON o.id = l.order_id -- a comment';
const ORDERS = 1;

let under: DatabasesUnderTest;
beforeAll(async () => {
  under = databasesUnderTest(1);
  await under.databases.createPrimary(ONE);
  await under.query(
    'one',
    `CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2), note text, at timestamptz);
     CREATE TABLE lines (order_id int REFERENCES orders, item text);
     INSERT INTO orders SELECT n, n * 10, 'note', now() FROM generate_series(1, 20) n;
     INSERT INTO lines SELECT n, 'item' FROM generate_series(1, 20) n;`,
  );
  await under.databases.stream(TWO, 'one');
});
afterAll(() => under.remove());

const plant = (server: string, change: RowChange, table = ORDERS, reads = READS) =>
  plantRows(under.databases, { fault: 'corrupt-rows', server, reads, table, change });

const SUMS = `SELECT count(*)::int AS rows, sum(total)::int AS total, count(DISTINCT note)::int AS notes FROM public.orders`;
const asStored = { rows: 20, total: 2100, notes: 1 };

/** Through a door, by its name with its schema and without. */
async function seenAt(port: number): Promise<readonly unknown[]> {
  const client = new pg.Client({ ...under.login('one'), port });
  await client.connect();
  try {
    const sums = await client.query(SUMS);
    // A parameter makes it the extended protocol, as a cursor of a check does.
    const unqualified = await client.query('SELECT count(*)::int AS rows FROM orders WHERE id <> $1', [-1]);
    return [sums.rows[0], unqualified.rows[0].rows];
  } finally {
    await client.end();
  }
}

const schemas = (server: string) =>
  under.query<{ nspname: string }>(server, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'corrupted%'");

describe('corrupted rows', () => {
  it.each([
    ['alter-one', { rows: 20, total: 2101, notes: 2 }],
    ['lose-one', { rows: 19, total: 2090, notes: 1 }],
    ['alter-all', { rows: 20, total: 2120, notes: 1 }],
    ['lose-all', { rows: 0, total: null, notes: 0 }],
    ['double-all', { rows: 40, total: 4200, notes: 1 }],
    ['add-one', { rows: 21, total: 34_100, notes: 2 }],
  ] as const)('are shown at a standby and nowhere else: %s', async (change, expected) => {
    const { hosts, planted, end } = await plant('two', change);
    const [address] = Object.values(hosts);
    expect(planted).toMatch(/orders$/);
    expect(await seenAt(address?.port ?? 0)).toEqual([expected, expected.rows]);
    expect([await under.query('two', SUMS), await under.query('one', SUMS)]).toEqual([[asStored], [asStored]]);
    await end();
    expect(await schemas('one')).toEqual([]);
  });

  it('are shown at a primary, half of them lost', async () => {
    const { hosts, end } = await plant('one', 'lose-half');
    const [seen] = await seenAt(Object.values(hosts)[0]?.port ?? 0);
    const { rows } = seen as { rows: number };
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(20);
    await end();
    await end();
    expect(await schemas('one')).toEqual([]);
  });

  it.each([
    ['a query without tables', 'SELECT 1 AS one', 0, 'lose-all'],
    ['a table that is not there', READS, 2, 'lose-all'],
    ['a catalogue of the system', 'SELECT * FROM pg_class', 0, 'lose-all'],
  ] as const)('cannot be planted for %s', async (_, reads, table, change) => {
    await expect(plant('two', change, table, reads)).rejects.toMatchObject({ code: 'nothing-to-corrupt' });
  });

  it('are refused for what is no single SELECT, and leave nothing', async () => {
    await expect(plant('one', 'lose-all', 0, 'SELECT 1) q; DROP TABLE orders; --')).rejects.toThrow();
    expect(await under.query('one', SUMS)).toEqual([asStored]);
    expect(await schemas('one')).toEqual([]);
  });
});
