// Connections to PostgreSQL flexible servers: found through the control plane, bounded in time, their failures told apart.
import type { Client, ClientConfig } from 'pg';
import { CodedError } from '../../model/errors.ts';
import { getServer } from '../azure/flexible-server.ts';
import { findHost } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import { valueTypes } from './value-types.ts';

export const CONNECT_TIMEOUT_MS = 5000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** The client's own limit, for a server that is gone without a word. */
const REPLY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5000;
const PORT = 5432;

/** How to connect to a server by its ARM id. On Azure TLS is required and verified; a twin's server is on the loopback. */
export async function postgresConfig(world: World, server: string, signal: AbortSignal): Promise<ClientConfig> {
  const login = world.connection.postgres;
  if (login === undefined)
    throw new ProviderError('sign-in-missing', 'expected a sign-in for PostgreSQL in the environment, found none');
  const hostName = await serverHost(world, server, signal);
  return {
    ...(await findHost(world, { host: hostName, port: PORT }, signal)),
    ...login,
    application_name: 'drillmaster',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: REPLY_TIMEOUT_MS,
    keepAlive: true,
    types: valueTypes,
    ...(world.environment.kind === 'azure' ? { ssl: tlsOptions(world, hostName) } : {}),
  };
}

/** Connects, works and disconnects; an abort breaks the connection. Throws ProviderError `postgres-…` or what `work` throws. */
export async function withPostgres<T>(
  config: ClientConfig,
  signal: AbortSignal,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { default: pg } = await import('pg');
  const client = new pg.Client(config);
  // A broken connection rejects the running query; the event must have a listener all the same, or the process ends.
  client.on('error', () => {});
  const stop = () => void client.end().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect();
    return await work(client);
  } catch (error) {
    throw postgresError(error, signal);
  } finally {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

/** SQLSTATE: class 08 is a broken connection (but 08P01, a message that was wrong), 57P0x a server that stops or starts. */
const PASSING = /^(08(?!P01)...|57P0.)$/;
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** A replica ends a question that stands in the way of replaying; PostgreSQL asks for the same to be asked again. */
const CONFLICT = '40001';

/** Any failure of the driver as a ProviderError; other coded errors stay as they are. */
export function postgresError(thrown: unknown, signal: AbortSignal): Error {
  if (thrown instanceof CodedError) return thrown;
  if (signal.aborted) return new ProviderError('aborted', 'a question to PostgreSQL was aborted');
  const { code, message } = thrown as NodeJS.ErrnoException;
  const answered = code !== undefined && SQLSTATE.test(code);
  if (answered && !PASSING.test(code))
    return new ProviderError('postgres-failed', `PostgreSQL answered ${code}: ${message}`, {
      retryable: code === CONFLICT,
    });
  return new ProviderError(
    'postgres-unreachable',
    `PostgreSQL could not be asked: ${answered ? message : (code ?? message)}`,
    { retryable: true },
  );
}

async function serverHost(world: World, server: string, signal: AbortSignal): Promise<string> {
  const key = server.toLowerCase();
  const known = world.serverHosts.get(key);
  if (known !== undefined) return known;
  const { hostName } = await getServer(world, server, signal);
  if (hostName === undefined)
    throw new ProviderError('answer-invalid', `expected a fullyQualifiedDomainName of ${server}, found none`);
  world.serverHosts.set(key, hostName);
  return hostName;
}

const tlsOptions = ({ authorities }: World, servername: string) => ({
  rejectUnauthorized: true,
  servername,
  ...(authorities === undefined ? {} : { ca: [...authorities] }),
});
