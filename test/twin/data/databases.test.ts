// Real PostgreSQL servers across a real link: what is lost, what is kept, and what can be restored.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabases, type EstateDatabases } from '../../../src/twin/data/databases.ts';
import { askKeptDisk, keptDisks } from '../../../src/twin/data/postgres/ground-truth.ts';
import { createPostgresHost, type PostgresHost } from '../../../src/twin/data/postgres/host.ts';
import { releaseMemory } from '../../../src/twin/data/postgres/release-memory.ts';
import { createRegionLinks, type RegionLinks } from '../../../src/twin/data/region-links.ts';
import { powerOff } from '../../../src/twin/process/power-off.ts';
import { openRegistry } from '../../../src/twin/process/registry.ts';
import { unprivilegedUser } from '../../../src/twin/process/unprivileged.ts';
import type { World } from '../../../src/twin/world/world-schema.ts';

const LATENCY_MS = 300;
const ONE = { name: 'one', region: 'west', group: 'g' };
const TWO = { name: 'two', region: 'north', group: 'g' };
const world = { links: [{ between: ['west', 'north'], latency: LATENCY_MS }] } as unknown as World;

let folder = '';
let host: PostgresHost;
let links: RegionLinks;
let databases: EstateDatabases;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-test-'));
  chmodSync(folder, 0o711);
  const registry = openRegistry(join(folder, 'registry.json'));
  host = createPostgresHost({ folder, user: unprivilegedUser() ?? {}, password: 'a secret of the test', registry });
  links = createRegionLinks(world);
  databases = createDatabases(host, links, Date.now);
});

afterEach(async () => {
  await databases.close();
  await links.close();
  releaseMemory(folder);
  rmSync(folder, { recursive: true, force: true });
});

const sequences = async (server: { query: <R extends pg.QueryResultRow>(sql: string) => Promise<R[]> }) =>
  new Set((await server.query<{ seq: number }>('SELECT seq::int FROM rows')).map(({ seq }) => seq));

const ask = (name: string) => ({
  query: async <R extends pg.QueryResultRow>(sql: string): Promise<R[]> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: databases.portOf(name),
      user: 'postgres',
      password: host.password,
      database: 'postgres',
    });
    await client.connect();
    try {
      return (await client.query<R>(sql)).rows;
    } finally {
      await client.end();
    }
  },
});

/** Writes steadily until told to stop; knows what was acknowledged. */
async function startWriter(server: { login: () => pg.ClientConfig }) {
  const client = new pg.Client(server.login());
  client.on('error', () => {});
  await client.connect();
  const acknowledged = new Set<number>();
  let sequence = 0;
  const timer = setInterval(() => {
    sequence += 1;
    const own = sequence;
    client.query('INSERT INTO rows VALUES ($1)', [own]).then(
      () => acknowledged.add(own),
      () => {},
    );
  }, 5);
  return {
    acknowledged,
    stop: async () => {
      clearInterval(timer);
      await client.end().catch(() => {});
    },
  };
}

describe('databases of a world', () => {
  it('lose on a forced promotion exactly what the dead disk has and the link still held', async () => {
    const primary = await databases.createPrimary(ONE);
    await primary.query('CREATE TABLE rows (seq bigint PRIMARY KEY)');
    await databases.stream(TWO, 'one');
    const writer = await startWriter(primary);
    await wait(2500);
    powerOff(databases.pidsIn('west'));
    links.lose('west');
    databases.markDead('west');
    await writer.stop();
    await databases.promote('two', 'forced');
    const kept = await sequences(ask('two'));
    const lost = [...writer.acknowledged].filter((seq) => !kept.has(seq));

    links.regain('west');
    await databases.revive('west', ['one']);
    await databases.stream(ONE, 'two');
    const [disk = ''] = keptDisks(folder, 'one');
    const dead = await askKeptDisk(host, disk, (query) => sequences({ query }));
    const truth = [...dead].filter((seq) => !kept.has(seq));
    const inDoubt = truth.filter((seq) => !writer.acknowledged.has(seq));
    expect(lost.length).toBeGreaterThan(10);
    expect(truth.length - inDoubt.length).toBe(lost.length);
    expect((await databases.replication('one')).streaming).toBe(true);
  });

  it('lose nothing on a planned promotion, and the former primary follows afterwards', async () => {
    const primary = await databases.createPrimary(ONE);
    await primary.query('CREATE TABLE rows (seq bigint PRIMARY KEY)');
    await databases.stream(TWO, 'one');
    const writer = await startWriter(primary);
    await wait(1000);
    await databases.promote('two', 'planned');
    await writer.stop();
    const kept = await sequences(ask('two'));
    expect([...writer.acknowledged].filter((seq) => !kept.has(seq))).toEqual([]);
    await databases.stream(ONE, 'two');
    expect(keptDisks(folder, 'one')).toEqual([]);
    expect((await databases.replication('one')).streaming).toBe(true);
  });

  it('are restored to an instant before a faulty statement', async () => {
    const primary = await databases.createPrimary(ONE);
    await primary.query('CREATE TABLE rows (seq bigint PRIMARY KEY)');
    await databases.backUp('one');
    await primary.query('INSERT INTO rows SELECT generate_series(1, 1000)');
    await wait(50);
    const before = Date.now();
    await wait(50);
    await primary.query('TRUNCATE rows');
    await databases.restore({ name: 'restored', region: 'west', group: 'g' }, 'one', before);
    expect((await sequences(ask('restored'))).size).toBe(1000);
    expect((await sequences(ask('one'))).size).toBe(0);
  });

  it('refuse a restore to an instant before the first backup', async () => {
    await databases.createPrimary(ONE);
    await expect(
      databases.restore({ name: 'restored', region: 'west', group: 'g' }, 'one', Date.now() - 60_000),
    ).rejects.toMatchObject({ code: 'no-backup' });
  });

  it('refuse to promote what is no replica', async () => {
    await databases.createPrimary(ONE);
    await expect(databases.promote('one', 'forced')).rejects.toMatchObject({ code: 'not-a-replica' });
  });
});
