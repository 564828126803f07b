// What a dead server had on its disk: a copy of the kept folder is started on a port of its own, asked, and removed.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { DataPlaneError } from '../data-plane-error.ts';
import { copyFolder, type PostgresHost } from './host.ts';
import { createPostgresServer } from './server.ts';

/** Folders of the disks that were kept of a server, oldest first. */
export function keptDisks(folder: string, server: string): readonly string[] {
  const kept = join(folder, 'kept');
  const names = existsSync(kept) ? readdirSync(kept).filter((name) => name.startsWith(`${server}-`)) : [];
  return names
    .toSorted((a, b) => Number(a.slice(server.length + 1)) - Number(b.slice(server.length + 1)))
    .map((name) => join(kept, name));
}

/** Runs `ask` against a crash-recovered copy of a kept disk. The disk itself is not touched. */
export async function askKeptDisk<T>(
  host: PostgresHost,
  disk: string,
  ask: (query: <Row extends pg.QueryResultRow>(sql: string) => Promise<Row[]>) => Promise<T>,
): Promise<T> {
  if (!existsSync(disk)) throw new DataPlaneError('unknown-server', `expected a kept disk in ${disk}, found none`);
  const name = `truth-${process.pid}`;
  const server = await createPostgresServer(host, name);
  copyFolder(disk, host.dataOf(name));
  rmSync(join(host.dataOf(name), 'postmaster.pid'), { force: true });
  try {
    await server.start({ archive_mode: 'off', archive_command: '' });
    return await ask((sql) => server.query(sql));
  } finally {
    await server.stop();
    rmSync(host.dataOf(name), { recursive: true, force: true });
  }
}
