// What a world file says: the regions, resources and operation times of a twin. Strict: an unknown key is a problem.
import * as z from 'zod';
import { parseDuration } from '../../model/duration.ts';
import { machineLists } from './machine-schema.ts';
import { siteRecoverySchema } from './site-recovery-schema.ts';
import { recoveryVaultSchema } from './vaults-schema.ts';

const LIST_MAX = 50;
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
const region = z.string().regex(/^[a-z][a-z0-9]{1,30}$/, 'expected the name of an Azure region, such as westeurope');
const uuid = z.string().regex(UUID, 'expected a UUID');
const groupName = z.string().regex(/^[A-Za-z0-9._()-]{1,90}$/, 'expected the name of a resource group');
const hostLabel = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'expected lower-case letters, digits and hyphens');
const hostName = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'expected a host name');
const list = <T extends z.ZodType>(item: T) => z.array(item).max(LIST_MAX);

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

const storageAccount = z.strictObject({
  name: z.string().regex(/^[a-z0-9]{3,24}$/, 'expected 3 to 24 lower-case letters and digits'),
  group: groupName,
  region,
  /** Where it is copied to; locally redundant when absent. */
  secondary: region.optional(),
  /** How long after its acknowledgement a change leaves for the secondary. */
  lag: duration(0, LAG_MS_MAX).default(1000),
});

const shop = z.strictObject({ name: hostLabel, group: groupName, region, database: hostLabel });

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

/** `PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]`: method, resource type, and which variety of it. */
const operationKind = z
  .string()
  .regex(
    /^(PUT|PATCH|POST|DELETE) [A-Za-z0-9./]+( \[[a-z]+\])?$/,
    'expected an operation such as "PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]"',
  );
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
  customers: z.strictObject({ every: duration(CUSTOMERS_EVERY_MS_MIN, 3600_000) }).optional(),
  recoveryVaults: list(recoveryVaultSchema).default([]),
  siteRecovery: list(siteRecoverySchema).default([]),
  values: z.record(z.string(), z.json()).default({}),
  operations: z.record(operationKind, operationTime).default({}),
});

/** A world as its file says it. Durations are milliseconds. */
export type World = Readonly<z.infer<typeof worldSchema>>;
export type WorldShop = World['shops'][number];
export type WorldMachine = World['machines'][number];
