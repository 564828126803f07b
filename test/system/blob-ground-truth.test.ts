// What the blob canary counts as lost is what the frozen store of the lost region had acknowledged and the new primary does not have.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterEach, describe, expect, it } from 'vitest';
import { storageFailover } from '../../src/providers/azure/storage-failover.ts';
import { blobCanary } from '../../src/providers/blob/blob-canary.ts';
import { openWorld } from '../../src/providers/world.ts';
import { copyName } from '../../src/twin/data/storage/storage.ts';
import { connectionOf, endTwinOutage, startTwinFault } from '../../src/twin/index.ts';
import { contextOf, inspect, startAndObserve } from '../providers/world-builder.ts';
import { type Bench, makeBench } from '../twin/supervisor/twin-under-test.ts';

const SUBSCRIPTION = '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c01';
const TENANT = '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02';
const ACCOUNT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-orders-weu/providers/Microsoft.Storage/storageAccounts/ordersdocs`;
const EVERY_MS = 20;
let bench: Bench | undefined;

afterEach(async () => {
  await bench?.remove();
  bench = undefined;
});

describe('the blobs that a canary counts as lost', () => {
  it.each([200, 1000, 3000])('are those that the frozen store had acknowledged, at a lag of %i ms', async (lagMs) => {
    bench = makeBench();
    const name = `blobs-${lagMs}`;
    const accounts = [
      {
        name: 'ordersdocs',
        group: 'rg-orders-weu',
        region: 'westeurope',
        secondary: 'northeurope',
        lag: `PT${lagMs / 1000}S`,
      },
    ];
    const bare = {
      storageAccounts: accounts,
      postgresServers: [],
      shops: [],
      trafficManager: [],
    };
    const operations = { 'POST Microsoft.Storage/storageAccounts/failover': 'PT1S' };
    const twin = await bench.up(name, { ...bare, operations });
    const environment = {
      kind: 'twin',
      name,
      tenant: TENANT,
      subscription: SUBSCRIPTION,
      values: {},
      resources: [],
    } as const;
    const context = contextOf(openWorld(environment, connectionOf(twin)), {
      run: name,
      signal: AbortSignal.timeout(60_000),
    });
    const given = blobCanary.input.parse({ account: ACCOUNT });
    const writer = await blobCanary.open(given, context);
    const acknowledged = new Map<number, number>();
    const writes: Promise<void>[] = [];
    const write = (sequence: number) =>
      writer.write(sequence, context.signal).then(
        () => void acknowledged.set(sequence, Date.now()),
        () => undefined,
      );
    let sequence = 0;
    const timer = setInterval(() => writes.push(write(++sequence)), EVERY_MS);
    await sleep(lagMs + 2500);
    const { effectiveAt } = await startTwinFault(twin, { fault: 'region-outage', region: 'westeurope' });
    clearInterval(timer);
    await Promise.all(writes);
    await writer.close();

    expect(await inspect(storageFailover, { account: ACCOUNT, to: 'northeurope' }, context)).toMatchObject({
      finding: 'not-started',
    });
    const output = await startAndObserve(storageFailover, { account: ACCOUNT, to: 'northeurope' }, context);
    expect(output).toMatchObject({ sku: 'Standard_LRS', primary: 'northeurope', secondary: null });
    const present = new Set(await blobCanary.survivors(given, context));
    const lost = [...acknowledged.keys()].filter((written) => !present.has(written)).toSorted((a, b) => a - b);

    await endTwinOutage(twin, 'westeurope');
    const truth = await frozenBlobs(join(bench.stateDir, 'twins', name));
    const gone = truth.filter((written) => !present.has(written));
    expect(lost.length).toBeGreaterThan(0);
    expect(gone.filter((written) => acknowledged.has(written))).toEqual(lost);
    // The control: nothing that was acknowledged is missing in the store that acknowledged it.
    expect([...acknowledged.keys()].filter((written) => !truth.includes(written))).toEqual([]);
    const newest = Math.max(...[...present].map((written) => acknowledged.get(written) ?? 0));
    expect(effectiveAt - newest).toBeGreaterThan(lagMs - 100);
    process.stderr.write(
      `lag ${lagMs}: acknowledged ${acknowledged.size}, lost ${lost.length}, truth ${gone.length}, rpo ${effectiveAt - newest}\n`,
    );

    expect((await blobCanary.remove(given, context)).join()).toContain('blobs in drillmaster-canary');
    expect(await blobCanary.leftOvers(given, context)).toEqual([]);
  });
});

/** Sequence numbers on the first copy of the account in the region that was lost. */
async function frozenBlobs(folder: string): Promise<readonly number[]> {
  const { data } = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8')) as { data: string };
  const store = JSON.parse(readFileSync(join(data, 'blobs-westeurope.json'), 'utf8')) as { port: number; key: string };
  const account = copyName('ordersdocs', 0);
  const service = new BlobServiceClient(
    `http://127.0.0.1:${store.port}/${account}`,
    new StorageSharedKeyCredential(account, store.key),
  );
  const found: number[] = [];
  for await (const { name } of service.getContainerClient('drillmaster-canary').listBlobsFlat())
    found.push(Number(name.split('/').at(-1)));
  return found.toSorted((a, b) => a - b);
}
