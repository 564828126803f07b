// What a dead server had on its disk: a copy of the kept folder is started on a port of its own, asked, and removed.
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { DataPlaneError } from '../data-plane-error.ts';
import { copyFolder, type PostgresHost } from './host.ts';
import { createPostgresServer } from './server.ts';

/** Folders of the disks that were kept of a server, oldest first. */
export function keptDisks(folder: string, server: string): readonly string[] {
  const kept = join(folder, 'kept');
  const numbers = existsSync(kept) ? readdirSync(kept).flatMap((name) => numberOf(name, server)) : [];
  return numbers.toSorted((a, b) => a - b).map((number) => keptDisk(folder, server, number));
}

/** Where the disk of a server is kept that died for the `number`th time. */
export const keptDisk = (folder: string, server: string, number: number): string =>
  join(folder, 'kept', `${server}-${number}`);

/** The name of one server may begin with the name of another. */
function numberOf(name: string, server: string): readonly number[] {
  const rest = name.startsWith(`${server}-`) ? name.slice(server.length + 1) : '';
  return /^\d+$/.test(rest) ? [Number(rest)] : [];
}

/** Runs `ask` against a crash-recovered copy of a kept disk. The disk itself is not touched. */
export async function askKeptDisk<T>(
  host: PostgresHost,
  disk: string,
  ask: (query: <Row extends pg.QueryResultRow>(sql: string) => Promise<Row[]>) => Promise<T>,
): Promise<T> {
  if (!existsSync(disk)) throw new DataPlaneError('unknown-server', `expected a kept disk in ${disk}, found none`);
  const name = `truth-${randomUUID()}`;
  const server = await createPostgresServer(host, name);
  try {
    await copyFolder(disk, host.dataOf(name));
    rmSync(join(host.dataOf(name), 'postmaster.pid'), { force: true });
    await server.start({ archive_mode: 'off', archive_command: '' });
    return await ask((sql) => server.query(sql));
  } finally {
    await server.stop();
    for (const path of [host.dataOf(name), host.archiveOf(name)]) await rm(path, { recursive: true, force: true });
  }
}
