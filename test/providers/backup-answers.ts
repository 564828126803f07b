// What Azure Backup answers, in the shapes that were recorded.
import nock from 'nock';
import type { ActionContext } from '../../src/model/action.ts';
import type { World } from '../../src/providers/world.ts';
import { buildWorld, contextOf, ENDPOINT, REQUEST_ID, SUBSCRIPTION } from './world-builder.ts';

const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-weu`;
export const VAULT = `${group}/providers/Microsoft.RecoveryServices/vaults/vault-weu`;
export const MACHINE = `${group}/providers/Microsoft.Compute/virtualMachines/archive`;
export const TARGET = `${group}/providers/Microsoft.Compute/virtualMachines/archive-copy`;
export const SUBNET = `${group}/providers/Microsoft.Network/virtualNetworks/drill/subnets/isolated`;
export const STAGING = `${group}/providers/Microsoft.Storage/storageAccounts/staging`;
export const DISK = `${group}/providers/Microsoft.Compute/disks/archive-copy-osdisk-20261121-100200`;
export const CARDS = `${group}/providers/Microsoft.Network/networkInterfaces`;
export const CARD = `${CARDS}/archive-copy-nic-0b2f`;
export const DISKS = `${group}/providers/Microsoft.Compute/disks`;
export const GROUP = group;
export const JOB = 'f1ef13bb-4a09-40c8-af54-8a438d665e1e';
export const RESTORING = { vault: VAULT, machine: MACHINE, target: TARGET, subnet: SUBNET, stagingAccount: STAGING };

const ENTITY = encodeURIComponent('iaasvmcontainerv2;rg-weu;archive');
export const ITEM = `${VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer%3B${ENTITY}/protectedItems/VM%3B${ENTITY}`;
export const OPERATION = { 'azure-asyncoperation': `${ENDPOINT}/operations/${JOB}?t=signed` };
export const SOON = { 'x-ms-retry-after-ms': '100' };
/** Just before, so that a job which began now is within every window. */
export const SENT_AT = Date.now();

export const api = () => nock(ENDPOINT);

export const pointBody = (name: string, recoveryPointTime: string, changes: object = {}) => ({
  name,
  properties: {
    objectType: 'IaasVMRecoveryPoint',
    recoveryPointType: 'AppConsistent',
    recoveryPointTime,
    recoveryPointTierDetails: [
      { type: 'InstantRP', status: 'Valid' },
      { type: 'HardenedRP', status: 'Valid' },
    ],
    ...changes,
  },
});
export const POINTS = [
  pointBody('3', '2026-11-21T09:30:15.3287899Z'),
  pointBody('2', '2026-11-20T09:30:00Z', { recoveryPointType: 'CrashConsistent' }),
  pointBody('1', '2026-11-18T09:30:00Z'),
];

export const jobBody = (changes: object = {}) => ({
  name: JOB,
  properties: {
    jobType: 'AzureIaaSVMJob',
    operation: 'Restore',
    status: 'Completed',
    startTime: new Date(SENT_AT).toISOString(),
    activityId: REQUEST_ID,
    entityFriendlyName: 'archive',
    extendedInfo: {
      propertyBag: { 'Target VM Name': 'archive-copy', 'Recovery point time ': '11/21/2026 9:30:15 AM' },
    },
    ...changes,
  },
});

export const seeVault = () =>
  api().get(VAULT).query(true).reply(200, { id: VAULT, location: 'westeurope', properties: {} });
export const seePoints = (value: readonly object[] = POINTS) =>
  api().get(`${ITEM}/recoveryPoints`).query(true).reply(200, { value });
export const seeJobs = (...jobs: readonly object[]) =>
  api().get(`${VAULT}/backupJobs`).query(true).reply(200, { value: jobs }, SOON);
export const seeJob = (changes: object = {}) =>
  api().get(`${VAULT}/backupJobs/${JOB}`).query(true).reply(200, jobBody(changes));
export const seeOperation = (status = 'Succeeded') =>
  api()
    .get(`/operations/${JOB}`)
    .query(true)
    .reply(200, { status, ...(status === 'Succeeded' ? { properties: { jobId: JOB } } : {}) }, SOON);
export const seeNothing = (id = TARGET) =>
  api()
    .get(id)
    .query(true)
    .reply(404, { error: { code: 'ResourceNotFound', message: 'none' } });
export const seeMachine = (disk = DISK, ...cards: readonly string[]) =>
  api()
    .get(TARGET)
    .query(true)
    .reply(200, {
      id: TARGET,
      location: 'westeurope',
      properties: {
        provisioningState: 'Succeeded',
        storageProfile: { osDisk: { managedDisk: { id: disk } }, dataDisks: [] },
        networkProfile: { networkInterfaces: (cards.length === 0 ? [CARD] : cards).map((id) => ({ id })) },
      },
    });
export const seeDisks = (...value: readonly object[]) => api().get(DISKS).query(true).reply(200, { value });
export const seeCards = (...value: readonly object[]) => api().get(CARDS).query(true).reply(200, { value });
export const ours = { id: DISK, tags: { RSVaultBackup: JOB } };

/** The context of an attempt whose request was meant to be sent. */
export const sentContext = (
  world: World = buildWorld(),
  more: Partial<ActionContext<World>> = {},
): ActionContext<World> =>
  contextOf(world, { intendedAt: SENT_AT, attemptedAt: SENT_AT, requests: [REQUEST_ID], ...more });
