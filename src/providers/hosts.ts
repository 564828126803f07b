import { isIP } from 'node:net';
import * as z from 'zod';
import type { Connection } from '../model/environment.ts';
import { ProviderError } from './provider-error.ts';
import type { World } from './world.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a host name is really reached: as the twin says, else as it is. Host names are compared without regard to case. */
export function resolveHost(connection: Pick<Connection, 'hosts'>, host: string, port: number): Address {
  const wanted = host.toLowerCase();
  const found = Object.entries(connection.hosts).find(([name]) => name.toLowerCase() === wanted);
  return found?.[1] ?? { host, port };
}

const hostsShape = z.record(z.string(), z.object({ host: z.string(), port: z.int() }));

/** Virtual machines: one that comes back after a failover bears the name of before and is reached elsewhere. */
const MADE_AGAIN = /\.cloudapp\.azure\.com$/i;

/**
 * The same of a running world. A twin says when it comes up where its hosts are; of one that it made later it is asked, each time, because a
 * server that is made again has another port. Throws ArmError when it cannot be asked.
 */
export async function findHost(
  { connection, environment, arm }: Pick<World, 'connection' | 'environment' | 'arm'>,
  { host, port }: Address,
  signal: AbortSignal,
): Promise<Address> {
  const found = resolveHost(connection, host, port);
  const isKnown = found.host !== host && !MADE_AGAIN.test(host);
  if (environment.kind !== 'twin' || isKnown || isIP(host) !== 0) return found;
  const hosts = hostsShape.safeParse((await arm.get({ path: '/twin/hosts' }, signal)).body);
  if (!hosts.success) throw new ProviderError('answer-invalid', 'expected the hosts of a twin, found something else');
  const served = resolveHost({ hosts: hosts.data }, host, port);
  return served.host === host ? found : served;
}

const PORT_MAX = 65_535;
const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$/;

/** A host name or an address, as an input. */
export const hostInput = z
  .string()
  .refine((host) => HOST_NAME.test(host) || isIP(host) !== 0, 'expected a host name or an address')
  .describe('Host name or address');
export const portInput = z.int().min(1).max(PORT_MAX);
