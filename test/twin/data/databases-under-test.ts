// Real PostgreSQL servers across a real link, in a folder of their own.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createDatabases, type EstateDatabases } from '../../../src/twin/data/databases.ts';
import { createPostgresHost, type PostgresHost } from '../../../src/twin/data/postgres/host.ts';
import { releaseMemory } from '../../../src/twin/data/postgres/release-memory.ts';
import { createRegionLinks, type RegionLinks } from '../../../src/twin/data/region-links.ts';
import { openRegistry, type Registry } from '../../../src/twin/process/registry.ts';
import { unprivilegedUser } from '../../../src/twin/process/unprivileged.ts';
import type { World } from '../../../src/twin/world/world-schema.ts';

export const ONE = { name: 'one', region: 'west', group: 'g' };
export const TWO = { name: 'two', region: 'north', group: 'g' };

export interface DatabasesUnderTest {
  readonly folder: string;
  readonly host: PostgresHost;
  readonly registry: Registry;
  readonly links: RegionLinks;
  readonly databases: EstateDatabases;
  readonly login: (server: string) => pg.ClientConfig;
  readonly query: <Row extends pg.QueryResultRow>(server: string, sql: string) => Promise<Row[]>;
  /** For `afterEach`: ends every server and removes the folder. */
  readonly remove: () => Promise<void>;
}

/** A folder that PostgreSQL's own user can pass through. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-test-'));
  chmodSync(folder, 0o711);
  return folder;
}

/** The user to run PostgreSQL as, as an estate takes it. */
function runAs(): { uid: number; gid: number } | Record<string, never> {
  const user = unprivilegedUser();
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}

/** `west` and `north`, and so much latency each way between them; no server yet. */
export function databasesUnderTest(latencyMs: number): DatabasesUnderTest {
  const folder = makeFolder();
  const registry = openRegistry(join(folder, 'registry.json'));
  const host = createPostgresHost({ folder, user: runAs(), password: "a 'secret' of the test", registry });
  const links = createRegionLinks({ links: [{ between: ['west', 'north'], latency: latencyMs }] } as unknown as World);
  const databases = createDatabases(host, links, Date.now);
  const login = (server: string) => ({
    host: '127.0.0.1',
    port: databases.portOf(server),
    user: 'postgres',
    password: host.password,
    database: 'postgres',
    connectionTimeoutMillis: 3000,
  });
  return {
    folder,
    host,
    registry,
    links,
    databases,
    login,
    query: (server, sql) => queryOnce(login(server), sql),
    remove: async () => {
      await databases.close();
      await links.close();
      releaseMemory(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function queryOnce<Row extends pg.QueryResultRow>(login: pg.ClientConfig, sql: string): Promise<Row[]> {
  const client = new pg.Client(login);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
