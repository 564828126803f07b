// The actions on storage accounts through a whole twin: its control plane, its stores and its link, with what people use to reach them.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Action } from '../../src/model/action.ts';
import { storageFailover } from '../../src/providers/azure/storage-failover.ts';
import { storagePointInTimeRestore } from '../../src/providers/azure/storage-point-in-time-restore.ts';
import { storageReplication } from '../../src/providers/azure/storage-replication.ts';
import { blobCompare } from '../../src/providers/blob/blob-compare.ts';
import { openContainer } from '../../src/providers/blob/blob-service.ts';
import { openWorld, type World } from '../../src/providers/world.ts';
import { connectionOf, endTwinOutage, startTwinFault, twinOperations } from '../../src/twin/index.ts';
import { contextOf, inspect, rejection, startAndObserve } from '../providers/world-builder.ts';
import { type Bench, makeBench } from '../twin/supervisor/twin-under-test.ts';

const SUBSCRIPTION = '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c01';
const TENANT = '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02';
const ACCOUNT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-orders-weu/providers/Microsoft.Storage/storageAccounts/ordersdocs`;
const STORAGE = 'Microsoft.Storage/storageAccounts';
let bench: Bench | undefined;

afterEach(async () => {
  await bench?.remove();
  bench = undefined;
});

async function twinWithAccount(name: string) {
  bench = makeBench();
  const account = {
    name: 'ordersdocs',
    group: 'rg-orders-weu',
    region: 'westeurope',
    secondary: 'northeurope',
    lag: 'PT0.2S',
    pointInTimeRestore: true,
  };
  const bare = { storageAccounts: [account], postgresServers: [], shops: [], trafficManager: [] };
  const operations = { [`POST ${STORAGE}/failover`]: 'PT1S', [`POST ${STORAGE}/restoreBlobRanges`]: 'PT1S' };
  const twin = await bench.up(name, { ...bare, operations });
  const environment = {
    kind: 'twin',
    name,
    tenant: TENANT,
    subscription: SUBSCRIPTION,
    values: {},
    resources: [],
  } as const;
  const world = openWorld(environment, connectionOf(twin));
  const context = (more: object = {}) => contextOf(world, { run: name, signal: AbortSignal.timeout(60_000), ...more });
  const papers = await openContainer(world, ACCOUNT, 'papers');
  await papers.container.create();
  return { twin, context, ...papers };
}

/** As the engine does: the intent is on record before the request leaves. */
const perform = async (
  action: Action<unknown, World>,
  given: object,
  context: (more: object) => ReturnType<typeof contextOf>,
) => {
  const at = Date.now();
  return startAndObserve(action, given as never, context({ intendedAt: at, attemptedAt: at }));
};

describe('a storage account of a twin', () => {
  it('is lost, failed over, copied again and brought back to where it was, with every blob that survived', async () => {
    const { twin, context, container, close } = await twinWithAccount('back');
    for (let at = 0; at < 20; at++)
      await container.getBlockBlobClient(`b${at}`).upload(`text ${at}`, `text ${at}`.length);
    const written = Date.now();
    const synced = async () =>
      (await inspect(storageFailover, { account: ACCOUNT, to: 'northeurope' }, context())).before;
    await expect
      .poll(async () => Date.parse(String(((await synced()) as { lastSyncTime?: string }).lastSyncTime)), {
        timeout: 20_000,
      })
      .toBeGreaterThan(written);
    await startTwinFault(twin, { fault: 'region-outage', region: 'westeurope' });
    const over = await perform(storageFailover, { account: ACCOUNT, to: 'northeurope' }, context);
    expect(over).toMatchObject({ sku: 'Standard_LRS', primary: 'northeurope', recoveredTo: expect.any(Number) });
    expect((over as { recoveredTo: number }).recoveredTo).toBeGreaterThan(written - 1000);
    await endTwinOutage(twin, 'westeurope');
    expect(await inspect(storageReplication, { account: ACCOUNT }, context())).toMatchObject({
      finding: 'not-started',
    });
    expect(await perform(storageReplication, { account: ACCOUNT }, context)).toMatchObject({ secondary: 'westeurope' });
    const back = { account: ACCOUNT, to: 'westeurope', mode: 'planned' };
    expect(await perform(storageFailover, back, context)).toMatchObject({
      sku: 'Standard_RAGRS',
      primary: 'westeurope',
      secondary: 'northeurope',
    });
    // The copy is made anew, and is waited for before it is compared.
    const copied = async () => (await inspect(storageReplication, { account: ACCOUNT }, context())).finding;
    await expect.poll(copied).toBe('done');
    await sleep(2100);
    const side = { account: ACCOUNT, container: 'papers' };
    const compared = {
      primary: side,
      copy: { ...side, endpoint: 'secondary' },
      settledBefore: 'PT0S',
      minimumBlobs: 20,
    };
    expect(await startAndObserve(blobCompare, compared, context())).toMatchObject({
      observed: expect.stringMatching(/^20 blobs/),
    });
    close();
  });

  it('has its blobs restored in place, by one operation although the reply was lost', async () => {
    const { twin, context, container, close } = await twinWithAccount('restored');
    const blob = container.getBlockBlobClient('a');
    await blob.upload('right', 5);
    await sleep(20);
    const at = Date.now();
    await sleep(20);
    await blob.upload('wrong', 5);
    await startTwinFault(twin, { fault: 'lost-reply', match: 'POST *restoreBlobRanges' });
    const given = { account: ACCOUNT, at, ranges: [{ from: 'papers/' }] };
    const { before } = await inspect(storagePointInTimeRestore, given, context());
    expect(await rejection(perform(storagePointInTimeRestore, given, context))).toMatchObject({ ambiguous: true });
    const later = context({ intendedAt: at, attemptedAt: at, before });
    expect(await inspect(storagePointInTimeRestore, given, later)).toMatchObject({ finding: 'running' });
    const input = storagePointInTimeRestore.input.parse(given);
    expect(await storagePointInTimeRestore.observe(input, undefined, later)).toMatchObject({ restoredTo: at });
    expect((await blob.downloadToBuffer()).toString()).toBe('right');
    expect(await inspect(storagePointInTimeRestore, given, later)).toMatchObject({ finding: 'done' });
    expect(await twinOperations(twin)).toMatchObject([
      { operation: `POST ${STORAGE}/restoreBlobRanges`, status: 'Succeeded' },
    ]);
    close();
  });
});
