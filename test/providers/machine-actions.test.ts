// azure/machine.start, azure/machine.stop and azure/network.isolate against the twin's control plane, through the real door over HTTPS.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import { machineStart } from '../../src/providers/azure/machine-start.ts';
import { machineStop } from '../../src/providers/azure/machine-stop.ts';
import { networkIsolate } from '../../src/providers/azure/network-isolate.ts';
import { inventory } from '../../src/providers/inventory.ts';
import type { World } from '../../src/providers/world.ts';
import { planeUnderTest, TOKEN } from '../twin/control/plane-under-test.ts';
import { buildWorld, contextOf, inspect, rejection, startAndObserve } from './world-builder.ts';

const GROUP = 'rg-orders-weu';
const POWER = 'Microsoft.Compute/virtualMachines';
const RULES = 'Microsoft.Network/networkSecurityGroups/securityRules';
const QUICK = [
  `POST ${POWER}/start`,
  `POST ${POWER}/powerOff`,
  `POST ${POWER}/deallocate`,
  `PUT ${RULES}`,
  `DELETE ${RULES}`,
];

let twin: Awaited<ReturnType<typeof planeUnderTest>>;
let world: World;
let machine: string;
let securityGroup: string;

beforeAll(async () => {
  const region = 'westeurope';
  twin = await planeUnderTest({
    operations: Object.fromEntries(QUICK.map((operation) => [operation, 60])),
    virtualNetworks: [{ name: 'net', group: GROUP, region, subnets: [{ name: 'apps', securityGroup: 'nsg' }] }],
    networkSecurityGroups: [{ name: 'nsg', group: GROUP, region, rules: [] }],
  });
  await twin.plane.disks.create({ name: 'archive-data', group: GROUP, region });
  await twin.plane.machines.create({ name: 'archive', group: GROUP, region, subnet: 'net/apps' }, 'archive-data');
  const connection = { armEndpoint: twin.control.endpoint, authority: twin.certificates.authority, token: TOKEN };
  world = buildWorld({ connection });
  const base = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers`;
  machine = `${base}/${POWER}/archive`;
  securityGroup = `${base}/Microsoft.Network/networkSecurityGroups/nsg`;
});
afterAll(() => twin.close());
beforeEach(async () => {
  await twin.plane.machines.start('archive');
});

const context = (overrides = {}) => contextOf(world, overrides);
const fault = (wish: object) => twin.send('POST', '/twin/faults', wish);
const sent = async (text: string): Promise<number> => {
  const { body } = await twin.send('GET', '/twin/operations');
  return (body as { operation: string }[]).filter(({ operation }) => operation.startsWith(text)).length;
};
const takeBack = (action: typeof machineStop, given: Json, before: Json, overrides = {}) =>
  action.takeBack?.(action.input.parse(given), before, context(overrides));

describe('azure/machine.stop', () => {
  it.each([
    ['powerOff', 'stopped'],
    ['deallocate', 'deallocated'],
  ])('by %s leaves the machine %s, and finds that done afterwards', async (mode, power) => {
    const given = { machine, mode };
    expect(await inspect(machineStop, given, context())).toMatchObject({
      finding: 'not-started',
      before: { power: 'running' },
    });
    expect(await startAndObserve(machineStop, given, context())).toMatchObject({ machine, power });
    expect(await inspect(machineStop, given, context())).toMatchObject({ finding: 'done', output: { power } });
  });

  it('says when it took effect: after its first intent, before it was seen', async () => {
    const sentAt = { intendedAt: 1000, attemptedAt: 3000, now: () => 9000 };
    const effect = { earliest: 1000, effectiveAt: 1000, latest: 9000, simulated: false, ours: true };
    expect(await startAndObserve(machineStop, { machine }, context(sentAt))).toMatchObject(effect);
    expect(await inspect(machineStop, { machine }, context(sentAt))).toMatchObject({ output: effect });
    expect(await inspect(machineStop, { machine }, context())).toMatchObject({ output: { ours: false } });
  });

  it('is taken back by a start, once, and only when the machine ran before', async () => {
    const given = { machine, mode: 'deallocate' };
    await startAndObserve(machineStop, given, context());
    const starts = await sent(`POST ${POWER}/start`);
    expect(await takeBack(machineStop, given, { power: 'stopped' })).toMatchObject({ power: 'deallocated' });
    expect(await takeBack(machineStop, given, { power: 'running' })).toMatchObject({ power: 'running' });
    expect(await takeBack(machineStop, given, { power: 'running' })).toMatchObject({ power: 'running' });
    expect((await sent(`POST ${POWER}/start`)) - starts).toBe(1);
  });

  it('whose reply is lost is ambiguous, has one operation, and is found running and then done', async () => {
    const before = await sent(`POST ${POWER}/powerOff`);
    await fault({ fault: 'lost-reply', match: 'POST *archive/powerOff', times: 1 });
    const lost = await rejection(startAndObserve(machineStop, { machine }, context()));
    expect(lost).toMatchObject({ ambiguous: true });
    expect(['running', 'done']).toContain((await inspect(machineStop, { machine }, context())).finding);
    await expect.poll(async () => (await inspect(machineStop, { machine }, context())).finding).toBe('done');
    expect((await sent(`POST ${POWER}/powerOff`)) - before).toBe(1);
  });

  it('fails with the reason of the service', async () => {
    await fault({ fault: 'failing-operation', match: 'POST *archive/powerOff', times: 1, code: 'VMAgentStuck' });
    expect(await rejection(startAndObserve(machineStop, { machine }, context()))).toMatchObject({
      code: 'arm-operation-failed',
      serviceCode: 'VMAgentStuck',
    });
  });

  it('says that a machine is missing', async () => {
    expect(await rejection(inspect(machineStop, { machine: `${machine}x` }, context()))).toMatchObject({
      code: 'arm-not-found',
      missing: true,
    });
  });
});

describe('azure/machine.start', () => {
  it.each(['stopped', 'deallocated'])('starts a machine, and is taken back to %s', async (power) => {
    const mode = power === 'stopped' ? 'powerOff' : 'deallocate';
    await startAndObserve(machineStop, { machine, mode }, context());
    const { finding, before = null } = await inspect(machineStart, { machine }, context());
    expect([finding, before]).toEqual(['not-started', { machine, power }]);
    expect(await startAndObserve(machineStart, { machine }, context())).toEqual({ machine, power: 'running' });
    expect(await inspect(machineStart, { machine }, context())).toMatchObject({ finding: 'done' });
    expect(await takeBack(machineStart, { machine }, before)).toEqual({ machine, power });
    expect(await takeBack(machineStart, { machine }, before)).toEqual({ machine, power });
  });
});

describe('azure/network.isolate', () => {
  it('says that only the end of the disruption takes it back', () => {
    expect(networkIsolate.endsWithDisruption).toBe(true);
  });

  const given = () => ({ securityGroup, direction: 'Outbound' });
  const denied = () => twin.plane.allowed.get('net/apps')?.outbound === false;

  it('denies a direction until it is taken back, twice if need be', async () => {
    expect(await inspect(networkIsolate, given(), context())).toMatchObject({ finding: 'not-started' });
    const output = await startAndObserve(networkIsolate, given(), context());
    expect([output, denied()]).toMatchObject([{ securityGroup, direction: 'Outbound', priority: 100 }, true]);
    expect(await inspect(networkIsolate, given(), context())).toMatchObject({ finding: 'done' });
    await takeBack(networkIsolate, given(), {});
    await takeBack(networkIsolate, given(), {});
    expect([denied(), (await inspect(networkIsolate, given(), context())).finding]).toEqual([false, 'not-started']);
  });

  it('leaves the rule of another run alone', async () => {
    const theirs = { key: 'run-2/step-1' };
    await startAndObserve(networkIsolate, { ...given(), priority: 200 }, context(theirs));
    expect(await inspect(networkIsolate, given(), context())).toMatchObject({ finding: 'not-started' });
    await takeBack(networkIsolate, given(), {});
    expect(denied()).toBe(true);
    await takeBack(networkIsolate, { ...given(), priority: 200 }, {}, theirs);
    expect(denied()).toBe(false);
  });

  it('whose reply is lost has one operation, and is found by the name of its rule', async () => {
    const before = await sent(`PUT ${RULES}`);
    await fault({ fault: 'lost-reply', match: 'PUT *securityRules*', times: 1 });
    expect(await rejection(startAndObserve(networkIsolate, given(), context()))).toMatchObject({ ambiguous: true });
    await expect.poll(async () => (await inspect(networkIsolate, given(), context())).finding).toBe('done');
    expect((await sent(`PUT ${RULES}`)) - before).toBe(1);
    await takeBack(networkIsolate, given(), {});
  });

  it('takes a rule of its name that isolates nobody for unknown, never for done', async () => {
    await startAndObserve(networkIsolate, given(), context());
    expect(await inspect(networkIsolate, { ...given(), direction: 'Inbound' }, context())).toMatchObject({
      finding: 'unknown',
    });
    await takeBack(networkIsolate, given(), {});
  });

  const partner = () => `${securityGroup}/securityRules/partner?api-version=2024-01-01`;
  const allow = async () => {
    const properties = {
      protocol: '*',
      sourcePortRange: '*',
      destinationPortRange: '*',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: '*',
      access: 'Allow',
      priority: 150,
      direction: 'Outbound',
    };
    expect((await twin.send('PUT', partner(), { properties })).status).toBe(201);
    await expect.poll(async () => JSON.stringify(await twin.send('GET', partner()))).toContain('Succeeded');
  };
  const allowNoMore = async () => {
    await expect.poll(async () => (await twin.send('DELETE', partner())).status).toBe(202);
    await expect.poll(async () => (await twin.send('GET', partner())).status).toBe(404);
  };

  it('is unknown, never failed for certain, when somebody allowed it meanwhile: its rule stands, and is taken back', async () => {
    const late = { ...given(), priority: 200 };
    await allow();
    const ran = await rejection(startAndObserve(networkIsolate, late, context()));
    expect(ran).toMatchObject({ code: 'isolation-failed', ambiguous: true });
    expect(await inspect(networkIsolate, late, context({ intendedAt: Date.now() }))).toMatchObject({
      finding: 'unknown',
      detail: expect.stringContaining('found partner at 150'),
    });
    await takeBack(networkIsolate, late, {});
    await allowNoMore();
    expect((await inspect(networkIsolate, late, context())).finding).toBe('not-started');
  });

  it('is not done while a rule before it allows what it denies, and sends nothing', async () => {
    await allow();
    const late = { ...given(), priority: 200 };
    expect(await rejection(inspect(networkIsolate, late, context()))).toMatchObject({
      code: 'isolation-failed',
      message: expect.stringContaining('found partner at 150'),
    });
    expect(await inspect(networkIsolate, given(), context())).toMatchObject({ finding: 'not-started' });
    await allowNoMore();
  });

  it('says that a security group is missing', async () => {
    const missing = { ...given(), securityGroup: `${securityGroup}x` };
    expect(await rejection(inspect(networkIsolate, missing, context()))).toMatchObject({ missing: true });
  });
});

describe('the inventory', () => {
  it('tells the power of a machine and the rules of a security group', async () => {
    const facts = async (id: string) => (await inventory.read([id], context())).find((item) => item.id === id)?.facts;
    expect(await facts(machine)).toMatchObject({
      present: true,
      location: 'westeurope',
      power: 'running',
      'properties.storageProfile.dataDisks["archive-data"].lun': 0,
    });
    const given = { securityGroup, direction: 'Inbound' };
    const before = await facts(securityGroup);
    await startAndObserve(networkIsolate, given, context());
    expect(await facts(securityGroup)).not.toEqual(before);
    await takeBack(networkIsolate, given, {});
    expect(await facts(securityGroup)).toEqual(before);
  });
});
