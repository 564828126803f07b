// Doors that say nothing: a port where nobody listens, one where somebody does, and certificates that do not fit.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import type { Door } from './postgres-door.ts';

/** A port that was free a moment ago and is left alone. */
export async function closedDoor(): Promise<Door> {
  const { port, close } = await listen(createServer());
  await close();
  return { port, close: async () => undefined };
}

export const openDoor = (): Promise<Door> => listen(createServer());

export const openTlsDoor = (shown: { readonly certificate: string; readonly key: string }): Promise<Door> =>
  listen(createTls({ cert: shown.certificate, key: shown.key }));

async function listen(server: ReturnType<typeof createServer>): Promise<Door> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  // Whoever does not trust the certificate hangs up.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((settle, fail) => server.once('error', fail).listen(0, '127.0.0.1', settle));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      if (!server.listening) return;
      const closed = new Promise<void>((settle) => server.close(() => settle()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
