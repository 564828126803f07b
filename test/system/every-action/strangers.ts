// Services that treat a check badly: one that never answers, one that hangs up, and a name server that knows no name.
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Strangers {
  /** Accepts connections and says nothing; takes datagrams and answers none. */
  readonly silent: Address;
  readonly silentNames: Address;
  /** Accepts connections and breaks them. */
  readonly rude: Address;
  /** Nobody listens there. */
  readonly closed: Address;
  /** Says of every name that there is none. */
  readonly names: Address;
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';
const NXDOMAIN = 3;
const IS_ANSWER = 0x80;

export async function openStrangers(): Promise<Strangers> {
  const open = new Set<Socket>();
  const kept = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
  };
  const silent = await listen(createServer(kept));
  const rude = await listen(createServer((socket) => void socket.destroy()));
  const once = await listen(createServer());
  const closed = addressOf(once);
  await new Promise<void>((settle) => once.close(() => settle()));
  const silentNames = await bind(() => undefined);
  const names = await bind((question) => {
    const answer = Buffer.from(question);
    answer[2] = (answer[2] ?? 0) | IS_ANSWER;
    answer[3] = NXDOMAIN;
    return answer;
  });
  return {
    silent: addressOf(silent),
    silentNames: addressOf(silentNames),
    rude: addressOf(rude),
    closed,
    names: addressOf(names),
    close: async () => {
      for (const socket of open) socket.destroy();
      for (const server of [silent, rude]) await new Promise<void>((settle) => server.close(() => settle()));
      for (const socket of [silentNames, names]) await new Promise<void>((settle) => socket.close(() => settle()));
    },
  };
}

const addressOf = (server: { address: () => unknown }): Address => ({
  host: HOST,
  port: (server.address() as AddressInfo).port,
});

async function listen(server: Server): Promise<Server> {
  await new Promise<void>((settle) => server.listen(0, HOST, settle));
  return server;
}

async function bind(answer: (question: Buffer) => Buffer | undefined): Promise<Datagrams> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const said = answer(question);
    if (said !== undefined) socket.send(said, port, address);
  });
  await new Promise<void>((settle) => socket.bind(0, HOST, settle));
  return socket;
}
