// A primary hands over to its standby without loss: it stops, and the standby is known to have everything before it may take over.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DataPlaneError } from '../data-plane-error.ts';
import type { PostgresHost } from './host.ts';
import { isStreaming } from './replication.ts';
import type { PostgresServer } from './server.ts';

const REPLAY_MS_MAX = 30_000;
const LOOK_EVERY_MS = 10;

/**
 * Stops the primary and resolves when the standby has replayed all that the primary ever wrote. Throws DataPlaneError `not-caught-up`
 * when that cannot be: before the stop when the standby does not stream, else with the primary stopped and the standby as it was.
 */
export async function handOver(host: PostgresHost, primary: PostgresServer, standby: PostgresServer): Promise<void> {
  if (!(await isStreaming(primary, standby.name)))
    throw notCaughtUp(`expected ${standby.name} to stream from ${primary.name}, found that it does not`);
  // A fast shutdown lets sessions end, and waits until every standby that is still connected has flushed its last record.
  await primary.stop();
  await untilReplayed(standby, primary.name, lastRecord(host.dataOf(primary.name)));
}

const notCaughtUp = (message: string) => new DataPlaneError('not-caught-up', message);

async function untilReplayed(standby: PostgresServer, primary: string, last: string): Promise<void> {
  const deadline = performance.now() + REPLAY_MS_MAX;
  while (performance.now() < deadline) {
    const [row] = await standby.query<{ received: boolean; replayed: boolean }>(
      'SELECT pg_last_wal_receive_lsn() > $1::pg_lsn AS received, pg_last_wal_replay_lsn() > $1::pg_lsn AS replayed',
      [last],
    );
    if (row?.replayed === true) return;
    // The primary is gone, so what was not received by now never will be.
    if (row?.received !== true)
      throw notCaughtUp(`expected ${standby.name} to have all of ${primary}, found that the end is missing`);
    await wait(LOOK_EVERY_MS);
  }
  throw notCaughtUp(`${standby.name} did not replay all of ${primary} within ${REPLAY_MS_MAX} ms`);
}

// Fields of ControlFileData in PostgreSQL 18 (src/include/catalog/pg_control.h), little-endian; no program of the package shows them.
const CONTROL_VERSION = { offset: 8, expected: 1800 };
const STATE = { offset: 16, shutDown: 1 };
const CHECKPOINT_OFFSET = 32;

/** Where the last record of a server stands that was shut down properly: its shutdown checkpoint, as a log sequence number. */
function lastRecord(data: string): string {
  const control = readFileSync(join(data, 'global', 'pg_control'));
  const version = control.readUInt32LE(CONTROL_VERSION.offset);
  assert.equal(version, CONTROL_VERSION.expected, `a control file of an unknown version in ${data}`);
  if (control.readUInt32LE(STATE.offset) !== STATE.shutDown)
    throw notCaughtUp(`expected a server that was shut down properly in ${data}, found another state`);
  const high = control.readUInt32LE(CHECKPOINT_OFFSET + 4);
  const low = control.readUInt32LE(CHECKPOINT_OFFSET);
  return `${high.toString(16)}/${low.toString(16)}`;
}
