// A small catalogue with the shapes of the true one and nothing behind it: checks and plans never call an action.
import * as z from 'zod';
import type { Action, Catalogue, Forecast, UndoKind } from '../../src/model/action.ts';
import { defineAction, defineCanary, defineProbe } from '../../src/model/action.ts';
import type { Environment } from '../../src/model/environment.ts';
import { parseResourceId } from '../../src/model/resource-id.ts';

const armId = z.string().refine((text) => parseResourceId(text) !== undefined, { error: 'expected a full ARM id' });
const url = z.url({ error: 'expected a URL' });

const never = () => Promise.reject(new Error('a check or a plan must not act'));
const idle = {
  inspect: never,
  start: never,
  observe: never,
  permissions: [] as readonly string[],
  changesDataRoles: false,
};

/** A fake action; what a test does not care about has a harmless value. */
export function fakeAction<Input>(
  name: string,
  input: z.ZodType<Input>,
  changes: Partial<Action<Input>> & { readonly undo?: UndoKind; readonly typicalMs?: number } = {},
): Action<unknown> {
  const { typicalMs = 1_000, ...rest } = changes;
  const forecast: Forecast = { operation: name, typicalMs };
  const fixed = {
    name,
    title: name,
    input,
    kind: 'write' as const,
    undo: 'nothing-to-undo' as const,
    writes: () => [],
    forecast,
  };
  return defineAction({ ...fixed, ...idle, ...rest });
}

const server = z.strictObject({ server: armId, mode: z.enum(['planned', 'forced']) });
const replica = z.strictObject({ server: armId, source: armId });
const endpoint = z.strictObject({
  profile: armId,
  endpoint: z.string(),
  status: z.enum(['Enabled', 'Disabled']).optional(),
  priority: z.int().min(1).max(1000).optional(),
});

const ACTIONS = [
  fakeAction('fault/region-outage', z.strictObject({ region: z.string() }), {
    kind: 'fault',
    undo: 'reversible',
    typicalMs: 500,
    reach: (input, { resources }) => resources.filter(({ region }) => region === input.region).map(({ id }) => id),
  }),
  fakeAction('azure/postgresql.promote', server, {
    undo: 'failback',
    changesDataRoles: true,
    typicalMs: 21_000,
    writes: (input) => [input.server],
    permissions: ['Microsoft.DBforPostgreSQL/flexibleServers/write', 'Microsoft.DBforPostgreSQL/flexibleServers/read'],
  }),
  fakeAction('azure/postgresql.replica', replica, {
    undo: 'failback',
    typicalMs: 90_000,
    writes: (input) => [input.server],
    permissions: ['Microsoft.DBforPostgreSQL/flexibleServers/write'],
  }),
  fakeAction('azure/trafficmanager.endpoint', endpoint, {
    undo: 'reversible',
    typicalMs: 2_000,
    writes: (input) => [`${input.profile}/azureEndpoints/${input.endpoint}`],
    permissions: ['Microsoft.Network/trafficManagerProfiles/azureEndpoints/write'],
  }),
  fakeAction('azure/keyvault.purge', z.strictObject({ vault: armId }), {
    undo: 'cannot-be-undone',
    writes: (input) => [input.vault],
  }),
  fakeAction('postgres/assert', z.strictObject({ server: armId, query: z.string(), expect: z.string() }), {
    kind: 'check',
    typicalMs: 50,
  }),
  fakeAction('http/assert', z.strictObject({ url, expect: z.string() }), { kind: 'check', typicalMs: 20 }),
];

const PROBES = [
  defineProbe({
    name: 'http/probe',
    title: 'HTTP',
    input: z.strictObject({ url, expect: z.string().optional() }),
    read: never,
  }),
];

const CANARIES = [
  defineCanary({
    name: 'postgres/canary',
    title: 'PostgreSQL rows',
    input: z.strictObject({ write: armId, read: armId }),
    writes: (input) => [input.write],
    open: never,
    survivors: never,
    remove: never,
    leftOvers: never,
  }),
];

const named = <Entry extends { readonly name: string }>(entries: readonly Entry[]) =>
  new Map(entries.map((entry) => [entry.name, entry]));

/** The fake catalogue, with further actions when a test needs them. */
export const fakeCatalogue = (...further: readonly Action<unknown>[]): Catalogue => ({
  actions: named([...ACTIONS, ...further]),
  probes: named(PROBES),
  canaries: named(CANARIES),
});

export const SUBSCRIPTION = '0d5b1a2c-0000-4000-8000-000000000001';

/** The twin that drills of tests run on. */
export const fakeEnvironment = (values: Environment['values'] = { shopUrl: 'http://shop.example' }): Environment => ({
  kind: 'twin',
  name: 'region-failover',
  tenant: '0d5b1a2c-0000-4000-8000-00000000000a',
  subscription: SUBSCRIPTION,
  values,
  resources: [
    { id: serverId('weu'), region: 'westeurope' },
    { id: serverId('neu'), region: 'northeurope' },
    { id: serverId('sea'), region: 'southeastasia' },
  ],
});

const serverId = (place: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-${place}/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-${place}`;
