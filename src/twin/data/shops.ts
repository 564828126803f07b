// The shops of a world: one process each, started and stopped with their region.
import { request } from 'node:http';
import type { World, WorldShop } from '../world/world-schema.ts';
import { DATABASE, type PostgresHost, USER } from './postgres/host.ts';
import type { DocumentSettings } from './shop/documents.ts';
import { startShop } from './shop/start-shop.ts';

type RunningShop = Awaited<ReturnType<typeof startShop>>;

export interface Shops {
  readonly start: (region: string) => Promise<void>;
  readonly pidsIn: (region: string) => readonly number[];
  /** The region's shops were killed. */
  readonly forget: (region: string) => readonly WorldShop[];
  readonly portOf: (shop: string) => number | undefined;
  /** One look as a user: a fresh connection, and 200 within the time. */
  readonly healthy: (shop: string, path: string, timeoutMs: number) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** How a shop reaches what it needs. */
export interface ShopWays {
  /** A local port that leads to its database. */
  readonly database: (shop: WorldShop) => Promise<number>;
  /** Undefined: it writes no documents. */
  readonly documents: (shop: WorldShop) => Promise<DocumentSettings | undefined>;
}

export function createShops(world: World, host: PostgresHost, ways: ShopWays): Shops {
  const running = new Map<string, RunningShop>();
  const inRegion = (region: string): readonly WorldShop[] => world.shops.filter((shop) => shop.region === region);

  async function startOne(placed: WorldShop): Promise<void> {
    const { name, region } = placed;
    const login = {
      host: '127.0.0.1',
      port: await ways.database(placed),
      user: USER,
      password: host.password,
      database: DATABASE,
    };
    const documents = await ways.documents(placed);
    const settings = { shop: name, region, database: login };
    const shop = await startShop(documents === undefined ? settings : { ...settings, documents });
    host.registry.add({ pid: shop.pid, what: `shop ${name}` });
    running.set(name, shop);
  }

  return {
    start: async (region) => {
      await Promise.all(
        inRegion(region)
          .filter(({ name }) => !running.has(name))
          .map(startOne),
      );
    },
    pidsIn: (region) => inRegion(region).flatMap(({ name }) => running.get(name)?.pid ?? []),
    forget: (region) =>
      inRegion(region).filter(({ name }) => {
        const shop = running.get(name);
        if (shop !== undefined) host.registry.remove(shop.pid);
        return running.delete(name);
      }),
    portOf: (shop) => running.get(shop)?.port,
    healthy: (shop, path, timeoutMs) => {
      const port = running.get(shop)?.port;
      return port === undefined ? Promise.resolve(false) : looksWell(port, path, timeoutMs);
    },
    close: async () => {
      await Promise.allSettled([...running.values()].map((shop) => shop.stop()));
      for (const { pid } of running.values()) host.registry.remove(pid);
      running.clear();
    },
  };
}

function looksWell(port: number, path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path, agent: false, signal: AbortSignal.timeout(timeoutMs) },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
