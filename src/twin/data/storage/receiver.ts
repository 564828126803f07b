// The secondary's end of replication: applies changes in their order to its blob store and says how far it is.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { BlobStore } from './blob-request.ts';
import { type Frame, frameReader } from './frames.ts';

export interface Receiver {
  /** On 127.0.0.1; the link leads here. */
  readonly port: number;
  /** Resolves when everything that has arrived is applied. */
  readonly applied: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `onTrouble` gets what could not be applied: from then on the copy is not what the primary was. */
export async function openReceiver(store: BlobStore, onTrouble: (message: string) => void): Promise<Receiver> {
  let newest = 0;
  let work = Promise.resolve();
  const sockets = new Set<Socket>();
  const apply = async ({ change, body }: Frame, socket: Socket) => {
    const { sequence, at, method, path = '/', headers = {} } = change;
    if (method !== undefined && sequence > newest) {
      const answer = await store.send({ method, path, headers, body });
      // What was refused on the way: an interrupted change that had been applied, or a divergence.
      if (answer.status >= 300) onTrouble(`${method} ${path.split('?')[0]} answered ${answer.status} on the secondary`);
      newest = sequence;
    }
    if (!socket.destroyed) socket.write(`${JSON.stringify({ sequence: newest, at })}\n`);
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let failed = false;
    const enqueue = (frame: Frame) => {
      // A store that does not answer breaks the stream, and nothing behind the gap is applied: the primary sends it all again.
      work = work
        .then(() => (failed ? undefined : apply(frame, socket)))
        .catch(() => {
          failed = true;
          socket.destroy();
        });
    };
    socket.on('data', frameReader(enqueue));
  });
  await new Promise<void>((settle, fail) => server.once('error', fail).listen(0, '127.0.0.1', settle));
  const close = () =>
    new Promise<void>((settle) => {
      server.close(() => settle());
      for (const socket of sockets) socket.destroy();
    });
  return { port: (server.address() as AddressInfo).port, applied: () => work, close };
}
