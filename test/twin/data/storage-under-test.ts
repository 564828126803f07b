// Real blob stores of two regions behind a front, and a world through which checks reach them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContainer } from '../../../src/providers/blob/blob-service.ts';
import { makeCertificates } from '../../../src/twin/control/certificates.ts';
import { createRegionLinks } from '../../../src/twin/data/region-links.ts';
import { openBlobFront } from '../../../src/twin/data/storage/blob-front.ts';
import { createStorage } from '../../../src/twin/data/storage/storage.ts';
import { openRegistry } from '../../../src/twin/process/registry.ts';
import type { World } from '../../../src/twin/world/world-schema.ts';
import { buildWorld, contextOf, SUBSCRIPTION, TOKEN } from '../../providers/world-builder.ts';

export const accountId = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;

/** The account docs in west with a copy in north, and the account bare in west alone. `close` ends and removes everything. */
export async function storageUnderTest(lagMs = 100, latencyMs = 5) {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-test-'));
  const links = createRegionLinks({ links: [{ between: ['west', 'north'], latency: latencyMs }] } as unknown as World);
  const labels = ['docs', 'docs-secondary', 'bare'].map((name) => `${name}.blob.core.windows.net`);
  const certificates = await makeCertificates('test', Date.now(), labels);
  const world = {
    regions: ['west', 'north'],
    storageAccounts: [
      { name: 'docs', group: 'g', region: 'west', secondary: 'north', lag: lagMs },
      { name: 'bare', group: 'g', region: 'west', lag: lagMs },
    ],
  };
  const troubles: string[] = [];
  const registry = openRegistry(join(folder, 'registry.json'));
  const parts = { world, folder, user: {}, registry, links, onTrouble: (text: string) => troubles.push(text) };
  const storage = await createStorage(parts);
  const front = await openBlobFront({ ...certificates, token: TOKEN, storage });
  const hosts = Object.fromEntries(labels.map((label) => [label, { host: '127.0.0.1', port: front.port }]));
  const reached = buildWorld({ connection: { hosts, authority: certificates.authority, token: TOKEN } });
  return {
    links,
    storage,
    front,
    certificates,
    troubles,
    world: reached,
    context: () => contextOf(reached),
    container: (account: string, name = 'papers') => openContainer(reached, accountId(account), name),
    close: async () => {
      await front.close();
      await storage.close();
      await links.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type StorageUnderTest = Awaited<ReturnType<typeof storageUnderTest>>;
