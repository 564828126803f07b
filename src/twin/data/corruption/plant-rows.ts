// Plants corrupted rows at a server: views in a schema of their own, made where the server gets its writes from, and a door that puts them first.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg, { type Client, escapeIdentifier } from 'pg';
import type { CorruptionOf, RowChange } from '../../../model/corruption.ts';
import { parseResourceId } from '../../../model/resource-id.ts';
import type { Planted } from '../../control/data-plane.ts';
import { serverHost } from '../../world/resource-ids.ts';
import { DataPlaneError } from '../data-plane-error.ts';
import type { EstateDatabases } from '../databases.ts';
import type { PostgresServer } from '../postgres/server.ts';
import { openPostgresDoor } from './postgres-door.ts';
import { type Column, corruptedRows, type Table } from './row-views.ts';

const QUERY_MS_MAX = 10_000;
const REPLAY_MS_MAX = 10_000;
const REPLAY_POLL_MS = 20;
const NAME_BYTES = 4;

export type Servers = Pick<EstateDatabases, 'serverOf' | 'writerOf' | 'portOf'>;

/** Throws DataPlaneError `nothing-to-corrupt` when the query reads no such table, or it has no column that could be altered. */
export async function plantRows(
  servers: Servers,
  { server: id, reads, table: nth, change }: CorruptionOf<'corrupt-rows'>,
): Promise<Planted> {
  const name = parseResourceId(id)?.name ?? id;
  const server = servers.serverOf(name);
  const writer = servers.serverOf(servers.writerOf(name));
  const schema = `corrupted_${randomBytes(NAME_BYTES).toString('hex')}`;
  const table = await onServer(writer, async (client) => {
    const found = (await tablesOf(client, reads))[nth];
    if (found === undefined) throw nothing(`the query reads no table number ${nth + 1}`);
    const view = corruptedRows(found, change);
    if (view === undefined) throw nothing(`${found.name} has no column that could be altered`);
    await client.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
    await client.query(`CREATE VIEW ${escapeIdentifier(schema)}.${escapeIdentifier(found.name)} AS ${view}`);
    return found;
  });
  const drop = () =>
    onServer(writer, async (client) => {
      await client.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(schema)} CASCADE`);
    });
  try {
    if (writer !== server) await untilReplayed(writer, server);
    const door = await openPostgresDoor({ port: servers.portOf(name), schema, table });
    return {
      hosts: { [serverHost(name)]: { host: '127.0.0.1', port: door.port } },
      planted: `${WORDS[change]} ${table.name}`,
      end: async () => {
        await door.close();
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

const WORDS: Readonly<Record<RowChange, string>> = {
  'alter-one': 'one altered row of',
  'lose-one': 'one lost row of',
  'lose-half': 'half of the rows lost of',
  'alter-all': 'every row altered of',
  'lose-all': 'all rows lost of',
  'double-all': 'every row twice of',
  'add-one': 'one added row of',
};

const nothing = (why: string) => new DataPlaneError('nothing-to-corrupt', `nothing can be planted: ${why}`);

/** What a view on the query would depend on says which tables it names. The view itself is never there for anybody. */
async function tablesOf(client: Client, reads: string): Promise<readonly Table[]> {
  await client.query('BEGIN');
  try {
    // The extended protocol takes exactly one statement; the query may end in a comment.
    const made = `CREATE TEMP VIEW drillmaster_reads AS SELECT 1 AS one FROM (${reads}\n) AS found`;
    await client.query({ text: made, queryMode: 'extended' } as { text: string });
    const { rows } = await client.query<{ oid: string; schema: string; name: string }>(READ_TABLES);
    const tables: Table[] = [];
    for (const { oid, schema, name } of rows) tables.push({ schema, name, columns: await columnsOf(client, oid) });
    return tables;
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Relations of the system say nothing of anybody's data. */
const READ_TABLES = `
SELECT DISTINCT c.oid::text AS oid, n.nspname AS schema, c.relname AS name
FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE w.ev_class = 'pg_temp.drillmaster_reads'::regclass AND c.oid <> w.ev_class
AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY schema, name`;

async function columnsOf(client: Client, oid: string): Promise<readonly Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, t.typcategory AS category,
      EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey))
      OR EXISTS (SELECT 1 FROM pg_constraint f WHERE f.conrelid = a.attrelid AND f.contype = 'f' AND a.attnum = ANY (f.conkey))
      AS "isKey"
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [oid],
  );
  return rows;
}

/** A standby shows the views when it has replayed them. */
async function untilReplayed(writer: PostgresServer, standby: PostgresServer): Promise<void> {
  const [at] = await writer.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn');
  const deadline = performance.now() + REPLAY_MS_MAX;
  while (performance.now() < deadline) {
    const asked = 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS there';
    const [found] = await standby.query<{ there: boolean }>(asked, [at?.lsn]);
    if (found?.there === true) return;
    await sleep(REPLAY_POLL_MS);
  }
  throw new DataPlaneError('timed-out', `${standby.name} did not replay within ${REPLAY_MS_MAX} ms`);
}

async function onServer<T>(server: PostgresServer, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...server.login(), query_timeout: QUERY_MS_MAX });
  // A connection that breaks after the answer must not end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
