// Storage accounts, traffic and whole regions.
import type { JsonObject } from '../../../src/model/json.ts';
import type { Bench } from './bench.ts';
import {
  HELD_MS,
  NOT_READY,
  OUTSIDE,
  OUTSIDE_FAULT,
  operationWays,
  PASSED,
  STUCK,
  TOO_SHORT,
  TOO_SLOW_MS,
} from './common-ways.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase } from './ways.ts';

const ACCOUNT = { type: 'Microsoft.Storage/storageAccounts', group: 'rg-weu', name: 'ordersdocs' };
const PROFILE = { type: 'Microsoft.Network/trafficManagerProfiles', group: 'rg-weu', name: 'stock-tm' };
const SERVER = { type: 'Microsoft.DBforPostgreSQL/flexibleServers', group: 'rg-frc', name: 'stock-db' };
const SHOP = { type: 'Microsoft.Web/sites', group: 'rg-frc', name: 'stock-shop' };

const world = {
  name: 'every-steering',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c12',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: ['westeurope', 'northeurope', 'francecentral'],
  links: [{ between: ['westeurope', 'northeurope'], latency: 'PT0.005S' }],
  resourceGroups: [
    { name: 'rg-weu', region: 'westeurope' },
    { name: 'rg-frc', region: 'francecentral' },
  ],
  postgresServers: [{ name: SERVER.name, group: 'rg-frc', region: 'francecentral', role: 'primary' }],
  shops: [{ name: SHOP.name, group: 'rg-frc', region: 'francecentral', database: SERVER.name }],
  storageAccounts: [
    { name: ACCOUNT.name, group: 'rg-weu', region: 'westeurope', secondary: 'northeurope', lag: 'PT0.05S' },
  ],
  trafficManager: [
    {
      name: PROFILE.name,
      group: 'rg-weu',
      fqdn: 'stock.trafficmanager.net',
      endpoints: [{ name: 'france', target: SHOP.name, region: 'francecentral', priority: 1 }],
    },
  ],
  operations: { 'POST Microsoft.Storage/storageAccounts/failover': 'PT0.6S' },
};

const propertiesOf = async (bench: Bench, path: string, apiVersion: string) =>
  ((await bench.show(path, apiVersion)) as { readonly properties: JsonObject } | undefined)?.properties ?? {};

/** Planned, because it leaves a way back that this drill can go. */
const failover: ActionCase = {
  uses: 'azure/storage.failover',
  phase: 'recovery',
  resources: { account: ACCOUNT, nobody: { ...ACCOUNT, name: 'nobodysdocs' } },
  scope: ['account'],
  input: { account: '${{ resources.account }}', to: 'northeurope', mode: 'planned' },
  restoration: [
    {
      id: 'back',
      uses: 'azure/storage.failover',
      with: { account: '${{ resources.account }}', to: 'westeurope', mode: 'planned' },
    },
  ],
  request: /^POST .*\/ordersdocs\/failover$/,
  isOperation: true,
  seen: async (bench) =>
    (await propertiesOf(bench, bench.idOf(ACCOUNT), '2025-01-01'))['primaryLocation'] === 'northeurope',
  reset: async (bench) => {
    const shown = await propertiesOf(bench, bench.idOf(ACCOUNT), '2025-01-01');
    if (shown['primaryLocation'] === 'westeurope') return;
    await bench.change('POST', `${bench.idOf(ACCOUNT)}/failover?failoverType=Planned`, '2025-01-01');
  },
  ways: {
    ...operationWays('POST', 'storageAccounts/ordersdocs/failover', { 'time-out': { ...STUCK, stays: null } }),
    'undone twice': { reason: 'its way back is a step of the drill: undo never goes past a change of data roles' },
    'resource missing': { resources: { account: { ...ACCOUNT, name: 'nobodysdocs' } }, expected: NOT_READY },
  },
};

const STEER = /^PATCH .*\/AzureEndpoints\/france$/i;
const endpoint: ActionCase = {
  uses: 'azure/trafficmanager.endpoint',
  phase: 'recovery',
  resources: { traffic: PROFILE, nobody: { ...PROFILE, name: 'nobody-tm' } },
  scope: ['traffic'],
  input: { profile: '${{ resources.traffic }}', endpoint: 'france', status: 'Disabled' },
  restoration: [
    {
      id: 'back',
      uses: 'azure/trafficmanager.endpoint',
      with: { profile: '${{ resources.traffic }}', endpoint: 'france', status: 'Enabled' },
    },
  ],
  request: STEER,
  undoRequest: STEER,
  seen: async (bench) =>
    (await propertiesOf(bench, `${bench.idOf(PROFILE)}/AzureEndpoints/france`, '2022-04-01'))['endpointStatus'] ===
    'Disabled',
  ways: {
    'done twice': { expected: PASSED },
    'undone twice': {
      takenBack: true,
      // The first answer is the step's own.
      troubles: [
        { match: STEER, kind: 'delay', delayMs: 0 },
        { match: STEER, kind: 'lose-reply' },
      ],
      expected: { outcome: 'failed', step: 'undone', taken: 1, undone: 2 },
    },
    'aborted while running': {
      troubles: [{ match: STEER, kind: 'delay', delayMs: HELD_MS }],
      expected: { outcome: 'aborted', step: 'undone', taken: 1, undone: 1 },
    },
    'reply lost after it started': { faults: [{ fault: 'lost-reply', match: 'PATCH *france' }], expected: PASSED },
    '429 storm': {
      attempts: 5,
      faults: [
        { fault: 'throttle', match: 'PATCH *france', times: 3 },
        { fault: 'throttle', match: 'GET *', times: 2 },
      ],
      expected: PASSED,
    },
    // It had taken effect, and a look finds it so.
    'time-out': {
      timeout: TOO_SHORT,
      troubles: [{ match: STEER, kind: 'delay', delayMs: TOO_SLOW_MS }],
      expected: PASSED,
    },
    'operation failing': {
      troubles: [{ match: STEER, kind: 'refuse', status: 400, body: { error: { code: 'BadRequest', message: 'no' } } }],
      expected: { outcome: 'failed', step: 'failed', code: 'arm-refused', taken: 0 },
    },
    'resource missing': {
      with: { endpoint: 'nobody' },
      expected: NOT_READY,
    },
    'outside the scope': { expected: OUTSIDE },
  },
};

const LOSE = /^POST \/twin\/faults$/;
const outage: ActionCase = {
  uses: 'fault/region-outage',
  phase: 'disruption',
  resources: { server: SERVER, shop: SHOP },
  scope: ['server', 'shop'],
  input: { region: 'francecentral' },
  request: LOSE,
  undoRequest: /^DELETE \/twin\/faults\/region-outage\/francecentral$/,
  seen: async (bench) => {
    const { regions } = (await bench.show('/twin/status')) as unknown as { regions: { name: string; up: boolean }[] };
    return regions.some(({ name, up }) => name === 'francecentral' && !up);
  },
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
      troubles: [{ match: /^DELETE .*region-outage/, kind: 'lose-reply' }],
      // The second one finds no outage any more.
      expected: { ...PASSED, step: 'undone', undone: 2 },
    },
    'aborted while running': {
      troubles: [{ match: LOSE, kind: 'delay', delayMs: HELD_MS }],
      expected: { outcome: 'aborted', step: 'undone', taken: 1, undone: 1 },
    },
    'reply lost after it started': {
      troubles: [{ match: LOSE, kind: 'lose-reply' }],
      expected: { ...PASSED, step: 'undone', undone: 1 },
    },
    '429 storm': {
      attempts: 5,
      // The twin's own paths have no limits: the proxy has them here.
      troubles: [
        { match: LOSE, kind: 'refuse', times: 3, status: 429, body: { error: { code: 'TooMany', message: 'wait' } } },
      ],
      expected: { ...PASSED, step: 'undone', undone: 1 },
    },
    // It had taken effect, and a look finds it so.
    'time-out': {
      timeout: TOO_SHORT,
      troubles: [{ match: LOSE, kind: 'delay', delayMs: TOO_SLOW_MS }],
      // The region may take longer to return than this step waits for anything, and is asked again then.
      expected: { ...PASSED, step: 'undone' },
    },
    'operation failing': {
      troubles: [
        { match: LOSE, kind: 'refuse', status: 409, body: { error: { code: 'FaultIsActive', message: 'no' } } },
      ],
      expected: { outcome: 'failed', step: 'failed', code: 'arm-conflict', taken: 0 },
    },
    'resource missing': { with: { region: 'atlantis' }, refusedAtPlanning: /expected a fault that reaches something/ },
    'outside the scope': {
      refused: { scope: ['server'], message: /stays inside scope/ },
      expected: OUTSIDE_FAULT,
    },
  },
};

export const steeringFamily: Family = {
  name: 'storage, traffic and regions',
  world,
  cases: [failover, endpoint, outage],
};
