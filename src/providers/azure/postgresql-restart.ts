import * as z from 'zod';
import { defineAction } from '../../model/action.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import {
  describeServer,
  getServer,
  isChanging,
  isReady,
  sendToServer,
  serverOutput,
  settledServer,
} from './flexible-server.ts';

const input = z.strictObject({ server: resourceInput(SERVER_TYPE) });
type Input = z.infer<typeof input>;

/** Restarts a server. A finished restart leaves no trace in the control plane, so of one whose reply was lost nobody can tell. */
export const postgresqlRestart = defineAction<Input, World>({
  name: 'azure/postgresql.restart',
  title: 'Restart a PostgreSQL flexible server',
  kind: 'write',
  input,
  writes: ({ server }) => [server],
  permissions: [
    'Microsoft.DBforPostgreSQL/flexibleServers/read',
    'Microsoft.DBforPostgreSQL/flexibleServers/restart/action',
  ],
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  // An estimate: no restart of a flexible server is in the recorded public azure-cli test traffic.
  forecast: { operation: 'POST Microsoft.DBforPostgreSQL/flexibleServers/restart', typicalMs: 30_000 },
  inspect: async ({ server }, { world, signal, attemptedAt }) => {
    const seen = await getServer(world, server, signal);
    const detail = `${server} is ${describeServer(seen)}`;
    if (isChanging(seen)) return { finding: 'running', detail };
    return { finding: isReady(seen) && attemptedAt === undefined ? 'not-started' : 'unknown', detail };
  },
  start: ({ server }, context) => sendToServer(server, { method: 'POST', path: `${server}/restart` }, context),
  observe: async ({ server }, handle, context) => {
    const settled = await settledServer(server, handle, context);
    if (!isReady(settled))
      throw new ProviderError(
        'restart-failed',
        `expected ${server} to be ready after its restart, found ${describeServer(settled)}`,
      );
    return serverOutput(server, settled);
  },
});
