// PostgreSQL: promotion, replica, restart, restore, access and a release that damages rows.
import type { FaultInput } from '../../../src/twin/index.ts';
import type { Bench } from './bench.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase, Expected, Trial } from './ways.ts';

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

/** Two throttled reads and three throttled requests of the step itself. */
const storm = (method: string, path: string): readonly FaultInput[] => [
  { fault: 'throttle', match: `${method} *${path}`, times: 3 },
  { fault: 'throttle', match: `GET *${path}`, times: 2 },
];
const STORM = { attempts: 5 } as const;
/** Longer than the step waits for it. */
const TOO_SLOW_MS = 2500;
const TOO_SHORT = 'PT1S';

const passed: Expected = { outcome: 'passed', step: 'succeeded', taken: 1 };
const refused: Expected = { outcome: 'not-ready', step: 'skipped', reason: /expected the resource to exist/, taken: 0 };
const outside: Expected = { outcome: 'failed', step: 'failed', code: 'outside-scope', taken: 0 };
const stillRunning: Expected = { outcome: 'stuck', step: 'stuck', reason: /timed out and still running/, taken: 1 };

const promote: ActionCase = {
  uses: 'azure/postgresql.promote',
  phase: 'recovery',
  resources: { primary: PRIMARY, replica: REPLICA, nobody: NOBODY },
  scope: ['primary', 'replica'],
  input: { server: '${{ resources.replica }}', mode: 'forced' },
  restoration: [
    { id: 'reseed', uses: 'azure/postgresql.replica', with: { server: '${{ resources.primary }}', source: '${{ resources.replica }}' } },
    { id: 'back', uses: 'azure/postgresql.promote', needs: ['reseed'], with: { server: '${{ resources.primary }}', mode: 'planned' } },
  ],
  request: /^PATCH .*\/orders-db-neu$/,
  isOperation: true,
  seen: async ({ row }) => (await row(REPLICA.name, 'SELECT pg_is_in_recovery() AS standby'))['standby'] === false,
  reset: promoteBack,
  ways: {
    'done twice': { expected: passed },
    'undone twice': { reason: 'its way back is a step of the drill: undo never goes past a change of roles' },
    'aborted while running': { expected: { ...passed, outcome: 'aborted' } },
    'reply lost after it started': {
      faults: [{ fault: 'lost-reply', match: 'PATCH *flexibleServers/orders-db-neu' }],
      expected: passed,
    },
    '429 storm': { ...STORM, faults: storm('PATCH', 'flexibleServers/orders-db-neu'), expected: passed },
    'time-out': {
      timeout: TOO_SHORT,
      faults: [{ fault: 'slow-operation', match: 'PATCH *orders-db-neu', addMs: TOO_SLOW_MS }],
      expected: stillRunning,
    },
    'operation failing': {
      faults: [{ fault: 'failing-operation', match: 'PATCH *orders-db-neu' }],
      expected: { outcome: 'failed', step: 'failed', code: 'arm-operation-failed', taken: 1 },
    },
    'resource missing': { resources: { replica: NOBODY }, expected: refused },
    'outside the scope': { expected: outside },
  },
};

async function promoteBack(bench: Bench): Promise<void> {
  if ((await show(bench, PRIMARY))?.properties.replicationRole === 'Primary') return;
  const replica = { role: 'Primary', promoteMode: 'Switchover', promoteOption: 'Planned' };
  await bench.change('PATCH', bench.idOf(PRIMARY), API, { properties: { replica } });
}

const ways: readonly Trial[] = [];
void ways;
void STOCK;
void RESTORED;

export const postgresFamily: Family = { name: 'PostgreSQL', world, cases: [promote] };
