// Azure Backup: a recovery point now, what is restored from one, and the check that reads them.
import { BACKUP_API_VERSION, itemPath } from '../../../src/providers/azure/backup/protected-machine.ts';
import {
  COMPUTE_API_VERSION,
  DISK_API_VERSION,
  NETWORK_API_VERSION,
} from '../../../src/providers/azure/backup/restored-machine.ts';
import type { Bench } from './bench.ts';
import { green, hanging, NO_UNDO, red } from './check-ways.ts';
import { createsNothing, NOT_READY, OUTSIDE, operationWays, PASSED, STUCK, TOO_SLOW_MS } from './common-ways.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase, Expected, Trial } from './ways.ts';

const at = (type: string, name: string, group = 'rg-weu') => ({ type, group, name });
const VAULT = at('Microsoft.RecoveryServices/vaults', 'archive-vault');
const MACHINE = at('Microsoft.Compute/virtualMachines', 'archive');
const RESTORED = at(MACHINE.type, 'archive-restored');
const SUBNET = at('Microsoft.Network/virtualNetworks/subnets', 'net/drill');
const STAGING = at('Microsoft.Storage/storageAccounts', 'archivestaging');
/** Where disks are restored to: the disk of the machine itself has a name like theirs. */
const APART = at('Microsoft.Resources/resourceGroups', 'rg-drill', 'rg-drill');
const NOBODY = { vault: { ...VAULT, name: 'nobodys-vault' }, machine: { ...MACHINE, name: 'nobody' } };
const TIME = 'PT1S';
const CARD_TYPE = 'Microsoft.Network/networkInterfaces';

const region = 'westeurope';
const world = {
  name: 'every-backup',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c17',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: [region],
  resourceGroups: [
    { name: 'rg-weu', region },
    { name: APART.name, region },
  ],
  virtualNetworks: [{ name: 'net', group: 'rg-weu', region, subnets: [{ name: 'apps' }, { name: 'drill' }] }],
  machines: [{ name: MACHINE.name, group: 'rg-weu', region, subnet: 'net/apps', writes: { every: 'PT1S' } }],
  storageAccounts: [{ name: STAGING.name, group: 'rg-weu', region }],
  // The one point of its own is there when the world is up; every other one is a trial's.
  recoveryVaults: [
    { name: VAULT.name, group: 'rg-weu', region, protects: [{ machine: MACHINE.name, every: 'PT24H', keep: 50 }] },
  ],
  operations: {
    [`POST ${VAULT.type}/backup`]: TIME,
    [`POST ${VAULT.type}/restore`]: TIME,
    [`DELETE ${MACHINE.type}`]: 'PT0.3S',
    'DELETE Microsoft.Compute/disks': 'PT0.3S',
    [`DELETE ${CARD_TYPE}`]: 'PT0.3S',
  },
};

const common = {
  phase: 'recovery',
  resources: { vault: VAULT, machine: MACHINE, subnet: SUBNET, staging: STAGING },
  isOperation: true,
} as const;
/** What is taken back waits for its job first, and has as long as the step: it must do with that. */
const LATE = { timeout: 'PT4S', addMs: 5000 };
const source = { vault: '${{ resources.vault }}', machine: '${{ resources.machine }}' };

const newestPoint = async (bench: Bench): Promise<number> => {
  const item = itemPath({ vault: bench.idOf(VAULT), machine: bench.idOf(MACHINE) });
  const { value } = (await bench.show(`${item}/recoveryPoints`, BACKUP_API_VERSION)) as unknown as {
    readonly value: readonly { readonly properties: { readonly recoveryPointTime: string } }[];
  };
  return Math.max(...value.map(({ properties }) => Date.parse(properties.recoveryPointTime)));
};
const newestBefore = new Map<Bench, number>();
/** Nobody takes a point back: it is there whatever becomes of the drill. */
const KEPT: Expected = { ...PASSED, stays: true };
const JOB_FAILED: Expected = { outcome: 'failed', step: 'failed', code: 'job-failed', taken: 1 };

const trigger: ActionCase = {
  ...common,
  uses: 'azure/backup.trigger',
  scope: ['vault'],
  input: source,
  beforeRun: async (bench) => void newestBefore.set(bench, await newestPoint(bench)),
  request: /^POST .*\/protectedItems\/[^/]+\/backup$/,
  seen: async (bench) => (await newestPoint(bench)) > (newestBefore.get(bench) ?? 0),
  ways: {
    ...operationWays('POST', '/backup', {
      // Two points are what two steps ask for.
      'done twice': { ...KEPT, taken: 2 },
      'aborted while running': { ...KEPT, outcome: 'aborted' },
      'reply lost after it started': KEPT,
      '429 storm': KEPT,
      'time-out': { ...STUCK, stays: null },
      'operation failing': JOB_FAILED,
    }),
    'undone twice': { reason: 'it has nothing to undo: its recovery point stays until it expires' },
    'resource missing': { resources: { vault: NOBODY.vault }, expected: NOT_READY },
  },
};

const RESTORE = /^POST .*\/recoveryPoints\/\d+\/restore$/;
/** What is restored is gone again before the drill is over. */
const MADE: Expected = { ...PASSED, step: 'undone', undone: 1 };
const restoring = {
  'aborted while running': { ...MADE, outcome: 'aborted' },
  'reply lost after it started': MADE,
  '429 storm': MADE,
  'operation failing': { ...JOB_FAILED, step: 'undone' },
} as const;
const late: Trial = {
  timeout: LATE.timeout,
  faults: [{ fault: 'slow-operation', match: 'POST */restore', addMs: LATE.addMs }],
  expected: { ...MADE, outcome: 'failed' },
};
const outside = {
  refused: { scope: ['machine', 'restored'], message: /expected a new resource/ },
  replan: createsNothing,
  expected: OUTSIDE,
};

const disksIn = async (bench: Bench, group: string) => {
  const path = `/subscriptions/${world.subscription}/resourceGroups/${group}/providers/Microsoft.Compute/disks`;
  const { value } = (await bench.show(path, DISK_API_VERSION)) as unknown as {
    readonly value: readonly { readonly tags?: Readonly<Record<string, string>> }[];
  };
  return value.filter(({ tags = {} }) => 'RSVaultBackup' in tags);
};

const cardsOfRestored = async (bench: Bench) => {
  const path = `/subscriptions/${world.subscription}/resourceGroups/rg-weu/providers/${CARD_TYPE}`;
  const { value } = (await bench.show(path, NETWORK_API_VERSION)) as unknown as {
    readonly value: readonly { readonly name: string }[];
  };
  return value.filter(({ name }) => name.startsWith(RESTORED.name));
};

const restoreDisks: ActionCase = {
  ...common,
  uses: 'azure/backup.restore-disks',
  resources: { ...common.resources, restored: APART },
  scope: ['machine'],
  input: { ...source, group: APART.name, stagingAccount: '${{ resources.staging }}' },
  request: RESTORE,
  undoRequest: /^DELETE .*\/disks\/archive-/,
  isCreation: true,
  seen: async (bench) => (await disksIn(bench, APART.name)).length > 0,
  ways: {
    ...operationWays('POST', '/restore', {
      ...restoring,
      // Planning refuses it; the service names new disks each time, and both are removed.
      'done twice': { ...MADE, taken: 2, undone: 2 },
    }),
    'time-out': late,
    'undone twice': { faults: [{ fault: 'lost-reply', match: 'DELETE *disks/archive-' }], expected: MADE },
    'resource missing': { resources: { machine: NOBODY.machine }, expected: NOT_READY },
    'outside the scope': outside,
  },
};

const restoreMachine: ActionCase = {
  ...common,
  uses: 'azure/backup.restore-machine',
  resources: { ...common.resources, restored: RESTORED },
  scope: ['machine'],
  input: {
    ...source,
    target: '${{ resources.restored }}',
    subnet: '${{ resources.subnet }}',
    stagingAccount: '${{ resources.staging }}',
  },
  request: RESTORE,
  undoRequest: /^DELETE .*\/virtualMachines\/archive-restored$/,
  isCreation: true,
  // A disk or an interface that the machine leaves behind is something left behind.
  seen: async (bench) =>
    (await bench.show(bench.idOf(RESTORED), COMPUTE_API_VERSION)) !== undefined ||
    (await disksIn(bench, 'rg-weu')).length > 0 ||
    (await cardsOfRestored(bench)).length > 0,
  ways: {
    ...operationWays('POST', '/restore', {
      ...restoring,
      // Planning refuses it; the engine finds that a machine stands where the second one would.
      'done twice': { ...MADE, outcome: 'failed', step: ['undone', 'failed'], reason: /name-taken/ },
    }),
    'time-out': late,
    'undone twice': { faults: [{ fault: 'lost-reply', match: 'DELETE *archive-restored' }], expected: MADE },
    // The service itself says so, and takes nothing on.
    'resource missing': {
      resources: { subnet: { ...SUBNET, name: 'net/nobody' } },
      expected: { outcome: 'failed', step: 'undone', code: 'arm-not-found', taken: 0, undone: 0 },
    },
    'outside the scope': outside,
  },
};

const POINTS = /^GET .*\/recoveryPoints/;
const points: ActionCase = {
  uses: 'backup/assert',
  phase: 'verification',
  resources: { vault: VAULT, machine: MACHINE },
  scope: ['vault'],
  input: { ...source, expect: 'usablePoints >= 1 && consistency == "AppConsistent"' },
  request: /^(PUT|PATCH|POST|DELETE) \/subscriptions\//,
  ways: {
    'done twice': { expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ troubles: [{ match: POINTS, kind: 'delay', delayMs: TOO_SLOW_MS }] }),
    // A look that is lost is one more look.
    'reply lost after it started': { troubles: [{ match: POINTS, kind: 'lose-reply' }], expected: green },
    '429 storm': { faults: [{ fault: 'throttle', match: 'GET *', times: 2 }], expected: green },
    'operation failing': { with: { expect: 'usablePoints == 0' }, expected: red('check-failed') },
    'resource missing': { resources: { machine: NOBODY.machine }, expected: red('arm-not-found') },
    'outside the scope': {
      with: {
        machine: `/subscriptions/${world.subscription}/resourceGroups/rg-weu/providers/${MACHINE.type}/nobody`,
      },
      refusedAtPlanning: /one of the drill's resources/,
    },
  },
};

export const backupFamily: Family = { name: 'backups', world, cases: [trigger, restoreDisks, restoreMachine, points] };
