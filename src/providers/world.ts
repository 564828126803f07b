// What actions, probes and canaries of this folder use: a running environment and the one door to its control plane.
import { getCACertificates } from 'node:tls';
import type { TokenCredential } from '@azure/core-auth';
import type { ChildRuns } from '../model/child.ts';
import type { Connection, Environment } from '../model/environment.ts';
import type { Program } from '../model/program.ts';
import { credentialOf } from './arm/credential.ts';
import { type ArmDoor, type DoorLimits, openDoor } from './arm/door.ts';
import type { Exchange } from './arm/transport.ts';

interface WorldLog {
  readonly debug: (message: string, facts?: object) => void;
}

export interface World {
  readonly environment: Environment;
  readonly connection: Connection;
  readonly arm: ArmDoor;
  /** For the Azure SDK clients that only read. */
  readonly credential: TokenCredential;
  /** PEM of every authority to trust; undefined: the system's. */
  readonly authorities: readonly string[] | undefined;
  /** Server id in lower case → host name. It never changes, and a dead region's server need not be asked again. */
  readonly serverHosts: Map<string, string>;
  /** Those that the approved plan names; no other program is run. */
  readonly programs: readonly Program[];
  /** Child runs of the run that uses this world; undefined where nobody can drive any. */
  readonly children: ChildRuns | undefined;
}

export interface WorldOptions {
  /** Gets a line for every exchange with the control plane, free of secrets. */
  readonly log?: WorldLog;
  readonly onExchange?: (exchange: Exchange) => void;
  readonly limits?: Partial<DoorLimits>;
  readonly programs?: readonly Program[] | undefined;
  readonly children?: ChildRuns | undefined;
}

/** Opens a world. Sends nothing yet. */
export function openWorld(environment: Environment, connection: Connection, options: WorldOptions = {}): World {
  const authorities = authoritiesOf(environment, connection);
  const credential = credentialOf(environment, connection, authorities);
  const onExchange = (exchange: Exchange) => {
    options.log?.debug('control plane', exchange);
    options.onExchange?.(exchange);
  };
  const arm = openDoor({
    endpoint: connection.armEndpoint,
    credential,
    authorities,
    proxied: environment.kind === 'azure',
    onExchange,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  return {
    environment,
    connection,
    arm,
    credential,
    authorities,
    serverHosts: new Map(),
    programs: options.programs ?? [],
    children: options.children,
  };
}

/** A twin is trusted by its own authority and no other; on Azure an authority (of a proxy that opens TLS) comes beside the system's. */
function authoritiesOf({ kind }: Environment, { authority }: Connection): readonly string[] | undefined {
  if (authority === undefined) return undefined;
  return kind === 'twin' ? [authority] : [...getCACertificates('default'), authority];
}
