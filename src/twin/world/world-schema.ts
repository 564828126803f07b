// What a world file says: the regions, resources and operation times of a twin. Strict: an unknown key is a problem.
import * as z from 'zod';
import { parseDuration } from '../../model/duration.ts';
import { cosmosAccountSchema } from './cosmos-schema.ts';
import { dnsZoneSchema } from './dns-schema.ts';
import { keyVaultSchema } from './key-vault-schema.ts';
import { machineLists } from './machine-schema.ts';
import { messagingNamespaces } from './messaging-schema.ts';
import { siteRecoverySchema } from './site-recovery-schema.ts';
import { sqlFailoverGroupSchema, sqlServerSchema } from './sql-schema.ts';
import { recoveryVaultSchema } from './vaults-schema.ts';
import { groupName, hostLabel, list, region } from './world-names.ts';

const LATENCY_MS_MAX = 60_000;
const LAG_MS_MAX = 3600_000;
const OPERATION_MS_MAX = 24 * 3600 * 1000;
const CUSTOMERS_EVERY_MS_MIN = 10;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** ISO 8601 text → milliseconds. */
const duration = (minimumMs: number, maximumMs: number) =>
  z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= minimumMs && ms <= maximumMs) return ms;
    context.addIssue({
      code: 'custom',
      message: `expected an ISO 8601 duration between ${minimumMs} ms and ${maximumMs} ms, found "${text}"`,
    });
    return z.NEVER;
  });

const worldName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and hyphens');
const uuid = z.string().regex(UUID, 'expected a UUID');
const hostName = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'expected a host name');

const link = z.strictObject({
  between: z.tuple([region, region]),
  latency: duration(0, LATENCY_MS_MAX),
  /** Kilobits a second each way; without a limit when absent. */
  bandwidth: z.int().min(1).optional(),
});

const postgresServer = z.strictObject({
  name: hostLabel,
  group: groupName,
  region,
  role: z.enum(['primary', 'replica']),
  source: hostLabel.optional(),
  version: z
    .string()
    .regex(/^\d{2}$/, 'expected a major version such as 18')
    .default('18'),
});

const accountName = z.string().regex(/^[a-z0-9]{3,24}$/, 'expected 3 to 24 lower-case letters and digits');

const storageAccount = z.strictObject({
  name: accountName,
  group: groupName,
  region,
  /** Where it is copied to; locally redundant when absent. */
  secondary: region.optional(),
  /** How long after its acknowledgement a change leaves for the secondary. */
  lag: duration(0, LAG_MS_MAX).default(1000),
  /** Keeps versions of its blobs, so that they can be restored to an instant. */
  pointInTimeRestore: z.boolean().optional(),
});

const shop = z.strictObject({
  name: hostLabel,
  group: groupName,
  region,
  database: hostLabel,
  /** The storage account that gets an invoice for every order. */
  documents: accountName.optional(),
});

const endpoint = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,260}$/, 'expected the name of an endpoint'),
  target: hostLabel,
  region,
  priority: z.int().min(1).max(1000),
  status: z.enum(['Enabled', 'Disabled']).default('Enabled'),
});

const profile = z.strictObject({
  name: hostLabel,
  group: groupName,
  fqdn: hostName,
  endpoints: list(endpoint).min(1),
});

const operationTime = z.union([z.literal('recorded'), duration(0, OPERATION_MS_MAX)]);

export const worldSchema = z.strictObject({
  name: worldName,
  subscription: uuid,
  tenant: uuid,
  /** Recorded durations and every other chance of the twin come from it. */
  seed: z.int().min(0).default(1),
  regions: list(region).min(1),
  links: list(link).default([]),
  resourceGroups: list(z.strictObject({ name: groupName, region })).min(1),
  postgresServers: list(postgresServer).default([]),
  storageAccounts: list(storageAccount).default([]),
  shops: list(shop).default([]),
  ...machineLists({ groupName, region, hostName, every: duration(CUSTOMERS_EVERY_MS_MIN, 3600_000) }),
  trafficManager: list(profile).default([]),
  dnsZones: list(dnsZoneSchema(groupName)).default([]),
  sqlServers: list(sqlServerSchema).default([]),
  sqlFailoverGroups: list(sqlFailoverGroupSchema).default([]),
  serviceBusNamespaces: messagingNamespaces,
  eventHubNamespaces: messagingNamespaces,
  cosmosAccounts: list(cosmosAccountSchema).default([]),
  keyVaults: list(keyVaultSchema).default([]),
  customers: z.strictObject({ every: duration(CUSTOMERS_EVERY_MS_MIN, 3600_000) }).optional(),
  recoveryVaults: list(recoveryVaultSchema).default([]),
  siteRecovery: list(siteRecoverySchema).default([]),
  values: z.record(z.string(), z.json()).default({}),
  /** How long an operation takes: `PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]`. */
  operations: z.record(z.string(), operationTime).default({}),
});

/** A world as its file says it. Durations are milliseconds. */
export type World = Readonly<z.infer<typeof worldSchema>>;
export type WorldShop = World['shops'][number];
export type WorldMachine = World['machines'][number];
