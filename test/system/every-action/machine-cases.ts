// Virtual machines and the networks that they stand in.
import type { Bench } from './bench.ts';
import { FAILED, NOT_READY, operationWays, PASSED, STUCK } from './common-ways.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase, Expected } from './ways.ts';

const MACHINE = { type: 'Microsoft.Compute/virtualMachines', group: 'rg-weu', name: 'archive' };
const NSG = { type: 'Microsoft.Network/networkSecurityGroups', group: 'rg-weu', name: 'apps-nsg' };
const POWER = `POST ${MACHINE.type}`;
const RULES = `${NSG.type}/securityRules`;
const TIME = 'PT0.6S';

const region = 'westeurope';
const world = {
  name: 'every-machine',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c14',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: [region],
  resourceGroups: [{ name: 'rg-weu', region }],
  networkSecurityGroups: [{ name: NSG.name, group: 'rg-weu', region, rules: [] }],
  virtualNetworks: [{ name: 'net', group: 'rg-weu', region, subnets: [{ name: 'apps', securityGroup: NSG.name }] }],
  machines: [{ name: MACHINE.name, group: 'rg-weu', region, subnet: 'net/apps', writes: { every: 'PT1S' } }],
  operations: {
    [`${POWER}/start`]: TIME,
    [`${POWER}/powerOff`]: TIME,
    [`PUT ${RULES}`]: TIME,
    [`DELETE ${RULES}`]: TIME,
  },
};

interface Machine {
  readonly properties: { readonly instanceView: { readonly statuses: readonly { readonly code: string }[] } };
}
const runs = async (bench: Bench) => {
  const shown = (await bench.show(`${bench.idOf(MACHINE)}?$expand=instanceView`, '2024-03-01')) as unknown as Machine;
  return shown.properties.instanceView.statuses.some(({ code }) => code === 'PowerState/running');
};
const power = async (bench: Bench, wanted: 'start' | 'powerOff') => {
  if ((await runs(bench)) !== (wanted === 'start'))
    await bench.change('POST', `${bench.idOf(MACHINE)}/${wanted}`, '2024-03-01');
};
const input = { machine: '${{ resources.machine }}' };
const common = {
  phase: 'recovery',
  resources: { machine: MACHINE },
  scope: ['machine'],
  input,
  isOperation: true,
} as const;
const NOBODY = { machine: { ...MACHINE, name: 'nobody' } };
/** A second look finds it done already. */
const ended = { ...PASSED, stays: false };

const start: ActionCase = {
  ...common,
  uses: 'azure/machine.start',
  beforeRun: (bench) => power(bench, 'powerOff'),
  restoration: [{ id: 'back', uses: 'azure/machine.stop', with: input }],
  request: /^POST .*\/archive\/start$/,
  undoRequest: /^POST .*\/archive\/powerOff$/,
  seen: runs,
  ways: {
    ...operationWays('POST', 'virtualMachines/archive/start', {
      'done twice': ended,
      'aborted while running': { ...PASSED, outcome: 'aborted', step: 'undone', undone: 1 },
      'time-out': { ...STUCK, stays: null },
    }),
    'undone twice': {
      takenBack: true,
      faults: [{ fault: 'lost-reply', match: 'POST *archive/powerOff' }],
      // Found under way or done, it is not sent again.
      expected: { outcome: 'failed', step: 'undone', taken: 1, undone: 1 },
    },
    'resource missing': { resources: NOBODY, expected: NOT_READY },
  },
};

const stop: ActionCase = {
  ...common,
  uses: 'azure/machine.stop',
  beforeRun: (bench) => power(bench, 'start'),
  restoration: [{ id: 'back', uses: 'azure/machine.start', with: input }],
  request: /^POST .*\/archive\/powerOff$/,
  undoRequest: /^POST .*\/archive\/start$/,
  seen: async (bench) => !(await runs(bench)),
  ways: {
    ...operationWays('POST', 'virtualMachines/archive/powerOff', {
      'done twice': ended,
      'aborted while running': { ...PASSED, outcome: 'aborted', step: 'undone', undone: 1 },
      'time-out': { ...STUCK, stays: null },
    }),
    'undone twice': {
      takenBack: true,
      faults: [{ fault: 'lost-reply', match: 'POST *archive/start' }],
      expected: { outcome: 'failed', step: 'undone', taken: 1, undone: 1 },
    },
    'resource missing': { resources: NOBODY, expected: NOT_READY },
  },
};

const rulesOf = async (bench: Bench) => {
  const shown = (await bench.show(bench.idOf(NSG), '2024-01-01')) as unknown as {
    readonly properties: { readonly securityRules: readonly { readonly name: string }[] };
  };
  return shown.properties.securityRules.map(({ name }) => name);
};

/** It ends with the disruption. */
const ENDED: Expected = { ...PASSED, step: 'undone', undone: 1 };

/** Its rule has the name of one step, so that a second step makes another one, which needs a priority of its own. */
const isolate: ActionCase = {
  uses: 'azure/network.isolate',
  // What cuts off belongs to what breaks: it ends with the disruption.
  phase: 'disruption',
  resources: { group: NSG },
  scope: ['group'],
  input: { securityGroup: '${{ resources.group }}', direction: 'Outbound' },
  request: /^PUT .*\/securityRules\/drillmaster-[0-9a-f]+$/,
  undoRequest: /^DELETE .*\/securityRules\/drillmaster-[0-9a-f]+$/,
  isOperation: true,
  seen: async (bench) => (await rulesOf(bench)).length > 0,
  reset: async (bench) => {
    for (const name of await rulesOf(bench))
      await bench.change('DELETE', `${bench.idOf(NSG)}/securityRules/${name}`, '2024-01-01');
  },
  ways: {
    ...operationWays('PUT', 'securityRules/drillmaster-', {
      'reply lost after it started': ENDED,
      '429 storm': ENDED,
      'aborted while running': { ...PASSED, outcome: 'aborted', step: 'undone', undone: 1 },
      // What was sent is ended, though nobody waits for it any longer, or it failed.
      'time-out': { outcome: 'failed', step: 'undone', reason: /timed out/, taken: 1, undone: 1 },
      'operation failing': { ...FAILED, step: 'undone', undone: 0 },
    }),
    'done twice': {
      expected: { outcome: 'failed', step: ['undone', 'failed'], reason: /SecurityRuleConflict/, taken: 1, undone: 1 },
    },
    'undone twice': {
      faults: [{ fault: 'lost-reply', match: 'DELETE *securityRules' }],
      expected: ENDED,
    },
    'resource missing': { resources: { group: { ...NSG, name: 'nobody' } }, expected: NOT_READY },
  },
};

export const machineFamily: Family = { name: 'machines and networks', world, cases: [start, stop, isolate] };
