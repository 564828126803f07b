// A door before a web service: it asks the service itself and changes what comes back.
import {
  createServer as createHttp,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { createServer as createHttps, Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Door } from './postgres-door.ts';

const BODY_BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 20_000;
const CONNECTIONS_MAX = 64;
const IDLE_MS_MAX = 120_000;

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface WebQuestion {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

export interface WebDoorOptions {
  readonly service: { readonly host: string; readonly port: number };
  /** Of a service that speaks TLS: what the door shows. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
  readonly change: (question: WebQuestion, answer: WebAnswer) => WebAnswer;
}

export async function openWebDoor(options: WebDoorOptions): Promise<Door> {
  const { tls, change } = options;
  const reuse = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
  const agent = tls === undefined ? new HttpAgent(reuse) : new HttpsAgent(reuse);
  const handle = async (incoming: IncomingMessage): Promise<WebAnswer> => {
    const { method = 'GET', url = '/' } = incoming;
    const body = await bytesOf(incoming);
    return change({ method, url }, await askSurely(method, (by) => ask(options, by ?? agent, incoming, body)));
  };
  const server = (tls === undefined ? createHttp() : createHttps({ cert: tls.certificate, key: tls.key })).on(
    'request',
    (incoming, outgoing) => {
      handle(incoming).then(
        ({ status, headers, body }) => {
          const { connection: _, 'keep-alive': _1, 'transfer-encoding': _2, ...shown } = headers;
          const length = incoming.method === 'HEAD' ? {} : { 'content-length': body.length };
          outgoing.writeHead(status, { ...shown, ...length }).end(body);
        },
        // A service that does not answer is not answered for.
        () => outgoing.destroy(),
      );
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  // A check may pause between two looks for longer than the five seconds that Node keeps a connection.
  server.keepAliveTimeout = IDLE_MS_MAX;
  await new Promise<void>((settle, fail) => server.once('error', fail).listen(0, '127.0.0.1', settle));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

/** A connection that was kept may be closed by now: what only reads is asked a second time, over a fresh one. */
const askSurely = (method: string, work: (by?: false) => Promise<WebAnswer>): Promise<WebAnswer> =>
  method === 'GET' || method === 'HEAD' ? work().catch(() => work(false)) : work(false);

function ask(
  { service, tls }: WebDoorOptions,
  agent: HttpAgent | false,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
) {
  const { connection: _, 'transfer-encoding': _1, ...kept } = headers;
  const options = {
    ...service,
    method,
    path: url,
    headers: { ...kept, 'content-length': body.length },
    agent,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // From the twin to itself on the loopback: there is nobody to mistake it for.
    ...(tls === undefined ? {} : { rejectUnauthorized: false, servername: (headers.host ?? '').split(':')[0] ?? '' }),
  };
  return new Promise<WebAnswer>((settle, fail) => {
    const outgoing = (tls === undefined ? httpRequest : httpsRequest)(options, (incoming) => {
      bytesOf(incoming).then(
        (answered) => settle({ status: incoming.statusCode ?? 500, headers: incoming.headers, body: answered }),
        fail,
      );
    });
    outgoing.on('error', fail).end(body);
  });
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new RangeError(`expected at most ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
