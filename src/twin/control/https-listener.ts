// The wire: TLS, limits on what a client may send, and one log line for each request.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Refusal, type Reply, refusalReply } from './arm-reply.ts';
import type { Certificates } from './certificates.ts';
import type { RequestLog } from './request-log.ts';

/** A request with its body read. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** UTF-8 text; empty when there is none. */
  readonly text: string;
}

/** What to send. `lost`: the work was done and the connection breaks instead of an answer. */
export interface WireAnswer {
  readonly reply: Reply;
  readonly lost: boolean;
}

export interface Listener {
  /** `https://127.0.0.1:40123`. */
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

interface Wiring {
  readonly certificates: Certificates;
  readonly log: RequestLog;
  readonly answer: (request: WireRequest) => Promise<WireAnswer>;
  /** Gets what only a bug can throw. */
  readonly onBug: (error: unknown) => void;
}

const BODY_BYTES_MAX = 1024 * 1024;
const CONNECTIONS_MAX = 256;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 60_000;

/** Listens on 127.0.0.1 at a free port. */
export async function listen(wiring: Wiring): Promise<Listener> {
  const { certificate, key } = wiring.certificates;
  const server = createServer(
    { cert: certificate, key },
    (incoming, outgoing) => void exchange(wiring, incoming, outgoing),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((settle, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', settle);
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((settle) => {
      server.close(() => settle());
      server.closeAllConnections();
    });
  return { endpoint: `https://127.0.0.1:${port}`, close };
}

async function exchange(wiring: Wiring, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const at = Date.now();
  const mark = performance.now();
  const { method = 'GET' } = incoming;
  const headers = singleHeaders(incoming);
  const url = URL.parse(incoming.url ?? '/', 'https://127.0.0.1');
  const { reply, lost } = await answerOf(wiring, incoming, { method, url, headers });
  const clientRequestId = headers['x-ms-client-request-id'] ?? null;
  const tookMs = Math.round(performance.now() - mark);
  wiring.log.add({
    at,
    method,
    path: url?.pathname ?? '',
    status: lost ? null : reply.status,
    clientRequestId,
    tookMs,
  });
  if (lost) return void incoming.socket.destroy();
  send(outgoing, reply, headers);
}

type Head = Omit<WireRequest, 'text' | 'url'> & { readonly url: URL | null };

async function answerOf(
  { answer, onBug }: Wiring,
  incoming: IncomingMessage,
  { method, url, headers }: Head,
): Promise<WireAnswer> {
  try {
    if (url === null) throw new Refusal(400, 'InvalidRequestUri', 'expected a request target, found something else');
    return await answer({ method, url, headers, text: await readBody(incoming) });
  } catch (thrown) {
    if (thrown instanceof Refusal) return { reply: refusalReply(thrown), lost: false };
    onBug(thrown);
    const bug = new Refusal(
      500,
      'InternalServerError',
      `the twin failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
    return { reply: refusalReply(bug), lost: false };
  }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX)
      throw new Refusal(413, 'RequestContentTooLarge', `expected at most ${BODY_BYTES_MAX} bytes, found more`, {
        connection: 'close',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(outgoing: ServerResponse, { status, body, headers = {} }: Reply, asked: WireRequest['headers']): void {
  const text = body === undefined ? undefined : JSON.stringify(body);
  outgoing.writeHead(status, {
    ...serviceHeaders(asked),
    ...(text === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...headers,
  });
  outgoing.end(text);
}

/** What every answer of ARM carries. */
function serviceHeaders(asked: WireRequest['headers']): Record<string, string> {
  const requestId = randomUUID();
  const clientRequestId = asked['x-ms-client-request-id'];
  const echoed = asked['x-ms-return-client-request-id']?.toLowerCase() === 'true' && clientRequestId !== undefined;
  return {
    'cache-control': 'no-cache',
    'x-ms-request-id': requestId,
    'x-ms-correlation-request-id': asked['x-ms-correlation-request-id'] ?? requestId,
    'x-content-type-options': 'nosniff',
    ...(echoed ? { 'x-ms-client-request-id': clientRequestId } : {}),
  };
}

function singleHeaders({ headers }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}
