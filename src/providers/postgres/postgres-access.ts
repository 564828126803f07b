import type { Client } from 'pg';
import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { JsonObject } from '../../model/json.ts';
import { pause } from '../arm/door.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import { postgresConfig, withPostgres } from './connection.ts';

const ACCESS = ['read-only', 'read-write'] as const;
const input = z.strictObject({
  server: resourceInput(SERVER_TYPE),
  access: z
    .enum(ACCESS)
    .describe('read-only takes the database out of service: sessions are ended, and new ones cannot write'),
});
type Input = z.infer<typeof input>;
type Access = Input['access'];

const POLL_MS = 20;
const PERMISSIONS = ['Microsoft.DBforPostgreSQL/flexibleServers/read'];

/**
 * Says whether the database of a server takes writes, through a default of the database that every new session starts with; older sessions are
 * ended. Once that is over nothing is acknowledged any more, except to a session that overrides the default on purpose.
 */
export const postgresAccess = defineAction<Input, World>({
  name: 'postgres/access',
  title: 'Take a database out of service for writing, or open it again',
  kind: 'write',
  input,
  writes: ({ server }) => [server],
  endsService: ({ access }) => access === 'read-only',
  permissions: PERMISSIONS,
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'postgres/access', typicalMs: 1000 },
  inspect,
  start: async (given, context) => {
    const earliest = context.now();
    try {
      return { kind: 'done', output: await setAccess(given, earliest, context) };
    } catch (error) {
      // The default may have been set, and sessions may have been ended: only a look can tell.
      if (!(error instanceof ProviderError)) throw error;
      throw new ProviderError(error.code, error.message, { ambiguous: true });
    }
  },
  // Ending the older sessions once more changes nothing that is not to be changed.
  observe: (given, _handle, context) => setAccess(given, context.intendedAt ?? context.now(), context),
  takeBack: (given, before, context) => {
    const access = ACCESS.find((known) => known === (before as { access?: unknown } | null)?.access) ?? 'read-write';
    return setAccess({ ...given, access }, context.now(), context);
  },
});

async function inspect({ server, access }: Input, context: ActionContext<World>): Promise<Inspection> {
  const found = await onServer(server, context, readAccess);
  const detail = `the database of ${server} is ${found}`;
  if (found !== access) return { finding: 'not-started', detail, before: { access: found } };
  // It was set; whether the older sessions are over, the rest of the work says.
  if (context.intendedAt !== undefined) return { finding: 'running', detail };
  return { finding: 'done', detail, before: { access: found }, output: { server, access, ours: false } };
}

const onServer = async <T>(
  server: string,
  { world, signal }: Pick<ActionContext<World>, 'world' | 'signal'>,
  work: (client: Client) => Promise<T>,
): Promise<T> => withPostgres(await postgresConfig(world, server, signal), signal, work);

const READ_ACCESS = `
SELECT coalesce('default_transaction_read_only=on' = ANY (setconfig), false) AS closed FROM pg_database
LEFT JOIN pg_db_role_setting ON setdatabase = pg_database.oid AND setrole = 0 WHERE datname = current_database()`;

async function readAccess(client: Client): Promise<Access> {
  const { rows } = await client.query<{ closed: boolean }>(READ_ACCESS);
  return rows[0]?.closed === true ? 'read-only' : 'read-write';
}

/** `effectiveAt` (epoch ms) is when the last older session was over; it lies between `earliest` and `latest`. */
async function setAccess(
  { server, access }: Input,
  earliest: number,
  context: Pick<ActionContext<World>, 'world' | 'signal' | 'now'>,
): Promise<JsonObject> {
  const ended = await onServer(server, context, async (client) => {
    await changeDefault(client, access);
    return endOlderSessions(client, context.signal);
  });
  const latest = Math.ceil(context.now());
  return {
    server,
    access,
    effectiveAt: latest,
    earliest: Math.floor(earliest),
    latest,
    simulated: false,
    ours: true,
    source: 'the database, once every older session was over',
    sessionsEnded: ended,
  };
}

async function changeDefault(client: Client, access: Access): Promise<void> {
  // This session began with the default that it changes.
  await client.query('SET default_transaction_read_only = off');
  const change =
    access === 'read-only' ? 'SET default_transaction_read_only = on' : 'RESET default_transaction_read_only';
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('ALTER DATABASE %I ${change}', current_database()) AS statement`,
  );
  await client.query(rows[0]?.statement ?? '');
}

const END_OLDER = `
SELECT count(pg_terminate_backend(pid))::int AS older FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND backend_start <= $1::timestamptz`;

/** Resolves when none is left of those that began before now; how many there were. The client's own limits end the waiting. */
async function endOlderSessions(client: Client, signal: AbortSignal): Promise<number> {
  const { rows } = await client.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  const end = async () => (await client.query<{ older: number }>(END_OLDER, [rows[0]?.now])).rows[0]?.older ?? 0;
  const first = await end();
  for (let left = first; left > 0; left = await end()) await pause(POLL_MS, signal);
  return first;
}
