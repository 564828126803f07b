// PostgreSQL: promotion, replica, restart, restore, access and a release that damages rows.
import type { Json } from '../../../src/model/json.ts';
import type { Bench } from './bench.ts';
import {
  createsNothing,
  FAILED,
  HELD_MS,
  NOT_READY,
  OUTSIDE,
  OUTSIDE_FAULT,
  operationWays,
  PASSED,
  STUCK,
  TOO_SHORT,
  TOO_SLOW_MS,
  TWICE,
} from './common-ways.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase } from './ways.ts';

const TYPE = 'Microsoft.DBforPostgreSQL/flexibleServers';
const PRIMARY = { type: TYPE, group: 'rg-weu', name: 'orders-db-weu' };
const REPLICA = { type: TYPE, group: 'rg-neu', name: 'orders-db-neu' };
const STOCK = { type: TYPE, group: 'rg-weu', name: 'stock-db' };
const RESTORED = { type: TYPE, group: 'rg-weu', name: 'stock-restored' };
const NOBODY = { type: TYPE, group: 'rg-weu', name: 'nobody-db' };
const API = '2025-08-01';

const world = {
  name: 'every-postgres',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c11',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: ['westeurope', 'northeurope'],
  links: [{ between: ['westeurope', 'northeurope'], latency: 'PT0.005S' }],
  resourceGroups: [
    { name: 'rg-weu', region: 'westeurope' },
    { name: 'rg-neu', region: 'northeurope' },
  ],
  postgresServers: [
    { name: PRIMARY.name, group: 'rg-weu', region: 'westeurope', role: 'primary' },
    { name: REPLICA.name, group: 'rg-neu', region: 'northeurope', role: 'replica', source: PRIMARY.name },
    { name: STOCK.name, group: 'rg-weu', region: 'westeurope', role: 'primary' },
  ],
  shops: [{ name: 'stock-shop', group: 'rg-weu', region: 'westeurope', database: STOCK.name }],
  trafficManager: [
    {
      name: 'stock-tm',
      group: 'rg-weu',
      fqdn: 'stock.trafficmanager.net',
      endpoints: [{ name: 'westeurope', target: 'stock-shop', region: 'westeurope', priority: 1 }],
    },
  ],
  customers: { every: 'PT0.05S' },
  operations: {
    [`PATCH ${TYPE}`]: 'PT0.6S',
    [`PUT ${TYPE}`]: 'PT0.6S',
    [`DELETE ${TYPE}`]: 'PT0.4S',
    [`POST ${TYPE}/restart`]: 'PT0.6S',
  },
};

interface Shown {
  readonly properties: { readonly replicationRole: string; readonly state: string };
}
const show = async (bench: Bench, resource: typeof PRIMARY) =>
  (await bench.show(bench.idOf(resource), API)) as Shown | undefined;

const create = (bench: Bench, resource: typeof PRIMARY, properties: Json, location: string) =>
  bench.change('PUT', bench.idOf(resource), API, { location, properties });
const row = async (bench: Bench, server: string, query: string) => (await bench.row(server, query))['value'];

const promote: ActionCase = {
  uses: 'azure/postgresql.promote',
  phase: 'recovery',
  resources: { primary: PRIMARY, replica: REPLICA, nobody: NOBODY },
  scope: ['primary', 'replica'],
  input: { server: '${{ resources.replica }}', mode: 'forced' },
  restoration: [
    {
      id: 'reseed',
      uses: 'azure/postgresql.replica',
      with: { server: '${{ resources.primary }}', source: '${{ resources.replica }}' },
    },
    {
      id: 'back',
      uses: 'azure/postgresql.promote',
      needs: ['reseed'],
      with: { server: '${{ resources.primary }}', mode: 'planned' },
    },
  ],
  request: /^PATCH .*\/orders-db-neu$/,
  isOperation: true,
  seen: async (bench) => (await row(bench, REPLICA.name, 'SELECT pg_is_in_recovery() AS value')) === false,
  reset: async (bench) => {
    if ((await show(bench, PRIMARY))?.properties.replicationRole === 'Primary') return;
    const replica = { role: 'Primary', promoteMode: 'Switchover', promoteOption: 'Planned' };
    await bench.change('PATCH', bench.idOf(PRIMARY), API, { properties: { replica } });
  },
  ways: {
    ...operationWays('PATCH', 'flexibleServers/orders-db-neu', { 'time-out': { ...STUCK, stays: null } }),
    'undone twice': { reason: 'its way back is a step of the drill: undo never goes past a change of data roles' },
    'resource missing': { resources: { replica: NOBODY }, expected: NOT_READY },
  },
};

/** The replica is deleted once the baseline is on record, so that the step finds it missing and makes it anew. */
const replica: ActionCase = {
  uses: 'azure/postgresql.replica',
  phase: 'recovery',
  resources: { primary: PRIMARY, replica: REPLICA, nobody: NOBODY },
  scope: ['primary', 'replica'],
  input: { server: '${{ resources.replica }}', source: '${{ resources.primary }}', location: 'northeurope' },
  before: (bench) => bench.change('DELETE', bench.idOf(REPLICA), API),
  request: /^PUT .*\/orders-db-neu$/,
  isOperation: true,
  seen: async (bench) =>
    (await row(
      bench,
      PRIMARY.name,
      "SELECT count(*)::int AS value FROM pg_stat_replication WHERE state = 'streaming'",
    )) === 1,
  reset: async (bench) => {
    if ((await show(bench, REPLICA)) !== undefined) return;
    await create(bench, REPLICA, { createMode: 'Replica', sourceServerResourceId: bench.idOf(PRIMARY) }, 'northeurope');
  },
  ways: {
    ...operationWays('PUT', 'flexibleServers/orders-db-neu', {
      'done twice': { ...PASSED, stays: true },
      'aborted while running': { ...PASSED, outcome: 'aborted', stays: true },
      'reply lost after it started': { ...PASSED, stays: true },
      '429 storm': { ...PASSED, stays: true },
      'time-out': { ...STUCK, stays: null },
      // The trial deleted what stood at the baseline, and nothing came in its place: that is no restoration.
      'operation failing': { ...FAILED, outcome: 'stuck' },
    }),
    'undone twice': { reason: 'it has nothing to undo: the server that it makes stood at the baseline' },
    'resource missing': {
      with: { source: '${{ resources.nobody }}' },
      expected: { outcome: 'stuck', step: 'failed', code: 'arm-not-found', taken: 0 },
    },
    'outside the scope': { prepared: false, expected: { ...OUTSIDE, stays: true } },
  },
};

const restarts = new Map<Bench, string>();
const STARTED_AT = 'SELECT pg_postmaster_start_time()::text AS value';
const restart: ActionCase = {
  uses: 'azure/postgresql.restart',
  phase: 'recovery',
  resources: { stock: STOCK, nobody: NOBODY },
  scope: ['stock'],
  input: { server: '${{ resources.stock }}' },
  before: async (bench) => void restarts.set(bench, String(await row(bench, STOCK.name, STARTED_AT))),
  request: /^POST .*\/stock-db\/restart$/,
  isOperation: true,
  seen: async (bench) => String(await row(bench, STOCK.name, STARTED_AT)) !== restarts.get(bench),
  ways: {
    ...operationWays('POST', 'flexibleServers/stock-db/restart', {
      // Two restarts are what two steps ask for: one that is over leaves no trace.
      'done twice': { ...PASSED, taken: 2, stays: true },
      'aborted while running': { ...PASSED, outcome: 'aborted', stays: true },
      'reply lost after it started': { ...PASSED, stays: true },
      '429 storm': { ...PASSED, stays: true },
      'time-out': { ...STUCK, stays: null },
    }),
    'undone twice': { reason: 'it has nothing to undo: the server is as it was once it is ready again' },
    'resource missing': { resources: { stock: NOBODY }, prepared: false, expected: { ...NOT_READY, stays: null } },
  },
};

const restore: ActionCase = {
  uses: 'azure/postgresql.restore',
  phase: 'recovery',
  resources: { stock: STOCK, restored: RESTORED, nobody: NOBODY },
  scope: ['stock'],
  input: ({ address }) => ({
    source: '${{ resources.stock }}',
    server: '${{ resources.restored }}',
    at: Math.floor(address.upSince),
  }),
  request: /^PUT .*\/stock-restored$/,
  undoRequest: /^DELETE .*\/stock-restored$/,
  isOperation: true,
  isCreation: true,
  seen: async (bench) => (await show(bench, RESTORED)) !== undefined,
  reset: async (bench) => {
    if ((await show(bench, RESTORED)) !== undefined) await bench.change('DELETE', bench.idOf(RESTORED), API);
  },
  ways: {
    ...operationWays('PUT', 'flexibleServers/stock-restored', {
      // Planning refuses it; the engine finds the second one done.
      'done twice': { ...TWICE, step: ['undone', 'succeeded'], reason: /what step the-step-again created/, undone: 1 },
      'aborted while running': { ...PASSED, outcome: 'aborted', step: 'undone', undone: 1 },
      'reply lost after it started': { ...PASSED, step: 'undone', undone: 1 },
      '429 storm': { ...PASSED, step: 'undone', undone: 1 },
      'time-out': { outcome: 'failed', step: 'undone', taken: 1, undone: 1 },
      'operation failing': { ...FAILED, step: 'undone' },
    }),
    'undone twice': {
      faults: [{ fault: 'lost-reply', match: 'DELETE *stock-restored' }],
      expected: { ...PASSED, step: 'undone', undone: 1 },
    },
    'resource missing': {
      with: { source: '${{ resources.nobody }}' },
      expected: { outcome: 'failed', step: 'undone', code: 'arm-not-found', taken: 0 },
    },
    'outside the scope': {
      refused: { scope: ['stock', 'restored'], message: /expected a new resource/ },
      replan: createsNothing,
      expected: OUTSIDE,
    },
  },
};

const CLOSED = "SELECT current_setting('default_transaction_read_only') AS value";
/** The end of a statement's tag, which the answer of a question that names the statement has not. */
const ALTERED = 'ALTER DATABASE\0';
const access: ActionCase = {
  uses: 'postgres/access',
  phase: 'recovery',
  resources: { stock: STOCK, replica: REPLICA, nobody: NOBODY },
  scope: ['stock', 'replica'],
  server: STOCK.name,
  input: { server: '${{ resources.stock }}', access: 'read-only' },
  restoration: [
    { id: 'open', uses: 'postgres/access', with: { server: '${{ resources.stock }}', access: 'read-write' } },
  ],
  seen: async (bench) => (await row(bench, STOCK.name, CLOSED)) === 'on',
  reset: async (bench) => {
    const open = 'ALTER DATABASE postgres RESET default_transaction_read_only';
    await bench.row(STOCK.name, 'SET default_transaction_read_only = off', open);
  },
  ways: {
    'done twice': { expected: { ...PASSED, taken: 0 } },
    'undone twice': {
      takenBack: true,
      wire: { after: ALTERED, skip: 1 },
      expected: { outcome: 'failed', step: 'undone', taken: 0 },
    },
    'aborted while running': {
      wire: { after: ALTERED, holdMs: HELD_MS },
      expected: { outcome: 'aborted', step: 'undone', taken: 0 },
    },
    'reply lost after it started': { wire: { after: ALTERED }, expected: { ...PASSED, taken: 0 } },
    '429 storm': { faults: [{ fault: 'throttle', match: 'GET *', times: 2 }], expected: { ...PASSED, taken: 0 } },
    'time-out': {
      timeout: TOO_SHORT,
      wire: { after: ALTERED, holdMs: TOO_SLOW_MS },
      expected: { ...STUCK, taken: 0, stays: true },
    },
    // A replica takes no such change.
    'operation failing': {
      resources: { stock: REPLICA },
      expected: { outcome: 'failed', step: 'failed', reason: /25006/, taken: 0 },
    },
    'resource missing': { resources: { stock: NOBODY }, expected: NOT_READY },
    'outside the scope': { expected: OUTSIDE },
  },
};

const RELEASE = /^POST \/twin\/faults$/;
const WRONG = `SELECT count(*)::int AS value FROM orders o
  WHERE o.total IS DISTINCT FROM (SELECT sum(l.quantity * l.price) FROM order_lines l WHERE l.order_id = o.id)`;
const release: ActionCase = {
  uses: 'fault/faulty-release',
  phase: 'disruption',
  resources: { stock: STOCK, replica: REPLICA, nobody: NOBODY },
  scope: ['stock', 'replica'],
  input: { server: '${{ resources.stock }}' },
  request: RELEASE,
  undoRequest: /^DELETE \/twin\/faults\/faulty-release\/stock-db$/,
  seen: async (bench) => Number(await row(bench, STOCK.name, WRONG)) > 0,
  ways: {
    // What stands already when a step looks could be somebody else's: a run that finds it so never claims to have ended it.
    'done twice': {
      expected: {
        outcome: 'inconclusive',
        step: ['undone', 'succeeded'],
        reason: /was not ended/,
        taken: 1,
        undone: 1,
      },
    },
    'undone twice': {
      troubles: [{ match: /^DELETE .*faulty-release/, kind: 'lose-reply' }],
      expected: { ...PASSED, step: 'undone', undone: 2 },
    },
    'aborted while running': {
      troubles: [{ match: RELEASE, kind: 'delay', delayMs: HELD_MS }],
      expected: { outcome: 'aborted', step: 'undone', taken: 1, undone: 1 },
    },
    'reply lost after it started': {
      troubles: [{ match: RELEASE, kind: 'lose-reply' }],
      expected: { ...PASSED, step: 'undone', undone: 1 },
    },
    '429 storm': {
      attempts: 5,
      // The twin's own paths have no limits: the proxy has them here.
      troubles: [
        {
          match: RELEASE,
          kind: 'refuse',
          times: 3,
          status: 429,
          body: { error: { code: 'TooMany', message: 'wait' } },
        },
      ],
      expected: { ...PASSED, step: 'undone', undone: 1 },
    },
    // It had taken effect, and a look finds it so.
    'time-out': {
      timeout: TOO_SHORT,
      troubles: [{ match: RELEASE, kind: 'delay', delayMs: TOO_SLOW_MS }],
      expected: { ...PASSED, step: 'undone', undone: 1 },
    },
    'operation failing': {
      with: { server: '${{ resources.replica }}' },
      expected: { outcome: 'failed', step: 'failed', code: 'arm-refused', taken: 0 },
    },
    'resource missing': { resources: { stock: NOBODY }, expected: NOT_READY },
    // Preflight looks at faults already.
    'outside the scope': { expected: OUTSIDE_FAULT },
  },
};

export const postgresFamily: Family = {
  name: 'PostgreSQL',
  world,
  cases: [promote, replica, restart, restore, access, release],
};
