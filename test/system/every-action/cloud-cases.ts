// Resource groups, names, two stores held to each other, and drills as steps.
import { withContainer } from '../../../src/providers/blob/blob-service.ts';
import type { Bench } from './bench.ts';
import { green, hanging, NO_UNDO, red } from './check-ways.ts';
import {
  createsNothing,
  HELD_MS,
  NOT_READY,
  OUTSIDE,
  operationWays,
  PASSED,
  STUCK,
  TOO_SHORT,
  TOO_SLOW_MS,
} from './common-ways.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase, Expected, NotApplicable } from './ways.ts';

const ZONE = { type: 'Microsoft.Network/dnsZones', group: 'rg-weu', name: 'shop.example' };
const GROUP_TYPE = 'Microsoft.Resources/resourceGroups';
const groupOf = (name: string) => ({ type: GROUP_TYPE, group: name, name });
const GROUP = groupOf('rg-new');
const SERVER = { type: 'Microsoft.DBforPostgreSQL/flexibleServers', group: 'rg-weu', name: 'orders-db' };
const ACCOUNT = { type: 'Microsoft.Storage/storageAccounts', group: 'rg-weu', name: 'ordersdocs' };

const world = {
  name: 'every-cloud',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c16',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: ['westeurope'],
  resourceGroups: [{ name: 'rg-weu', region: 'westeurope' }],
  dnsZones: [{ name: ZONE.name, group: 'rg-weu', records: [{ name: 'www', type: 'A', values: ['10.0.0.1'] }] }],
  postgresServers: [{ name: SERVER.name, group: 'rg-weu', region: 'westeurope', role: 'primary' }],
  storageAccounts: [{ name: ACCOUNT.name, group: 'rg-weu', region: 'westeurope' }],
  operations: { [`DELETE ${GROUP_TYPE}`]: 'PT0.6S' },
};

const refusal = { kind: 'refuse', status: 400, body: { error: { code: 'BadRequest', message: 'no' } } } as const;

const WRITE = /^PUT .*\/dnszones\/shop\.example\/A\/www$/i;
const record = { zone: '${{ resources.zone }}', name: 'www' } as const;
const dns: ActionCase = {
  uses: 'azure/dns.record',
  phase: 'recovery',
  resources: { zone: ZONE },
  scope: ['zone'],
  input: { ...record, values: ['10.0.0.2'] },
  restoration: [{ id: 'back', uses: 'azure/dns.record', with: { ...record, values: ['10.0.0.1'] } }],
  request: WRITE,
  undoRequest: WRITE,
  seen: async (bench) =>
    JSON.stringify(await bench.show(`${bench.idOf(ZONE)}/A/www`, '2018-05-01')).includes('10.0.0.2'),
  ways: {
    'done twice': { expected: PASSED },
    'undone twice': {
      takenBack: true,
      // The first answer is the step's own. What stands is found to be put back already, and nothing is sent again.
      troubles: [
        { match: WRITE, kind: 'delay', delayMs: 0 },
        { match: WRITE, kind: 'lose-reply' },
      ],
      expected: { outcome: 'failed', step: 'undone', taken: 1, undone: 1 },
    },
    'aborted while running': {
      troubles: [{ match: WRITE, kind: 'delay', delayMs: HELD_MS }],
      expected: { outcome: 'aborted', step: 'undone', taken: 1, undone: 1 },
    },
    'reply lost after it started': { troubles: [{ match: WRITE, kind: 'lose-reply' }], expected: PASSED },
    '429 storm': {
      attempts: 5,
      faults: [
        { fault: 'throttle', match: 'PUT *www', times: 2 },
        { fault: 'throttle', match: 'GET *', times: 2 },
      ],
      expected: PASSED,
    },
    'time-out': {
      timeout: TOO_SHORT,
      troubles: [{ match: WRITE, kind: 'delay', delayMs: TOO_SLOW_MS }],
      expected: PASSED,
    },
    'operation failing': {
      troubles: [{ match: WRITE, ...refusal }],
      expected: { outcome: 'failed', step: 'failed', code: 'arm-refused', taken: 0 },
    },
    'resource missing': { resources: { zone: { ...ZONE, name: 'nobody.example' } }, expected: NOT_READY },
    'outside the scope': { expected: OUTSIDE },
  },
};

const groupPath = (bench: Bench) => `/subscriptions/${bench.environment.subscription}/resourceGroups/${GROUP.name}`;
const stands = async (bench: Bench) => (await bench.show(groupPath(bench), '2025-04-01')) !== undefined;
const MAKE = /^PUT .*\/resourceGroups\/rg-new$/i;
const REMOVE = /^DELETE .*\/resourceGroups\/rg-new$/i;
const made = { ...PASSED, step: 'undone', undone: 1 } as const;
const create: ActionCase = {
  uses: 'azure/resourcegroup.create',
  phase: 'recovery',
  resources: { zone: ZONE, group: GROUP },
  scope: ['zone'],
  input: { group: '${{ resources.group }}', location: 'westeurope' },
  request: MAKE,
  undoRequest: REMOVE,
  isCreation: true,
  seen: stands,
  ways: {
    'done twice': {
      expected: { ...made, outcome: 'inconclusive', step: ['undone', 'succeeded'], reason: /the-step-again/ },
    },
    'undone twice': {
      faults: [{ fault: 'lost-reply', match: 'DELETE *rg-new' }],
      expected: made,
    },
    'aborted while running': {
      troubles: [{ match: MAKE, kind: 'delay', delayMs: HELD_MS }],
      expected: { ...made, outcome: 'aborted' },
    },
    'reply lost after it started': { faults: [{ fault: 'lost-reply', match: 'PUT *rg-new' }], expected: made },
    '429 storm': { attempts: 5, faults: [{ fault: 'throttle', match: 'PUT *rg-new', times: 2 }], expected: made },
    'time-out': {
      timeout: TOO_SHORT,
      troubles: [{ match: MAKE, kind: 'delay', delayMs: TOO_SLOW_MS }],
      expected: { ...PASSED, step: 'undone' },
    },
    'operation failing': {
      troubles: [{ match: MAKE, ...refusal }],
      expected: { outcome: 'failed', step: 'undone', code: 'arm-refused', taken: 0 },
    },
    // It needs a name that nobody has; here somebody has it.
    'resource missing': {
      with: { group: `/subscriptions/${world.subscription}/resourceGroups/rg-weu` },
      refusedAtPlanning: /expected a new resource/,
    },
    'outside the scope': {
      refused: { scope: ['zone', 'group'], message: /expected a new resource/ },
      replan: createsNothing,
      expected: OUTSIDE,
    },
  },
};

/** What a drill made and deleted itself is gone as it should be. */
const deleted: Expected = { ...PASSED, stays: true };

/** A drill deletes what it made itself. */
const remove: ActionCase = {
  uses: 'azure/resourcegroup.delete',
  phase: 'recovery',
  resources: { zone: ZONE, group: GROUP, nobody: groupOf('rg-nobody') },
  scope: ['zone'],
  lead: [
    {
      id: 'make',
      uses: 'azure/resourcegroup.create',
      with: { group: '${{ resources.group }}', location: 'westeurope' },
    },
  ],
  input: { group: '${{ resources.group }}' },
  request: REMOVE,
  isOperation: true,
  seen: async (bench) => !(await stands(bench)),
  reset: async (bench) => {
    if (await stands(bench)) await bench.change('DELETE', groupPath(bench), '2025-04-01');
  },
  ways: {
    ...operationWays('DELETE', 'resourceGroups/rg-new', {
      'done twice': deleted,
      'aborted while running': { ...PASSED, outcome: 'aborted', stays: true },
      'reply lost after it started': deleted,
      '429 storm': deleted,
      'time-out': { ...STUCK, stays: null },
      'operation failing': { outcome: 'failed', step: 'failed', taken: 1, stays: true },
    }),
    'undone twice': { reason: 'it cannot be undone: nothing brings a resource group back' },
    'resource missing': { with: { group: '${{ resources.nobody }}' }, refusedAtPlanning: /inside scope/ },
    'outside the scope': {
      refused: { with: { group: '${{ resources.nobody }}' }, message: /inside scope/ },
      replan: (plan) => ({
        ...plan,
        steps: plan.steps.map((step) =>
          step.uses === 'azure/resourcegroup.delete'
            ? { ...step, with: { group: plan.resources['nobody'] ?? '' } }
            : step,
        ),
      }),
      expected: { ...OUTSIDE, stays: true },
    },
  },
};

const DOCS = 'docs';
const oneBlob = (bench: Bench) =>
  withContainer(
    bench.direct,
    { account: bench.idOf(ACCOUNT), container: DOCS, endpoint: 'primary', prefix: '' },
    AbortSignal.timeout(10_000),
    async ({ container }) => {
      await container.createIfNotExists();
      const blob = container.getBlockBlobClient('1.json');
      if (!(await blob.exists())) await blob.upload('{}', 2, { metadata: { at: new Date(0).toISOString() } });
    },
  );
const rows = (query: string) => ({ server: '${{ resources.server }}', query, key: 'id', at: 'at' });
const ONE = "SELECT 1 AS id, timestamptz '1970-01-01' AS at";
const NOBODY_ID = `/subscriptions/${world.subscription}/resourceGroups/rg-weu/providers/${SERVER.type}/nobody`;
const blobs = { account: '${{ resources.account }}', container: DOCS, suffix: '.json', at: 'at' };
const reconcile: ActionCase = {
  uses: 'reconcile/assert',
  phase: 'verification',
  resources: { server: SERVER, account: ACCOUNT },
  scope: ['server'],
  input: { rows: rows(ONE), blobs },
  beforeRun: oneBlob,
  request: /^(PUT|PATCH|POST|DELETE) \/subscriptions\//,
  ways: {
    'done twice': { expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ hosts: ({ strangers }) => ({ 'orders-db.postgres.database.azure.com': strangers.silent }) }),
    'reply lost after it started': {
      hosts: ({ strangers }) => ({ 'orders-db.postgres.database.azure.com': strangers.rude }),
      expected: red('postgres-unreachable'),
    },
    '429 storm': { faults: [{ fault: 'throttle', match: 'GET *', times: 2 }], expected: green },
    // A row without its document.
    'operation failing': {
      with: { rows: rows(`${ONE} UNION ALL SELECT 2, timestamptz '1970-01-01'`) },
      expected: red('check-failed'),
    },
    'resource missing': { with: { blobs: { ...blobs, container: 'nobody' } }, expected: red('check-failed') },
    'outside the scope': {
      with: { rows: { ...rows(ONE), server: NOBODY_ID } },
      refusedAtPlanning: /one of the drill's resources/,
    },
  },
};

const CHILD: NotApplicable = {
  reason:
    'it sends nothing itself: a child is a run of its own, whose steps have cases here; test/system/child-drills.test.ts holds its ends, aborts and take-overs',
};
const child: ActionCase = {
  uses: 'drill/run',
  phase: 'recovery',
  resources: {},
  scope: [],
  input: {},
  ways: {
    'done twice': CHILD,
    'undone twice': CHILD,
    'aborted while running': CHILD,
    'reply lost after it started': CHILD,
    '429 storm': CHILD,
    'time-out': CHILD,
    'operation failing': CHILD,
    'resource missing': CHILD,
    'outside the scope': CHILD,
  },
};

export const cloudFamily: Family = {
  name: 'groups, names and reconciliation',
  world,
  cases: [dns, create, remove, reconcile, child],
};
