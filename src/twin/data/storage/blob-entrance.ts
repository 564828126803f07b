// Where a workload of one region reaches an account: directly when its primary lies there, else across the link to wherever it lies now.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { RegionLinks } from '../region-links.ts';
import type { EstateStorage } from './storage.ts';

export interface BlobEntrance {
  /** On 127.0.0.1; speaks what the front speaks. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

export interface BlobEntranceOptions {
  /** Of the workload; names its links. */
  readonly workload: string;
  readonly region: string;
  readonly account: string;
  /** Every region that the account can have its primary in. */
  readonly regions: readonly string[];
  readonly frontPort: number;
  readonly storage: Pick<EstateStorage, 'account'>;
  readonly links: RegionLinks;
}

/** The way is chosen for each connection, so that it follows a failover. */
export async function openBlobEntrance(options: BlobEntranceOptions): Promise<BlobEntrance> {
  const { workload, region, account, regions, frontPort, storage, links } = options;
  const ways = new Map([[region, frontPort]]);
  const opened = regions
    .filter((other) => other !== region)
    .map((other) => ({ other, name: `blobs of ${workload} in ${other}` }));
  for (const { other, name } of opened) {
    ways.set(other, await links.open(name, other, region, frontPort));
    links.slow(name);
  }
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const port = ways.get(storage.account(account)?.primary ?? '');
    keep(near);
    if (port === undefined) return void near.destroy();
    const far = connect({ host: '127.0.0.1', port });
    keep(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  }

  await new Promise<void>((settle, fail) => server.once('error', fail).listen(0, '127.0.0.1', settle));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((settle) => server.close(() => settle()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await Promise.all(opened.map(({ name }) => links.drop(name)));
    },
  };
}
