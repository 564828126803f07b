// Restoring to an instant: from idle servers, from promoted and restored ones, and under a name that was used before.
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { powerOff } from '../../../src/twin/process/power-off.ts';
import { type DatabasesUnderTest, databasesUnderTest, ONE, TWO } from './databases-under-test.ts';
import { until } from './sockets.ts';

const RESTORED = { name: 'restored', region: 'west', group: 'g' };
const AGAIN = { name: 'again', region: 'west', group: 'g' };

let world: DatabasesUnderTest;
beforeEach(async () => {
  world = databasesUnderTest(5);
  const primary = await world.databases.createPrimary(ONE);
  await primary.query('CREATE TABLE rows (seq bigint PRIMARY KEY)');
  await world.databases.backUp('one');
});
afterEach(() => world.remove());

const rowsOf = async (server: string) =>
  (await world.query<{ rows: number }>(server, 'SELECT count(*)::int AS rows FROM rows'))[0]?.rows;
const insert = (server: string, from: number, to: number) =>
  world.query(server, `INSERT INTO rows SELECT generate_series(${from}, ${to})`);
/** An instant with some milliseconds of nothing on both sides. */
async function instant(): Promise<number> {
  await wait(30);
  const at = Date.now();
  await wait(30);
  return at;
}

/** The backup with which a server's own history begins is over. */
const untilBackedUp = (server: string) =>
  until(() => {
    const folder = world.host.backupOf(server);
    return existsSync(folder) && readdirSync(folder).some((name) => /^\d+$/.test(name));
  });

describe('a restore', () => {
  it('brings back what a TRUNCATE removed, and takes writes', async () => {
    await insert('one', 1, 1000);
    const at = await instant();
    await world.query('one', 'TRUNCATE rows');
    await world.databases.restore(RESTORED, 'one', at);
    expect([await rowsOf('one'), await rowsOf('restored')]).toEqual([0, 1000]);
    await insert('restored', 2000, 2000);
  });

  it('includes what was committed at the instant, and nothing later', async () => {
    for (let seq = 1; seq <= 200; seq += 1) await insert('one', seq, seq);
    const rows = await world.query<{ seq: string; ms: number }>(
      'one',
      'SELECT seq, extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 AS ms FROM rows ORDER BY seq',
    );
    const at = Math.ceil(Number(rows[99]?.ms));
    const expected = rows.filter(({ ms }) => Number(ms) <= at).length;
    await world.databases.restore(RESTORED, 'one', at);
    expect(expected).toBeGreaterThanOrEqual(100);
    expect(await rowsOf('restored')).toBe(expected);
  });

  it('reaches an instant after the last write of an idle server', async () => {
    await insert('one', 1, 10);
    await world.databases.restore(RESTORED, 'one', await instant());
    expect(await rowsOf('restored')).toBe(10);
  });

  it('reaches the instant at which a backup was over', async () => {
    await insert('one', 1, 10);
    await world.databases.backUp('one');
    const taken = readdirSync(world.host.backupOf('one')).map(Number);
    expect(taken).toHaveLength(2);
    await wait(30);
    await world.query('one', 'TRUNCATE rows');
    await world.databases.restore(RESTORED, 'one', Math.max(...taken));
    expect(await rowsOf('restored')).toBe(10);
  });

  it('can be made of a restored server', async () => {
    await insert('one', 1, 10);
    await world.databases.restore(RESTORED, 'one', await instant());
    await untilBackedUp('restored');
    await insert('restored', 11, 30);
    const at = await instant();
    await world.query('restored', 'TRUNCATE rows');
    await world.databases.restore(AGAIN, 'restored', at);
    expect([await rowsOf('restored'), await rowsOf('again')]).toEqual([0, 30]);
  });

  it('can be made of a replica that took over', async () => {
    await world.databases.stream(TWO, 'one');
    powerOff(world.databases.pidsIn('west'));
    world.links.lose('west');
    world.databases.markDead('west');
    await world.databases.promote('two', 'forced');
    await untilBackedUp('two');
    await insert('two', 1, 20);
    const at = await instant();
    await world.query('two', 'TRUNCATE rows');
    await world.databases.restore({ ...AGAIN, region: 'north' }, 'two', at);
    expect([await rowsOf('two'), await rowsOf('again')]).toEqual([0, 20]);
  });

  it('is not misled by a removed server of the same name', async () => {
    await insert('one', 1, 10);
    await world.databases.restore(RESTORED, 'one', await instant());
    await insert('restored', 1001, 5000);
    await world.query('restored', 'SELECT pg_switch_wal()');
    await wait(200);
    await world.databases.remove('restored');
    await world.databases.restore(RESTORED, 'one', await instant());
    await untilBackedUp('restored');
    await insert('restored', 11, 30);
    const at = await instant();
    await world.query('restored', 'TRUNCATE rows');
    await world.databases.restore(AGAIN, 'restored', at);
    expect(await rowsOf('again')).toBe(30);
  });
});
