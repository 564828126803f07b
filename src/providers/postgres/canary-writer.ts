import type { ClientConfig, Pool } from 'pg';
import type { CanaryWriter } from '../../model/action.ts';
import { insertStatement } from './canary-table.ts';
import { CONNECT_TIMEOUT_MS, postgresError } from './connection.ts';

/** Enough for a thousand writes a second at 8 ms each. */
const CONNECTIONS_MAX = 8;
/** A write that was not acknowledged by then never counts as acknowledged. */
const WRITE_TIMEOUT_MS = 5000;

/** Opens the connections of a canary. Each write is one insert in a transaction of its own: acknowledged means committed. */
export async function openWriter(config: ClientConfig, table: string, run: string): Promise<CanaryWriter> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    ...config,
    max: CONNECTIONS_MAX,
    statement_timeout: WRITE_TIMEOUT_MS,
    query_timeout: WRITE_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
  });
  // A dead server breaks idle connections and busy ones; an error event without a listener would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const text = insertStatement(table);
  return {
    write: (sequence, signal) => insert(pool, { name: 'drillmaster-canary', text, values: [run, sequence] }, signal),
    close: () => pool.end(),
  };
}

interface Insert {
  readonly name: string;
  readonly text: string;
  readonly values: [string, number];
}

/** Rejects at once when aborted, and breaks the connection then: a late answer must not be taken for another write's. */
async function insert(pool: Pool, query: Insert, signal: AbortSignal): Promise<void> {
  let aborted: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    aborted = () => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
  });
  try {
    signal.throwIfAborted();
    await Promise.race([insertOn(pool, query, signal), stopped]);
  } catch (error) {
    throw postgresError(error, signal);
  } finally {
    if (aborted !== undefined) signal.removeEventListener('abort', aborted);
  }
}

async function insertOn(pool: Pool, query: Insert, signal: AbortSignal): Promise<void> {
  const client = await pool.connect();
  const broken = () => client.release(true);
  if (signal.aborted) return client.release();
  signal.addEventListener('abort', broken, { once: true });
  try {
    await client.query(query);
  } catch (error) {
    if (!signal.aborted) client.release(error instanceof Error ? error : true);
    throw error;
  } finally {
    signal.removeEventListener('abort', broken);
  }
  if (!signal.aborted) client.release();
}
