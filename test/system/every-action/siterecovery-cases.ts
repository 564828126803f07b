// Site Recovery: a machine is tested, taken to its other region, and its way back replicated.
import type { Plan } from '../../../src/plan/plan.ts';
import type { Bench } from './bench.ts';
import { createsNothing, FAILED, NOT_READY, OUTSIDE, operationWays, PASSED, STUCK } from './common-ways.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase, DrillStep } from './ways.ts';

const API = '2023-06-01';
const VAULT = { type: 'Microsoft.RecoveryServices/vaults', group: 'rg-neu', name: 'vault' };
const PLANS = `${VAULT.type}/replicationRecoveryPlans`;
const PLAN = { type: PLANS, group: VAULT.group, name: 'vault/plan' };
const NETWORK = { type: 'Microsoft.Network/virtualNetworks', group: 'rg-neu', name: 'drill-net' };
const TEST = { type: 'Microsoft.Compute/virtualMachines', group: 'rg-neu', name: 'archive-test' };
const AWAY_MACHINE = { ...TEST, name: 'archive-neu' };
const HOME = 'westeurope';
const AWAY = 'northeurope';
const TIME = 'PT0.4S';

const world = {
  name: 'every-site',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c18',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: [HOME, AWAY],
  links: [{ between: [HOME, AWAY], latency: 'PT0.002S' }],
  resourceGroups: [
    { name: 'rg-weu', region: HOME },
    { name: 'rg-neu', region: AWAY },
  ],
  virtualNetworks: [
    { name: 'net-weu', group: 'rg-weu', region: HOME, subnets: [{ name: 'apps' }] },
    { name: 'net-neu', group: 'rg-neu', region: AWAY, subnets: [{ name: 'apps' }] },
    { name: NETWORK.name, group: 'rg-neu', region: AWAY, subnets: [{ name: 'isolated' }] },
  ],
  machines: [{ name: 'archive', group: 'rg-weu', region: HOME, subnet: 'net-weu/apps', writes: { every: 'PT0.5S' } }],
  recoveryVaults: [{ name: VAULT.name, group: VAULT.group, region: AWAY }],
  siteRecovery: [
    {
      vault: VAULT.name,
      machines: [
        { machine: 'archive', to: AWAY, group: 'rg-neu', network: 'net-neu', as: AWAY_MACHINE.name, every: 'PT0.5S' },
      ],
      plans: [{ name: 'plan', groups: [['archive']] }],
    },
  ],
  operations: {
    [`POST ${PLANS}/testFailover`]: TIME,
    [`POST ${PLANS}/testFailoverCleanup`]: TIME,
    [`POST ${PLANS}/unplannedFailover`]: TIME,
    [`POST ${PLANS}/failoverCommit`]: TIME,
    [`POST ${PLANS}/reProtect`]: TIME,
  },
};

interface Item {
  readonly properties: {
    readonly protectionState: string;
    readonly testFailoverState: string;
    readonly allowedOperations: readonly string[];
    readonly providerSpecificDetails: { readonly primaryFabricLocation: string };
  };
}

async function itemOf(bench: Bench): Promise<Item['properties'] & { readonly region: string }> {
  const shown = await bench.show(`${bench.idOf(VAULT)}/replicationProtectedItems`, API);
  const [item] = (shown as unknown as { readonly value: readonly Item[] }).value;
  if (item === undefined) throw new Error('expected the protected item of the twin, found none');
  return { ...item.properties, region: item.properties.providerSpecificDetails.primaryFabricLocation };
}
/** What may be asked next says where it stands. */
const allows = async (bench: Bench, operation: string) => (await itemOf(bench)).allowedOperations.includes(operation);

/** The requests that lead from where it stands to the next place, in a circle. */
const NEXT: Readonly<Record<string, string>> = {
  TestFailoverCleanup: 'testFailoverCleanup',
  UnplannedFailover: 'unplannedFailover',
  Commit: 'failoverCommit',
  ReverseReplicate: 'reProtect',
};
const HOME_MS_MAX = 30_000;

/** Goes on in the circle until it runs at home and is protected. */
async function bringHome(bench: Bench): Promise<void> {
  for (const until = Date.now() + HOME_MS_MAX; Date.now() < until; ) {
    const { region, allowedOperations } = await itemOf(bench);
    if (region === HOME && allowedOperations.includes('TestFailover')) return;
    const [verb] = allowedOperations.flatMap((operation) => NEXT[operation] ?? []);
    if (verb === undefined) await new Promise((settle) => setTimeout(settle, 100));
    else await bench.change('POST', `${bench.idOf(VAULT)}/replicationRecoveryPlans/plan/${verb}`, API, bodyOf(verb));
  }
  throw new Error('expected the machine to be at home and protected, found that it does not get there');
}
const bodyOf = (verb: string) =>
  verb === 'unplannedFailover'
    ? {
        properties: {
          failoverDirection: 'PrimaryToRecovery',
          providerSpecificDetails: [{ instanceType: 'A2A', recoveryPointType: 'Latest' }],
        },
      }
    : { properties: {} };

const of = '${{ resources.plan }}';
/** Steps that follow each other. */
const chain = (...steps: readonly DrillStep[]): readonly DrillStep[] =>
  steps.map((step, nth) => ({ ...step, needs: steps.slice(0, nth).map(({ id }) => id) }));
const failOver = (id: string): DrillStep => ({ id, uses: 'azure/siterecovery.failover', with: { of } });
const settle = (id: string): DrillStep => ({ id, uses: 'azure/siterecovery.commit', with: { of } });
const reverse = (id: string, region: string): DrillStep => ({
  id,
  uses: 'azure/siterecovery.reprotect',
  with: { of, region },
});
const HOMEWARD = [failOver('back'), settle('settle-back'), reverse('protect-back', HOME)];

/** Without the scope and without the steps before it, which would be refused in its place. */
const alone = (plan: Plan): Plan => ({
  ...plan,
  scope: [],
  steps: plan.steps
    .filter(({ id }) => !id.startsWith('lead'))
    .map((step) => ({ ...step, needs: step.needs.filter((id) => !id.startsWith('lead')) })),
});

const common = { phase: 'recovery', resources: { plan: PLAN }, scope: ['plan'], isOperation: true } as const;
const MISSING = {
  resources: { plan: { ...PLAN, name: 'vault/nobody' } },
  prepared: false,
  expected: NOT_READY,
} as const;
const ONE_WAY = { reason: 'its way back is steps of the drill: a failover and its commit have no undo of their own' };
const FAILING = { ...FAILED, code: 'job-failed' };
/** The way back begins where this step ends: without it nobody can tell how to go on, so a person must look. */
const HALF_WAY = { ...FAILING, outcome: 'stuck' } as const;

const testFailover: ActionCase = {
  ...common,
  uses: 'azure/siterecovery.test-failover',
  resources: { plan: PLAN, network: NETWORK, test: TEST },
  input: { of, network: '${{ resources.network }}', machines: ['${{ resources.test }}'] },
  request: /^POST .*\/plan\/testFailover$/,
  undoRequest: /^POST .*\/plan\/testFailoverCleanup$/,
  isCreation: true,
  seen: async (bench) => (await bench.show(bench.idOf(TEST), '2024-03-01')) !== undefined,
  reset: bringHome,
  ways: {
    ...operationWays('POST', 'plan/testFailover', {
      // The second one is not told from somebody else's, and that is left alone.
      'done twice': { outcome: 'failed', step: ['undone', 'failed'], reason: /left it alone/, taken: 1, undone: 1 },
      'aborted while running': { ...PASSED, outcome: 'aborted', step: 'undone', undone: 1 },
      'reply lost after it started': { ...PASSED, step: 'undone', undone: 1 },
      '429 storm': { ...PASSED, step: 'undone', undone: 1 },
      'time-out': { outcome: 'failed', step: 'undone', taken: 1, undone: 1 },
      'operation failing': { ...FAILING, step: 'undone', undone: 0 },
    }),
    'undone twice': {
      faults: [{ fault: 'lost-reply', match: 'POST *plan/testFailoverCleanup' }],
      expected: { ...PASSED, step: 'undone', undone: 1 },
    },
    'resource missing': { ...MISSING },
    'outside the scope': {
      refused: { scope: ['plan', 'test'], message: /expected a new resource/ },
      replan: createsNothing,
      expected: OUTSIDE,
    },
  },
};

const failover: ActionCase = {
  ...common,
  uses: 'azure/siterecovery.failover',
  input: { of },
  restoration: chain(settle('settle'), reverse('protect', AWAY), ...HOMEWARD),
  request: /^POST .*\/plan\/unplannedFailover$/,
  seen: (bench) => allows(bench, 'Commit'),
  reset: bringHome,
  ways: {
    ...operationWays('POST', 'plan/unplannedFailover', {
      'time-out': { ...STUCK, stays: null },
      'operation failing': FAILING,
    }),
    'undone twice': ONE_WAY,
    'resource missing': MISSING,
  },
};

const commit: ActionCase = {
  ...common,
  uses: 'azure/siterecovery.commit',
  lead: [failOver('lead')],
  input: { of },
  restoration: chain(reverse('protect', AWAY), ...HOMEWARD),
  request: /^POST .*\/plan\/failoverCommit$/,
  seen: (bench) => allows(bench, 'ReverseReplicate'),
  reset: bringHome,
  ways: {
    ...operationWays('POST', 'plan/failoverCommit', {
      // What shows the recovery is the failover before it.
      'done twice': PASSED,
      'time-out': { ...STUCK, stays: null },
      'operation failing': HALF_WAY,
    }),
    'outside the scope': { replan: alone, expected: OUTSIDE },
    'undone twice': ONE_WAY,
    'resource missing': MISSING,
  },
};

const reprotect: ActionCase = {
  ...common,
  uses: 'azure/siterecovery.reprotect',
  lead: chain(failOver('lead'), settle('lead-settle')),
  input: { of, region: AWAY },
  restoration: chain(...HOMEWARD),
  request: /^POST .*\/plan\/reProtect$/,
  seen: async (bench) => {
    const { region, protectionState } = await itemOf(bench);
    return region === AWAY && protectionState === 'Protected';
  },
  reset: bringHome,
  ways: {
    ...operationWays('POST', 'plan/reProtect', {
      // What shows the recovery is the failover before it.
      'done twice': PASSED,
      'time-out': { ...STUCK, stays: null },
      'operation failing': HALF_WAY,
    }),
    'outside the scope': { replan: alone, expected: OUTSIDE },
    'undone twice': ONE_WAY,
    'resource missing': MISSING,
  },
};

export const siteRecoveryFamily: Family = {
  name: 'Site Recovery',
  world,
  cases: [testFailover, failover, commit, reprotect],
};
