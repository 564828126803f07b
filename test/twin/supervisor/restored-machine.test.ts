// A real machine, backed up while it files documents, and a real machine that runs from the copy.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { RecoveryServicesBackupClient } from '@azure/arm-recoveryservicesbackup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorld, type TwinAddress } from '../../../src/twin/index.ts';
import { WORLD_FILE } from '../control/plane-under-test.ts';
import { type Bench, leftOf, makeBench } from './twin-under-test.ts';

const GROUP = 'rg-orders-weu';
const VAULT = 'orders-vault';
const ENTITY = `iaasvmcontainerv2;${GROUP};archive-weu`;
const ITEM = [VAULT, GROUP, 'Azure', `IaasVMContainer;${ENTITY}`, `VM;${ENTITY}`] as const;
const WORLD = {
  operations: { 'POST Microsoft.RecoveryServices/vaults/restore': 'PT2S' },
  virtualNetworks: [{ name: 'isolated', group: GROUP, region: 'westeurope', subnets: [{ name: 'drill' }] }],
  machines: [{ name: 'archive-weu', group: GROUP, region: 'westeurope', writes: { every: 'PT0.05S' } }],
  recoveryVaults: [
    { name: VAULT, group: GROUP, region: 'westeurope', protects: [{ machine: 'archive-weu', every: 'PT1S', keep: 5 }] },
  ],
};

interface Documents {
  readonly count: number;
  readonly broken: number;
  readonly newestAt: number;
  readonly checksum: string;
}

let bench: Bench;
let twin: TwinAddress;
beforeAll(async () => {
  bench = makeBench();
  twin = await bench.up('restored-machine', WORLD);
});
afterAll(async () => {
  const marked = bench;
  await bench.remove();
  expect(leftOf(marked)).toEqual([]);
});

const { subscription } = loadWorld(WORLD_FILE);
const groupId = `/subscriptions/${subscription}/resourceGroups/${GROUP}`;
const idOf = (type: string, name: string, group = GROUP) =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`;

function backup(): RecoveryServicesBackupClient {
  const credential = { getToken: async () => ({ token: twin.token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return new RecoveryServicesBackupClient(credential, subscription, {
    endpoint: twin.endpoint,
    tlsOptions: { ca: twin.authority },
    credentialScopes: 'https://management.azure.com/.default',
  });
}

const points = () => Array.fromAsync(backup().recoveryPoints.list(...ITEM));

async function restore(recoveryPointId: string, machine: string): Promise<string> {
  const network = idOf('Microsoft.Network/virtualNetworks', 'isolated');
  const properties = {
    objectType: 'IaasVMRestoreRequest' as const,
    recoveryPointId,
    recoveryType: 'AlternateLocation',
    sourceResourceId: idOf('Microsoft.Compute/virtualMachines', 'archive-weu'),
    targetVirtualMachineId: idOf('Microsoft.Compute/virtualMachines', machine),
    targetResourceGroupId: groupId,
    storageAccountId: idOf('Microsoft.Storage/storageAccounts', 'ordersdocs', 'rg-orders-shared'),
    virtualNetworkId: network,
    subnetId: `${network}/subnets/drill`,
    region: 'westeurope',
  };
  await (await backup().restores.beginTrigger(...ITEM, recoveryPointId, { properties })).pollUntilDone();
  for (;;) {
    const [job] = await Array.fromAsync(backup().backupJobs.list(VAULT, GROUP));
    const status = job?.properties?.status ?? '';
    if (status !== 'InProgress') return status;
    await sleep(100);
  }
}

const documents = async (machine: string): Promise<Documents> => {
  const { hosts } = (await twinHosts()) as { hosts: Record<string, { host: string; port: number }> };
  const address = hosts[`${machine}.westeurope.cloudapp.azure.com`];
  return new Promise((settle, fail) => {
    request({ ...address, path: '/documents', agent: false, timeout: 5000 }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      settle(JSON.parse(Buffer.concat(chunks).toString()));
    })
      .on('error', fail)
      .end();
  });
};
const twinHosts = async () => {
  const { Agent, request: ask } = await import('node:https');
  return new Promise((settle, fail) => {
    ask(
      `${twin.endpoint}/twin/hosts`,
      { agent: new Agent({ ca: twin.authority }), headers: { authorization: `Bearer ${twin.token}` } },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        settle({ hosts: JSON.parse(Buffer.concat(chunks).toString()) });
      },
    )
      .on('error', fail)
      .end();
  });
};

describe('a machine that is restored from its vault', () => {
  it('runs with the documents of its point, whole, while the original goes on', async () => {
    while ((await points()).length < 2) await sleep(100);
    const newest = (await points())[0] ?? expect.fail('expected a recovery point, found none');
    const { recoveryPointTime } = newest.properties as { recoveryPointTime?: Date };
    const takenAt = recoveryPointTime?.getTime() ?? 0;
    expect(await restore(newest.name ?? '', 'archive-restored')).toBe('Completed');
    const [copy, original] = [await documents('archive-restored'), await documents('archive-weu')];
    expect(copy).toMatchObject({ broken: 0 });
    expect(copy.count).toBeGreaterThan(3);
    expect(original.count).toBeGreaterThan(copy.count);
    // What was acknowledged before the point is in it, and the copy files nothing of its own.
    expect(copy.newestAt).toBeLessThanOrEqual(takenAt);
    expect(copy.newestAt).toBeGreaterThan(takenAt - 1000);
    expect(await documents('archive-restored')).toEqual(copy);
  });

  it('keeps no more copies than its world says', async () => {
    await expect.poll(async () => (await points()).length).toBe(5);
    await sleep(1500);
    expect(await points()).toHaveLength(5);
  });
});
