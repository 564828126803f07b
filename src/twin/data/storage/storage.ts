// The storage accounts of a world: a blob store per region, a front before them, and a copier behind every account that has a secondary.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Storage } from '../../control/data-plane.ts';
import type { Registry } from '../../process/registry.ts';
import type { World } from '../../world/world-schema.ts';
import { DataPlaneError } from '../data-plane-error.ts';
import type { RunAs } from '../postgres/binaries.ts';
import type { RegionLinks } from '../region-links.ts';
import { type Account, accountOf, type Entry, type Replication, syncedAt } from './account.ts';
import { type Azurite, startAzurite } from './azurite.ts';
import { type BlobStore, openBlobStore } from './blob-request.ts';
import { type Copier, startCopier } from './copier.ts';
import { openReceiver } from './receiver.ts';
import { type BlobRange, restoreRanges } from './restore-ranges.ts';
import { captureAll, seed } from './seed.ts';
import { createVersions } from './versions.ts';

const WRITING_POLL_MS = 2;
const KEY_BYTES = 64;
/** How often an account can be copied anew to one region: every copy has a place of its own, so that the one before is kept. */
const COPIES_MAX = 9;

export interface EstateStorage extends Storage {
  readonly account: (name: string) => Account | undefined;
  readonly isUp: (region: string) => boolean;
  /** Ids of the stores of a region: to be stopped, not killed. */
  readonly pidsIn: (region: string) => readonly number[];
  readonly lose: (region: string) => readonly { readonly name: string; readonly group: string }[];
  readonly regain: (region: string) => void;
  readonly close: () => Promise<void>;
}

export interface StorageParts {
  readonly world: Pick<World, 'regions' | 'storageAccounts'>;
  readonly folder: string;
  readonly user: RunAs;
  readonly registry: Registry;
  readonly links: RegionLinks;
  readonly onTrouble: (message: string) => void;
}

/** The store's own name of the n-th copy of an account in a region. */
export const copyName = (account: string, nth: number): string => `${account}${nth}`;

/** Starts the stores of the regions that have one, and resolves when every account stands and is copied. */
export async function createStorage(parts: StorageParts): Promise<EstateStorage> {
  const { world, links, onTrouble } = parts;
  const key = randomBytes(KEY_BYTES).toString('base64');
  const stores = new Map<string, Azurite>();
  const entries = new Map<string, Entry>();
  const down = new Set<string>();
  const opened: BlobStore[] = [];
  const endings: (() => Promise<void>)[] = [];

  function entry(name: string): Entry {
    const found = entries.get(name);
    if (found === undefined)
      throw new DataPlaneError('unknown-account', `expected a storage account of this world, found ${name}`);
    return found;
  }

  /** A fresh place for an account in a region. */
  function place(account: string, region: string, copies: Entry['copies']): BlobStore {
    const nth = (copies.get(region) ?? -1) + 1;
    const port = stores.get(region)?.port;
    if (port === undefined || nth >= COPIES_MAX)
      throw new DataPlaneError('copy-failed', `expected room for ${account} in ${region}, found none`);
    copies.set(region, nth);
    const store = openBlobStore(port, copyName(account, nth), key);
    opened.push(store);
    return store;
  }

  async function replicate(name: string, region: string): Promise<void> {
    const found = entry(name);
    await stopReplication(found);
    const store = place(name, region, found.copies);
    const trouble = { broken: false };
    const receiver = await openReceiver(store, (message) => {
      trouble.broken = true;
      if (found.replication?.receiver === receiver) found.replication.broken = true;
      onTrouble(`${name}: ${message}`);
    });
    const link = `storage ${name}`;
    const copier = startCopier(await links.open(link, found.primary, region, receiver.port), found.lagMs);
    links.slow(link);
    const made: Replication = { region, store, copier, receiver, broken: trouble.broken, seededAt: undefined };
    found.held = true;
    try {
      // A write that is under way would be copied before the container that it went to.
      while (found.writing > 0) await sleep(WRITING_POLL_MS);
      found.replication = made;
      await seed(found.primaryStore, copier);
      made.seededAt = Date.now();
    } catch (error) {
      if (found.replication === made) await stopReplication(found);
      throw error;
    } finally {
      found.held = false;
    }
  }

  async function stopReplication(found: Entry): Promise<void> {
    const replication = found.replication;
    found.replication = undefined;
    replication?.copier.close();
    await replication?.receiver.close();
    await links.drop(`storage ${found.name}`);
  }

  async function failover(name: string, option: 'planned' | 'unplanned', signal: AbortSignal): Promise<void> {
    const found = entry(name);
    const replication = found.replication;
    if (replication === undefined)
      throw new DataPlaneError('not-a-replica', `expected a secondary of ${name}, found none`);
    const former = found.primary;
    found.held = true;
    try {
      while (option === 'planned' && found.writing > 0) await sleep(WRITING_POLL_MS, undefined, { signal });
      if (option === 'planned') await replication.copier.flush(signal);
      else replication.copier.close();
      // What has arrived on the secondary is part of it, also when its sender is gone.
      await replication.receiver.applied();
      await stopReplication(found);
      found.primary = replication.region;
      found.primaryStore = replication.store;
      // What the former primary knew of the past stays there.
      if (found.versions !== undefined) await keepVersions(found);
      if (option === 'planned') await replicate(name, former);
    } finally {
      found.held = false;
    }
  }

  /** Keeps versions from now on. Call it while no writes are let in. */
  async function keepVersions(found: Entry): Promise<void> {
    const versions = createVersions(Date.now());
    await captureAll(found.primaryStore, versions);
    found.versions = versions;
  }

  /** Works while no writes are let in and none is under way. */
  async function held<T>(found: Entry, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    found.held = true;
    try {
      while (found.writing > 0) await sleep(WRITING_POLL_MS, undefined, { signal });
      return await work();
    } finally {
      found.held = false;
    }
  }

  async function restore(name: string, at: number, ranges: readonly BlobRange[], signal: AbortSignal): Promise<number> {
    const found = entry(name);
    const { versions, primaryStore: store } = found;
    if (versions === undefined) throw new DataPlaneError('copy-failed', `expected versions of ${name}, found none`);
    const record: Copier['add'] = (change, body) => found.replication?.copier.add(change, body);
    return held(found, signal, () => restoreRanges(at, ranges, { versions, store, record, signal }));
  }

  async function close(): Promise<void> {
    await Promise.all([...entries.values()].map(stopReplication));
    for (const store of opened) store.close();
    await Promise.all(endings.map((end) => end()));
  }

  async function start(): Promise<void> {
    const regions = new Set(world.storageAccounts.flatMap(({ region, secondary }) => [region, secondary ?? region]));
    const names = world.storageAccounts.flatMap(({ name }) =>
      Array.from({ length: COPIES_MAX }, (_, nth) => copyName(name, nth)),
    );
    await Promise.all(
      [...regions].map(async (region) => {
        const folder = join(parts.folder, `blobs-${region}`);
        const store = await startAzurite({ ...parts, region, folder, accounts: names, key });
        stores.set(region, store);
        endings.push(store.stop);
        // Whoever looks for the ground truth of a region asks its store.
        writeFileSync(`${folder}.json`, JSON.stringify({ port: store.port, key }), { mode: 0o600 });
      }),
    );
    for (const { name, group, region, lag, secondary, pointInTimeRestore } of world.storageAccounts) {
      const copies = new Map<string, number>();
      const primaryStore = place(name, region, copies);
      entries.set(name, {
        name,
        group,
        lagMs: lag,
        primary: region,
        primaryStore,
        replication: undefined,
        held: false,
        writing: 0,
        versions: pointInTimeRestore === true ? createVersions(Date.now()) : undefined,
        policies: new Map(),
        copies,
      });
      if (secondary !== undefined) await replicate(name, secondary);
    }
  }

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    account: (name) => {
      const found = entries.get(name);
      return found === undefined ? undefined : accountOf(found);
    },
    isUp: (region) => !down.has(region),
    pidsIn: (region) => [stores.get(region)?.pid ?? []].flat(),
    lose: (region) => {
      down.add(region);
      return [...entries.values()].filter(({ primary }) => primary === region);
    },
    regain: (region) => {
      const pid = stores.get(region)?.pid;
      if (pid !== undefined) process.kill(pid, 'SIGCONT');
      down.delete(region);
    },
    lastSync: (name) => syncedAt(entry(name).replication),
    failover,
    replicate,
    unreplicate: (name) => stopReplication(entry(name)),
    restore,
    restorableSince: (name) => entry(name).versions?.since(),
    setVersioning: async (name, isOn, signal) => {
      const found = entry(name);
      if (!isOn) found.versions = undefined;
      else if (found.versions === undefined) await held(found, signal, () => keepVersions(found));
    },
    policies: (name) => entry(name).policies,
    hasContainer: async (name, container) => {
      const path = `/${encodeURIComponent(container)}?restype=container`;
      const asked = { method: 'HEAD', path, headers: { 'x-ms-version': '2025-01-05' }, body: Buffer.alloc(0) };
      return (await entry(name).primaryStore.send(asked)).status < 300;
    },
    close,
  };
}
