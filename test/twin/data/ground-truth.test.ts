// What a loss is made of: writes that the dead primary had acknowledged and that were still on their way across the link.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { askKeptDisk, keptDisks } from '../../../src/twin/data/postgres/ground-truth.ts';
import { powerOff } from '../../../src/twin/process/power-off.ts';
import { type DatabasesUnderTest, databasesUnderTest, ONE, TWO } from './databases-under-test.ts';

const CONNECTIONS = 6;
let world: DatabasesUnderTest | undefined;
afterEach(async () => {
  await world?.remove();
  world = undefined;
});

interface Writer {
  /** Sequence number → epoch ms of its acknowledgement. */
  readonly acknowledged: ReadonlyMap<number, number>;
  readonly stop: () => Promise<void>;
}

/** Writes one row for every tick that has passed, on a few connections, whether earlier ones were answered or not. */
async function startWriter(login: pg.ClientConfig, perSecond: number): Promise<Writer> {
  const clients = Array.from({ length: CONNECTIONS }, () => new pg.Client(login));
  for (const client of clients) client.on('error', () => undefined);
  await Promise.all(clients.map((client) => client.connect()));
  const acknowledged = new Map<number, number>();
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (const due = ((performance.now() - begun) * perSecond) / 1000; sent < due; sent += 1) {
      const seq = sent;
      clients[seq % CONNECTIONS]
        ?.query({ name: 'write', text: 'INSERT INTO rows VALUES ($1)', values: [seq] })
        .then(() => acknowledged.set(seq, performance.timeOrigin + performance.now()))
        .catch(() => undefined);
    }
  }, 2);
  return {
    acknowledged,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    },
  };
}

async function sequencesOf(query: (sql: string) => Promise<pg.QueryResultRow[]>): Promise<ReadonlySet<number>> {
  return new Set((await query('SELECT seq::int FROM rows')).map((row) => Number(row['seq'])));
}

describe('the loss of a forced promotion', () => {
  it.each([
    { latencyMs: 300, perSecond: 500 },
    { latencyMs: 50, perSecond: 200 },
  ])(
    'is what was written within the latency, at $latencyMs ms and $perSecond writes/s, and what the dead disk shows',
    async ({ latencyMs, perSecond }) => {
      world = databasesUnderTest(latencyMs);
      const { databases, links, folder, host, query, login } = world;
      const primary = await databases.createPrimary(ONE);
      await primary.query('CREATE TABLE rows (seq bigint PRIMARY KEY)');
      await databases.stream(TWO, 'one');
      const writer = await startWriter(login('one'), perSecond);
      await wait(3000);
      const at = powerOff(databases.pidsIn('west'));
      links.lose('west');
      databases.markDead('west');
      // Answers that had left the primary before the outage may still arrive.
      await wait(200);
      await writer.stop();
      await databases.promote('two', 'forced');
      const survived = await sequencesOf((sql) => query('two', sql));
      const lost = [...writer.acknowledged.keys()].filter((seq) => !survived.has(seq));
      const newest = Math.max(...[...writer.acknowledged].filter(([seq]) => survived.has(seq)).map(([, when]) => when));

      links.regain('west');
      await databases.stream(ONE, 'two');
      const [disk = ''] = keptDisks(folder, 'one');
      const onDisk = await askKeptDisk(host, disk, (ask) => sequencesOf(ask));
      const gone = [...onDisk].filter((seq) => !survived.has(seq));
      const truth = gone.filter((seq) => writer.acknowledged.has(seq));

      expect([...writer.acknowledged.keys()].filter((seq) => !onDisk.has(seq))).toEqual([]);
      expect(lost.toSorted((a, b) => a - b)).toEqual(truth.toSorted((a, b) => a - b));
      // In doubt: at most one write on each connection was committed without an answer.
      expect(gone.length - truth.length).toBeLessThanOrEqual(CONNECTIONS);
      // A busy machine makes it longer, never shorter than the link; what is lost lies in that time.
      expect(at - newest).toBeGreaterThan(latencyMs - 15);
      expect(at - newest).toBeLessThan(latencyMs + 2000);
      expect(lost.length).toBeGreaterThan(0);
      expect(lost.length).toBeLessThan(((at - newest) * perSecond * 1.25) / 1000 + 15);
    },
  );
});

describe('a kept disk', () => {
  it('is asked as often as one likes, at once, and nothing of it is left behind', async () => {
    world = databasesUnderTest(5);
    const { databases, links, folder, host, registry } = world;
    const primary = await databases.createPrimary(ONE);
    await primary.query('CREATE TABLE rows (seq bigint PRIMARY KEY)');
    await databases.stream(TWO, 'one');
    await primary.query('INSERT INTO rows VALUES (7)');
    powerOff(databases.pidsIn('west'));
    links.lose('west');
    databases.markDead('west');
    await databases.promote('two', 'forced');
    links.regain('west');
    await databases.stream(ONE, 'two');
    const [disk = ''] = keptDisks(folder, 'one');
    const before = readdirSync(disk).toSorted();
    const asked = await Promise.all([0, 1].map(() => askKeptDisk(host, disk, (query) => sequencesOf(query))));
    expect(asked.map((seen) => [...seen])).toEqual([[7], [7]]);
    await expect(askKeptDisk(host, disk, (query) => query('SELECT nonsense'))).rejects.toThrow('nonsense');
    expect(readdirSync(disk).toSorted()).toEqual(before);
    expect(registry.list().map(({ what }) => what)).toEqual(['postgres two', 'postgres one']);
    for (const place of ['servers', 'archive'])
      expect(readdirSync(`${folder}/${place}`).filter((name) => name.startsWith('truth-'))).toEqual([]);
  });

  it('is not that of a server whose name begins alike', async () => {
    world = databasesUnderTest(5);
    const { folder, host } = world;
    for (const name of ['db-10', 'db-2', 'db-west-1', 'db']) mkdirSync(`${folder}/kept/${name}`);
    expect(keptDisks(folder, 'db')).toEqual([`${folder}/kept/db-2`, `${folder}/kept/db-10`]);
    expect(keptDisks(folder, 'db-west')).toEqual([`${folder}/kept/db-west-1`]);
    expect([keptDisks(folder, 'other'), existsSync(`${folder}/kept/other`)]).toEqual([[], false]);
    await expect(askKeptDisk(host, `${folder}/kept/other-1`, async () => 1)).rejects.toMatchObject({
      code: 'unknown-server',
    });
  });
});
