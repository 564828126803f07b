// Virtual machines, disks, networks and security rules, by the unmodified clients of Azure.
import { ComputeManagementClient } from '@azure/arm-compute';
import { NetworkManagementClient } from '@azure/arm-network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planeUnderTest, TOKEN } from './plane-under-test.ts';

const SCOPE = 'https://management.azure.com/.default';
const GROUP = 'rg-orders-weu';
const RULE = {
  protocol: '*',
  sourcePortRange: '*',
  destinationPortRange: '*',
  sourceAddressPrefix: '*',
  destinationAddressPrefix: '*',
  access: 'Deny',
  priority: 100,
  direction: 'Outbound',
} as const;
const QUICK = [
  'POST Microsoft.Compute/virtualMachines/powerOff',
  'POST Microsoft.Compute/virtualMachines/deallocate',
  'DELETE Microsoft.Compute/virtualMachines',
  'DELETE Microsoft.Compute/disks',
  'DELETE Microsoft.Resources/resourceGroups',
  'DELETE Microsoft.Network/networkSecurityGroups/securityRules',
  'DELETE Microsoft.Network/networkInterfaces',
];

const PATIENT = { timeout: 10_000 };

let twin: Awaited<ReturnType<typeof planeUnderTest>>;
let compute: ComputeManagementClient;
let network: NetworkManagementClient;

beforeAll(async () => {
  twin = await planeUnderTest({
    operations: {
      ...Object.fromEntries(QUICK.map((operation) => [operation, 50])),
      // Looked at while they are at work, on a busy machine too.
      'POST Microsoft.Compute/virtualMachines/start': 3000,
      'PUT Microsoft.Network/networkSecurityGroups/securityRules': 2000,
    },
    virtualNetworks: [
      {
        name: 'net-weu',
        group: GROUP,
        region: 'westeurope',
        subnets: [{ name: 'apps', securityGroup: 'nsg-apps' }, { name: 'open' }],
      },
    ],
    networkSecurityGroups: [{ name: 'nsg-apps', group: GROUP, region: 'westeurope', rules: [] }],
  });
  const place = { group: GROUP, region: 'westeurope' };
  for (const name of ['archive-1', 'archive-2']) {
    await twin.plane.disks.create({ ...place, name: `${name}-data` });
    await twin.plane.machines.create({ ...place, name, subnet: 'net-weu/apps' }, `${name}-data`);
  }
  const { authority } = twin.certificates;
  const options = { endpoint: twin.control.endpoint, tlsOptions: { ca: authority }, credentials: { scopes: [SCOPE] } };
  const credential = { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  compute = new ComputeManagementClient(credential, twin.world.subscription, options);
  network = new NetworkManagementClient(credential, twin.world.subscription, options);
});
afterAll(() => twin.close());

const all = async <T>(pages: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
};
const powerOf = async (name: string) => {
  const view = await compute.virtualMachines.instanceView(GROUP, name);
  return view.statuses?.find(({ code }) => code?.startsWith('PowerState/'))?.code;
};
const asked = () => twin.plane.asked.filter((line) => line.includes('machine') || line.includes('disk'));

describe('a virtual machine', () => {
  it('is shown with its disk, its interface and, when asked, its state', async () => {
    const machine = await compute.virtualMachines.get(GROUP, 'archive-1', { expand: 'instanceView' });
    expect(machine).toMatchObject({ name: 'archive-1', location: 'westeurope' });
    expect(machine.storageProfile?.dataDisks?.[0]?.name).toBe('archive-1-data');
    expect(machine.networkProfile?.networkInterfaces?.[0]?.id).toMatch(/networkInterfaces\/archive-1-nic$/);
    expect(machine.instanceView?.statuses?.map(({ code }) => code)).toContain('PowerState/running');
    expect((await all(compute.virtualMachines.list(GROUP))).map(({ name }) => name)).toEqual([
      'archive-1',
      'archive-2',
    ]);
  });

  it('is powered off, deallocated and started, each seen in its state', async () => {
    await compute.virtualMachines.powerOff(GROUP, 'archive-1');
    expect(await powerOf('archive-1')).toBe('PowerState/stopped');
    await compute.virtualMachines.deallocate(GROUP, 'archive-1');
    expect(await powerOf('archive-1')).toBe('PowerState/deallocated');
    await compute.virtualMachines.start(GROUP, 'archive-1');
    expect(await powerOf('archive-1')).toBe('PowerState/running');
    expect(asked().slice(-3)).toEqual(['stop machine archive-1', 'stop machine archive-1', 'start machine archive-1']);
  });

  it('takes one operation at a time', async () => {
    const first = await twin.send('POST', pathOf('archive-1', 'start'));
    const second = await twin.send('POST', pathOf('archive-1', 'deallocate'));
    expect([first.status, second.status, second.body.error.code]).toEqual([202, 409, 'OperationNotAllowed']);
    await expect
      .poll(async () => (await compute.virtualMachines.get(GROUP, 'archive-1')).provisioningState, PATIENT)
      .toBe('Succeeded');
  });

  it('of a lost region cannot be started', async () => {
    twin.plane.down.add('westeurope');
    const { status, body } = await twin.send('POST', pathOf('archive-1', 'start'));
    twin.plane.down.delete('westeurope');
    expect([status, body.error.code]).toEqual([409, 'AllocationFailed']);
  });

  it('is deleted, and its disk after it, not before', async () => {
    const disk = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.Compute/disks/archive-2-data?api-version=2023-10-02`;
    expect((await twin.send('DELETE', disk)).body.error.code).toBe('OperationNotAllowed');
    await compute.virtualMachines.delete(GROUP, 'archive-2');
    await expect(compute.virtualMachines.get(GROUP, 'archive-2')).rejects.toMatchObject({ statusCode: 404 });
    expect((await compute.disks.get(GROUP, 'archive-2-data')).diskState).toBe('Unattached');
    await compute.disks.delete(GROUP, 'archive-2-data');
    expect((await all(compute.disks.listByResourceGroup(GROUP))).map(({ name }) => name)).toEqual(['archive-1-data']);
    expect((await twin.send('DELETE', disk)).status).toBe(204);
  });

  it('is not made here, nor a disk or a security group, and nobody is told that it was', async () => {
    const providers = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers`;
    const made = await Promise.all(
      [
        'Microsoft.Compute/virtualMachines/new?api-version=2024-03-01',
        'Microsoft.Compute/disks/new?api-version=2023-10-02',
        'Microsoft.Network/networkSecurityGroups/new?api-version=2024-01-01',
      ].map((path) => twin.send('PUT', `${providers}/${path}`, { location: 'westeurope', properties: {} })),
    );
    expect(made.map(({ status, body }) => [status, body.error?.code])).toEqual([
      [400, 'UnsupportedByTwin'],
      [400, 'UnsupportedByTwin'],
      [400, 'UnsupportedByTwin'],
    ]);
  });

  it('stands in the list of its group with everything that belongs to it', async () => {
    const listed = await all(twin.resources.resources.listByResourceGroup(GROUP));
    expect(listed.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'Microsoft.Compute/virtualMachines',
        'Microsoft.Compute/disks',
        'Microsoft.Network/networkInterfaces',
        'Microsoft.Network/virtualNetworks',
        'Microsoft.Network/networkSecurityGroups',
      ]),
    );
  });

  const pathOf = (name: string, action: string) =>
    `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.Compute/virtualMachines/${name}/${action}?api-version=2024-03-01`;
});

describe('a resource group', () => {
  it('is deleted with the machines and disks in it, and not while a disk of it is in use elsewhere', async () => {
    const place = { group: 'rg-drill', region: 'westeurope' };
    await twin.resources.resourceGroups.createOrUpdate('rg-drill', { location: 'westeurope' });
    await twin.plane.disks.create({ ...place, name: 'drill-data' });
    await twin.plane.disks.create({ ...place, name: 'lent' });
    await twin.plane.machines.create({ ...place, name: 'drill-1', subnet: undefined }, 'drill-data');
    await twin.plane.machines.create(
      { group: GROUP, region: 'westeurope', name: 'borrower', subnet: undefined },
      'lent',
    );
    await expect(twin.resources.resourceGroups.delete('rg-drill')).rejects.toThrow(/lent is attached to borrower/);
    await twin.plane.machines.remove('borrower');
    await twin.resources.resourceGroups.delete('rg-drill');
    expect(twin.plane.disks.names()).not.toContain('drill-data');
    expect(twin.plane.machines.names()).not.toContain('drill-1');
  });
});

describe('a network', () => {
  it('is shown with its subnets and their security group', async () => {
    const found = await network.virtualNetworks.get(GROUP, 'net-weu');
    expect(found.subnets?.map(({ name }) => name)).toEqual(['apps', 'open']);
    const subnet = await network.subnets.get(GROUP, 'net-weu', 'apps');
    expect(subnet.networkSecurityGroup?.id).toMatch(/networkSecurityGroups\/nsg-apps$/);
    const nic = await network.networkInterfaces.get(GROUP, 'archive-1-nic');
    expect(nic.ipConfigurations?.[0]?.subnet?.id).toMatch(/net-weu\/subnets\/apps$/);
  });
});

describe('a network interface', () => {
  const place = { group: GROUP, region: 'westeurope' };
  const names = async () => (await all(network.networkInterfaces.list(GROUP))).map(({ name }) => name);

  it('stays when its machine is deleted, keeps its tags, and is deleted by itself', async () => {
    await twin.plane.disks.create({ ...place, name: 'brief-data' });
    await twin.plane.machines.create({ ...place, name: 'brief', subnet: 'net-weu/apps' }, 'brief-data');
    const id = `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.Network/networkInterfaces/brief-nic`;
    const attached = await network.networkInterfaces.get(GROUP, 'brief-nic');
    expect(attached.virtualMachine?.id).toMatch(/virtualMachines\/brief$/);
    await expect(network.networkInterfaces.beginDeleteAndWait(GROUP, 'brief-nic')).rejects.toMatchObject({
      code: 'NicInUse',
    });
    await twin.resources.tagsOperations.updateAtScope(id.slice(1), {
      operation: 'Merge',
      properties: { tags: { drill: 'one' } },
    });
    await compute.virtualMachines.beginDeleteAndWait(GROUP, 'brief');
    const left = await network.networkInterfaces.get(GROUP, 'brief-nic');
    expect([left.virtualMachine, left.tags]).toEqual([undefined, { drill: 'one' }]);
    const listed = await all(twin.resources.resources.listByResourceGroup(GROUP));
    expect(listed.filter((one) => one.id === id)).toHaveLength(1);
    await network.networkInterfaces.beginDeleteAndWait(GROUP, 'brief-nic');
    expect(await names()).not.toContain('brief-nic');
    await twin.plane.disks.remove('brief-data');
  });

  it('that its machine left goes with its resource group', async () => {
    await twin.resources.resourceGroups.createOrUpdate('rg-left', { location: 'westeurope' });
    const apart = { group: 'rg-left', region: 'westeurope' };
    await twin.plane.disks.create({ ...apart, name: 'left-data' });
    await twin.plane.machines.create({ ...apart, name: 'left-1', subnet: undefined }, 'left-data');
    await compute.virtualMachines.beginDeleteAndWait('rg-left', 'left-1');
    await twin.resources.resourceGroups.delete('rg-left');
    await twin.resources.resourceGroups.createOrUpdate('rg-left', { location: 'westeurope' });
    expect(await all(network.networkInterfaces.list('rg-left'))).toEqual([]);
  });
});

describe('a security rule', () => {
  const rules = async () => all(network.securityRules.list(GROUP, 'nsg-apps'));

  it('is in force when its operation has ended, and gone when it is deleted', async () => {
    await network.securityRules.createOrUpdate(GROUP, 'nsg-apps', 'drill-deny-out', RULE);
    expect(await rules()).toMatchObject([{ name: 'drill-deny-out', access: 'Deny', provisioningState: 'Succeeded' }]);
    expect(twin.plane.allowed.get('net-weu/apps')).toEqual({ inbound: true, outbound: false });
    await network.securityRules.delete(GROUP, 'nsg-apps', 'drill-deny-out');
    expect(await rules()).toEqual([]);
    expect(twin.plane.allowed.get('net-weu/apps')).toEqual({ inbound: true, outbound: true });
    expect(twin.plane.allowed.has('net-weu/open')).toBe(false);
  });

  it('is shown as being made until then, and is not left when its operation fails', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'failing-operation', match: 'PUT *slow-rule', times: 1 });
    const put = await twin.send('PUT', pathOf('slow-rule'), { properties: RULE });
    const shown = await twin.send('GET', pathOf('slow-rule'));
    expect([put.status, shown.body.properties.provisioningState]).toEqual([201, 'Updating']);
    await expect.poll(async () => (await twin.send('GET', pathOf('slow-rule'))).status, PATIENT).toBe(404);
    expect(twin.plane.allowed.get('net-weu/apps')).toEqual({ inbound: true, outbound: true });
  });

  it('that this twin cannot enforce is refused', async () => {
    const answers = await Promise.all([
      twin.send('PUT', pathOf('web'), { properties: { ...RULE, destinationPortRange: '443' } }),
      twin.send('PUT', pathOf('web'), { properties: { ...RULE, destinationAddressPrefix: '10.1.0.0/16' } }),
      twin.send('PUT', pathOf('web'), {
        properties: { ...RULE, direction: 'Inbound', destinationAddressPrefix: 'Internet' },
      }),
      twin.send('PUT', pathOf('web'), { properties: { ...RULE, protocol: 'Tcp' } }),
    ]);
    expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual([
      [400, 'UnsupportedByTwin'],
      [400, 'UnsupportedByTwin'],
      [400, 'UnsupportedByTwin'],
      [400, 'UnsupportedByTwin'],
    ]);
  });

  it('of the same priority and direction as another is refused', async () => {
    await network.securityRules.createOrUpdate(GROUP, 'nsg-apps', 'one', RULE);
    const { status, body } = await twin.send('PUT', pathOf('two'), { properties: RULE });
    expect([status, body.error.code]).toEqual([400, 'SecurityRuleConflict']);
    await network.securityRules.delete(GROUP, 'nsg-apps', 'one');
  });

  const pathOf = (rule: string) =>
    `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-apps/securityRules/${rule}?api-version=2024-01-01`;
});
