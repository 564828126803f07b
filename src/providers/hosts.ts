import type { Connection } from '../model/environment.ts';

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
