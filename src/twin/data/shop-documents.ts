// How the shops of a world reach the storage accounts that get their invoices.
import { blobHost } from '../world/resource-ids.ts';
import type { World, WorldShop } from '../world/world-schema.ts';
import type { RegionLinks } from './region-links.ts';
import type { DocumentSettings } from './shop/documents.ts';
import { type BlobEntrance, openBlobEntrance } from './storage/blob-entrance.ts';
import type { EstateStorage } from './storage/storage.ts';

export interface Entrances {
  /** Undefined: the shop writes no documents. Asked again, it is the same way. */
  readonly documents: (shop: WorldShop) => Promise<DocumentSettings | undefined>;
  readonly close: () => Promise<void>;
}

export interface EntrancesOptions {
  readonly world: World;
  readonly storage: EstateStorage;
  readonly links: RegionLinks;
  readonly frontPort: number;
  readonly authority: string;
  readonly token: string;
}

export function createEntrances({ world, storage, links, frontPort, authority, token }: EntrancesOptions): Entrances {
  const opened = new Map<string, BlobEntrance>();

  async function entranceOf({ name, region }: WorldShop, account: string): Promise<BlobEntrance> {
    const found = opened.get(name);
    if (found !== undefined) return found;
    const placed = world.storageAccounts.find((candidate) => candidate.name === account);
    const regions = [placed?.region, placed?.secondary].filter((place) => place !== undefined);
    const entrance = await openBlobEntrance({ workload: name, region, account, regions, frontPort, storage, links });
    opened.set(name, entrance);
    return entrance;
  }

  return {
    documents: async (shop) => {
      if (shop.documents === undefined) return undefined;
      const { port } = await entranceOf(shop, shop.documents);
      return { host: blobHost(shop.documents), port, authority, token };
    },
    close: async () => {
      await Promise.all([...opened.values()].map((entrance) => entrance.close()));
    },
  };
}
