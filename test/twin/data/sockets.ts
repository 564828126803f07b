// Real sockets and HTTP for the tests of what stands between them.
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Far {
  readonly port: number;
  /** Everything that arrived, over all connections. */
  readonly received: () => Buffer;
  readonly sockets: Socket[];
  readonly close: () => Promise<void>;
}

/** A listener that keeps what it gets; `onData` sees each chunk as it comes. */
export async function startFar(
  onData: (chunk: Buffer, socket: Socket) => void = () => undefined,
  port = 0,
): Promise<Far> {
  const chunks: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      onData(chunk, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks),
    sockets,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export interface Near {
  readonly socket: Socket;
  readonly received: () => Buffer;
  /** How the connection ended: an error's code, `end`, or `closed`. */
  readonly over: Promise<string>;
}

export async function connectTo(port: number): Promise<Near> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const over = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.once('end', () => resolve('end'));
    socket.once('close', () => resolve('closed'));
  });
  await new Promise<void>((resolve) => socket.once('connect', resolve).once('error', () => resolve()));
  return { socket, received: () => Buffer.concat(chunks), over };
}

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** One request on a connection of its own. Rejects when the answer breaks off. */
export function ask(
  port: number,
  { path = '/', method = 'GET', host = 'localhost', headers = {}, body }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const json = answer.headers['content-type'] === 'application/json';
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, body: json ? JSON.parse(text) : {} });
      });
    });
    asked.end(body);
  });
}

/** Waits for a condition, and fails when it does not come true. */
export async function until(holds: () => boolean | Promise<boolean>, msMax = 10_000): Promise<void> {
  const deadline = performance.now() + msMax;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${msMax} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
