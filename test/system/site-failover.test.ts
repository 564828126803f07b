// Failover and the way back with real machines: what was promised at the source is there after it, in both directions.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Action } from '../../src/model/action.ts';
import type { Json } from '../../src/model/json.ts';
import { siteRecoveryCommit } from '../../src/providers/azure/siterecovery-commit.ts';
import { siteRecoveryFailover } from '../../src/providers/azure/siterecovery-failover.ts';
import { siteRecoveryReprotect } from '../../src/providers/azure/siterecovery-reprotect.ts';
import { findHost } from '../../src/providers/hosts.ts';
import { openWorld, type World } from '../../src/providers/world.ts';
import {
  connectionOf,
  environmentOf,
  findTwin,
  loadWorld,
  startTwinFault,
  type TwinAddress,
} from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { type Changes, makeWorkspace, type TestWorkspace } from './workspace.ts';

const NAME = 'test-failover';
const ITEMS = 'POST Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers';
const QUICK = {
  operations: {
    [`${ITEMS}/replicationProtectedItems/unplannedFailover`]: 'PT2S',
    [`${ITEMS}/replicationProtectedItems/failoverCommit`]: 'PT1S',
    [`${ITEMS}/switchprotection`]: 'PT1S',
  },
};

const PLANS = 'POST Microsoft.RecoveryServices/vaults/replicationRecoveryPlans';
const away = (name: string) => ({ type: 'Microsoft.Compute/virtualMachines', group: 'rg-archive-neu', name });
const of = '${{ resources.plan }}';
const failOver = (id: string, more: object = {}) => ({
  id,
  uses: 'azure/siterecovery.failover',
  with: { of, ...more },
});
const commit = (id: string, needs: string) => ({ id, uses: 'azure/siterecovery.commit', with: { of }, needs: [needs] });
const reverse = (id: string, region: string, needs: readonly string[]) => ({
  id,
  uses: 'azure/siterecovery.reprotect',
  with: { of, region },
  needs,
});
/** The archive runs in North Europe, and comes back. */
const THERE_AND_BACK: Changes = {
  sample: NAME,
  world: {
    operations: Object.fromEntries(
      ['unplannedFailover', 'failoverCommit', 'reProtect'].map((verb) => [`${PLANS}/${verb}`, 'PT1S']),
    ),
    'values.archiveAwayUrl': 'http://archive-neu.northeurope.cloudapp.azure.com',
  },
  drill: {
    mode: 'live',
    probes: [],
    'approvals.required': 1,
    'resources.archiveAway': away('archive-neu'),
    'resources.indexAway': away('index-neu'),
    recovery: [
      failOver('there', { machines: ['${{ resources.archiveAway }}', '${{ resources.indexAway }}'] }),
      commit('settle', 'there'),
    ],
    verification: [
      {
        id: 'archive-is-whole',
        uses: 'http/assert',
        with: {
          url: '${{ environment.values.archiveAwayUrl }}/documents',
          expect: 'status == 200 && body.count > 0 && body.broken == 0',
        },
      },
    ],
    restoration: [
      reverse('protect', 'northeurope', []),
      { ...failOver('back'), needs: ['protect'] },
      commit('settle-back', 'back'),
      reverse('protect-back', 'westeurope', ['settle-back']),
    ],
  },
};

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

async function up(): Promise<{ readonly twin: TwinAddress; readonly world: World }> {
  workspace = makeWorkspace(NAME, { sample: NAME, world: QUICK });
  await workspace.up();
  const twin = findTwin(workspace.state, NAME) ?? expect.fail('expected a twin that is up, found none');
  const description = loadWorld(join(workspace.root, 'drills', 'worlds', `${NAME}.yaml`));
  return { twin, world: openWorld(environmentOf(description), connectionOf(twin)) };
}

async function perform(action: Action<unknown, World>, given: Json, world: World): Promise<Json> {
  const requestId = randomUUID();
  const signal = AbortSignal.timeout(60_000);
  const intendedAt = Date.now();
  const context = {
    world,
    key: 'k',
    run: 'r',
    requestId,
    attempt: 1,
    intendedAt,
    attemptedAt: intendedAt,
    requests: [requestId],
    signal,
    now: Date.now,
  };
  const input = action.input.parse(given);
  const started = await action.start(input, context);
  return started.kind === 'done' ? started.output : action.observe(input, started.handle, context);
}

interface Documents {
  readonly count: number;
  readonly newest: number;
  readonly broken: number;
}

async function documents(world: World, host: string): Promise<Documents> {
  const address = await findHost(world, { host, port: 80 }, AbortSignal.timeout(5000));
  const answer = await fetch(`http://${address.host}:${address.port}/documents`, { signal: AbortSignal.timeout(5000) });
  return (await answer.json()) as Documents;
}

const WEST = 'archive-weu.westeurope.cloudapp.azure.com';
const NORTH = 'archive-neu.northeurope.cloudapp.azure.com';
const itemIn = ({ environment: { subscription } }: World, region: string) =>
  `/subscriptions/${subscription}/resourceGroups/rg-archive-neu/providers/Microsoft.RecoveryServices/vaults/archive-vault/replicationFabrics/asr-a2a-default-${region}/replicationProtectionContainers/asr-a2a-default-${region}-container/replicationProtectedItems/archive-weu`;

describe('a live drill of Site Recovery', () => {
  it('passes when it came back, says what it will make, and leaves no machine, disk or interface away from home', async () => {
    workspace = makeWorkspace(NAME, THERE_AND_BACK);
    const planned = await workspace.run('plan', workspace.drill);
    expect(planned.stdout, planned.stderr).toContain(
      'there (waits until what it created is removed; after success too)',
    );
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    const { outcome, leftOvers, stuck, reasons } = JSON.parse(ran.stdout);
    expect({ outcome, leftOvers, stuck, reasons }).toEqual({
      outcome: 'passed',
      leftOvers: [],
      stuck: [],
      reasons: [],
    });
  });

  it('is stuck, and removes nothing, when it did not come back', async () => {
    workspace = makeWorkspace(NAME, THERE_AND_BACK);
    await workspace.up();
    const fault = ['twin', 'fault', NAME, 'failing-operation', '--match', 'POST *reProtect'];
    expect((await workspace.run(...fault)).status).toBe(0);
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    const { outcome, leftOvers } = JSON.parse(ran.stdout);
    expect([outcome, leftOvers.map(({ resource }: { resource: string }) => resource).join()]).toEqual([
      'stuck',
      expect.stringContaining('archive-neu'),
    ]);
  });

  // The machines come up in a group of which the drill knows nothing: the recovery plan alone shows where they run, also to a drill
  // whose scope names what holds it.
  it.each(['plan', 'vault'])(
    'is no success when its way back ends in the other region and its scope is the %s alone',
    async (scope) => {
      const elsewhere = 'rg-archive-away';
      workspace = makeWorkspace(NAME, {
        sample: NAME,
        world: {
          ...THERE_AND_BACK.world,
          'resourceGroups.3': { name: elsewhere, region: 'northeurope' },
          'siteRecovery.0.machines.0.group': elsewhere,
          'siteRecovery.0.machines.1.group': elsewhere,
        },
        drill: {
          ...THERE_AND_BACK.drill,
          scope: [scope],
          'resources.vault': {
            type: 'Microsoft.RecoveryServices/vaults',
            group: 'rg-archive-neu',
            name: 'archive-vault',
          },
          recovery: [failOver('there'), commit('settle', 'there')],
          restoration: [reverse('protect', 'northeurope', [])],
        },
      });
      const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
      const { outcome, stuck } = JSON.parse(ran.stdout);
      expect([outcome, JSON.stringify(stuck)]).toEqual(['stuck', expect.stringContaining('primaryLocation')]);
    },
  );
});

describe('Site Recovery with real machines', () => {
  it('loses nothing in a failover that stops the source, comes back, and loses nothing then either', async () => {
    const { world } = await up();
    await expect.poll(async () => (await documents(world, WEST)).count).toBeGreaterThan(3);
    const promised = await documents(world, WEST);
    await perform(siteRecoveryFailover, { of: itemIn(world, 'westeurope') }, world);
    await expect(documents(world, WEST)).rejects.toThrow();
    const moved = await documents(world, NORTH);
    expect(moved.count).toBeGreaterThanOrEqual(promised.count);
    expect(moved.broken).toBe(0);
    // It works on there.
    await expect.poll(async () => (await documents(world, NORTH)).count).toBeGreaterThan(moved.count);

    await perform(siteRecoveryCommit, { of: itemIn(world, 'westeurope') }, world);
    await perform(siteRecoveryReprotect, { of: itemIn(world, 'westeurope'), region: 'northeurope' }, world);
    const filed = await documents(world, NORTH);
    await perform(siteRecoveryFailover, { of: itemIn(world, 'northeurope') }, world);
    const back = await documents(world, WEST);
    expect(back.count).toBeGreaterThanOrEqual(filed.count);
    expect(back.broken).toBe(0);
    await expect(documents(world, NORTH)).rejects.toThrow();
  });

  it('brings a machine up from its newest copy when its region is lost, and loses what came after that copy', async () => {
    const { twin, world } = await up();
    await expect.poll(async () => (await documents(world, WEST)).count).toBeGreaterThan(8);
    const promised = await documents(world, WEST);
    await startTwinFault(twin, { fault: 'region-outage', region: 'westeurope' });
    const output = await perform(siteRecoveryFailover, { of: itemIn(world, 'westeurope') }, world);
    expect(output).toMatchObject({
      items: [{ activeLocation: 'Recovery' }],
      oldestRecoveryPointAt: expect.any(Number),
    });
    const saved = await documents(world, NORTH);
    expect(saved.broken).toBe(0);
    expect(saved.count).toBeGreaterThan(0);
    // A copy every two seconds, a document every half: at most a few are lost, beside those that it has filed since.
    expect(saved.newest).toBeGreaterThan(promised.newest - 10);
  });
});
