// Planned promotions lose nothing, or do not happen; a copy that was broken off is never taken for the truth.
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptDisks } from '../../../src/twin/data/postgres/ground-truth.ts';
import { powerOff } from '../../../src/twin/process/power-off.ts';
import { type DatabasesUnderTest, databasesUnderTest, ONE, TWO } from './databases-under-test.ts';
import { until } from './sockets.ts';

let world: DatabasesUnderTest;
beforeEach(async () => {
  world = databasesUnderTest(150);
  const primary = await world.databases.createPrimary(ONE);
  await primary.query('CREATE TABLE rows (seq bigint PRIMARY KEY)');
  await world.databases.stream(TWO, 'one');
});
afterEach(() => world.remove());

const rowsOf = async (server: string) =>
  (await world.query<{ rows: number }>(server, 'SELECT count(*)::int AS rows FROM rows'))[0]?.rows;
const streaming = async (server: string) => (await world.databases.replication(server)).streaming;

describe('a planned promotion', () => {
  it('waits for what was written just before it', async () => {
    await world.query('one', 'INSERT INTO rows SELECT generate_series(1, 20000)');
    await world.databases.promote('two', 'planned');
    expect(await rowsOf('two')).toBe(20_000);
    await world.query('two', 'INSERT INTO rows VALUES (0)');
  });

  it('does not happen while the replica does not stream, and the primary goes on', async () => {
    world.links.change(['west', 'north'], { cut: true });
    await until(async () => !(await streaming('two')));
    await world.query('one', 'INSERT INTO rows SELECT generate_series(1, 100)');
    await expect(world.databases.promote('two', 'planned')).rejects.toMatchObject({ code: 'not-caught-up' });
    expect([await rowsOf('one'), await rowsOf('two')]).toEqual([100, 0]);
    await world.query('one', 'INSERT INTO rows VALUES (0)');
    world.links.change(['west', 'north'], { cut: false });
    await until(async () => (await rowsOf('two')) === 101, 20_000);
    await world.databases.promote('two', 'planned');
    expect(await rowsOf('two')).toBe(101);
  });

  it('is taken back when the link is cut in the middle of it', async () => {
    world.links.change(['west', 'north'], { latencyMs: 1000 });
    await world.query('one', 'INSERT INTO rows SELECT generate_series(1, 100)');
    const promotion = world.databases.promote('two', 'planned').catch((error: unknown) => error);
    await wait(300);
    world.links.change(['west', 'north'], { cut: true });
    expect(await promotion).toMatchObject({ code: 'not-caught-up' });
    await world.query('one', 'INSERT INTO rows VALUES (0)');
    expect(await rowsOf('one')).toBe(101);
    world.links.change(['west', 'north'], { cut: false, latencyMs: 10 });
    await until(async () => (await rowsOf('two')) === 101, 20_000);
  });
});

describe('the disk of a dead primary', () => {
  it('is kept once, however often the copy that replaces it is broken off', async () => {
    await world.query('one', 'INSERT INTO rows VALUES (1)');
    powerOff(world.databases.pidsIn('west'));
    world.links.lose('west');
    world.databases.markDead('west');
    await world.databases.promote('two', 'forced');
    powerOff(world.databases.pidsIn('north'));
    await expect(world.databases.stream(ONE, 'two')).rejects.toThrow();
    world.links.regain('west');
    world.databases.markDead('north');
    await world.databases.revive('north', []);
    await world.databases.stream(ONE, 'two');
    const kept = keptDisks(world.folder, 'one');
    expect(kept.map((disk) => [disk, existsSync(`${disk}/PG_VERSION`)])).toEqual([
      [`${world.folder}/kept/one-1`, true],
    ]);
    expect(await streaming('one')).toBe(true);
  });
});
