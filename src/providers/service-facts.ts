// Facts that matter of services with a failover of their own: who is in charge, and who would take over.
import * as z from 'zod';
import type { InventoryItem } from '../model/events.ts';
import type { Json } from '../model/json.ts';
import { ProviderError } from './provider-error.ts';

type Facts = InventoryItem['facts'];

export interface ServiceReader {
  readonly type: string;
  readonly apiVersion: string;
  readonly facts: (body: Json | undefined) => Facts;
}

const failoverGroup = z.object({
  properties: z.object({
    replicationRole: z.string(),
    replicationState: z.string().nullish(),
    partnerServers: z.array(z.object({ id: z.string() })),
    databases: z.array(z.string()).nullish(),
  }),
});

function failoverGroupFacts(body: Json | undefined): Facts {
  const { replicationRole, replicationState, partnerServers, databases } = parse(
    failoverGroup,
    body,
    'a failover group',
  ).properties;
  return {
    present: true,
    replicationRole,
    replicationState: replicationState ?? null,
    partners: partnerServers.map(({ id }) => id),
    databases: databases ?? [],
  };
}

const alias = z.object({
  properties: z.object({
    role: z.string(),
    provisioningState: z.string().nullish(),
    partnerNamespace: z.string().nullish(),
  }),
});

function aliasFacts(body: Json | undefined): Facts {
  const { role, provisioningState, partnerNamespace } = parse(alias, body, 'an alias of namespaces').properties;
  return { present: true, role, provisioningState: provisioningState ?? null, partner: partnerNamespace || null };
}

const account = z.object({
  properties: z.object({
    provisioningState: z.string().nullish(),
    writeLocations: z.array(z.object({ locationName: z.string() })),
    failoverPolicies: z.array(z.object({ locationName: z.string(), failoverPriority: z.int() })),
  }),
});

function accountFacts(body: Json | undefined): Facts {
  const { provisioningState, writeLocations, failoverPolicies } = parse(
    account,
    body,
    'a Cosmos DB account',
  ).properties;
  const ordered = failoverPolicies.toSorted((a, b) => a.failoverPriority - b.failoverPriority);
  return {
    present: true,
    provisioningState: provisioningState ?? null,
    writesIn: writeLocations.map(({ locationName }) => locationName),
    priorities: ordered.map(({ locationName }) => locationName),
  };
}

export const SERVICE_READERS: readonly ServiceReader[] = [
  { type: 'Microsoft.Sql/servers/failoverGroups', apiVersion: '2021-11-01', facts: failoverGroupFacts },
  {
    type: 'Microsoft.ServiceBus/namespaces/disasterRecoveryConfigs',
    apiVersion: '2021-11-01',
    facts: aliasFacts,
  },
  { type: 'Microsoft.EventHub/namespaces/disasterRecoveryConfigs', apiVersion: '2024-01-01', facts: aliasFacts },
  { type: 'Microsoft.DocumentDB/databaseAccounts', apiVersion: '2024-05-15', facts: accountFacts },
];

function parse<T>(shape: z.ZodType<T>, body: Json | undefined, what: string): T {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ProviderError('answer-invalid', `expected ${what}, found something else`);
}
