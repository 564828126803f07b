// A TCP link between a drill and a database that breaks or holds what the server answers, where a test wants it.

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Befalls the first answer that contains `after`, once `skip` such answers went through. */
export interface WireTrouble {
  readonly after: string;
  readonly skip?: number;
  /** Undefined: the connection breaks, and the answer never comes. */
  readonly holdMs?: number;
}

export interface Wire {
  readonly address: { readonly host: string; readonly port: number };
  readonly trouble: (trouble: WireTrouble) => void;
  readonly calm: () => void;
  readonly close: () => Promise<void>;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** `find` is asked for each connection where it leads; undefined: nowhere. */
export async function openWire(find: () => Promise<Place | undefined>): Promise<Wire> {
  const sockets = new Set<Socket>();
  const troubles: { trouble: WireTrouble; skip: number }[] = [];
  const join = async (near: Socket) => {
    near.pause();
    const to = await find();
    if (to === undefined) return void near.destroy();
    const far = connect(to);
    near.resume();
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.on('data', (chunk) => void far.write(chunk));
    far.on('data', (chunk: Buffer) => answer(near, chunk, take(troubles, chunk)));
  };
  const server = createServer((near) => void join(near).catch(() => near.destroy()));
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: '127.0.0.1', port },
    trouble: (trouble) => void troubles.push({ trouble, skip: trouble.skip ?? 0 }),
    calm: () => void troubles.splice(0),
    close: () => closed(server, sockets),
  };
}

/** The trouble of an answer, which is over with it. */
function take(troubles: { trouble: WireTrouble; skip: number }[], chunk: Buffer): WireTrouble | undefined {
  const at = troubles.findIndex(({ trouble }) => chunk.includes(trouble.after));
  const found = troubles[at];
  if (found === undefined) return undefined;
  found.skip -= 1;
  return found.skip < 0 ? troubles.splice(at, 1)[0]?.trouble : undefined;
}

function answer(near: Socket, chunk: Buffer, trouble: WireTrouble | undefined): void {
  if (trouble === undefined) near.write(chunk);
  else if (trouble.holdMs === undefined) near.destroy();
  else setTimeout(() => near.destroyed || near.write(chunk), trouble.holdMs);
}

const closed = (server: Server, sockets: ReadonlySet<Socket>) =>
  new Promise<void>((settle) => {
    for (const socket of sockets) socket.destroy();
    server.close(() => settle());
  });
