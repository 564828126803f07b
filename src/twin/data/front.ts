// What stands behind every host name of Traffic Manager: one HTTP proxy that looks up the Host header. It opens a new
// connection for every request and never tries twice, so that a failure of a shop is a failure that its customers see.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const CONNECT_MS_MAX = 1000;
/** For the whole answer, from the first byte of the request to the last byte of the body. */
const ANSWER_MS_MAX = 5000;
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const CONNECTIONS_MAX = 512;
/** About the connection, not about the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

export interface Front {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Sends requests for a host name to a port of 127.0.0.1 from now on; undefined: nobody serves it. */
  readonly steer: (fqdn: string, targetPort: number | undefined) => void;
  readonly close: () => Promise<void>;
}

/** Listens on 127.0.0.1 at a free port. Host names compare without regard to case or port. */
export async function openFront(): Promise<Front> {
  const targets = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const host = hostOf(incoming);
    const port = targets.get(host);
    if (port === undefined) return refuse(outgoing, 503, `nobody serves ${host || 'a request without a host name'}`);
    void forward(incoming, outgoing, port);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    steer: (fqdn, targetPort) => {
      if (targetPort === undefined) targets.delete(fqdn.toLowerCase());
      else targets.set(fqdn.toLowerCase(), targetPort);
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const hostOf = ({ headers }: IncomingMessage): string => (headers.host ?? '').replace(/:\d*$/, '').toLowerCase();

async function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number): Promise<void> {
  const over = new AbortController();
  outgoing.once('close', () => over.abort());
  const timer = setTimeout(() => over.abort(new Error(`no complete answer within ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX);
  try {
    const answer = await ask(incoming, port, over);
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHops(answer.headers));
    await pipeline(answer, atMost(BODY_BYTES_MAX), outgoing, { signal: over.signal });
  } catch (error) {
    giveUp(outgoing, port, over.signal.aborted ? over.signal.reason : error);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends the request on while it arrives; resolves with the head of the answer. */
function ask(incoming: IncomingMessage, port: number, over: AbortController): Promise<IncomingMessage> {
  const { method, url, headers } = incoming;
  const upstream = request({
    host: '127.0.0.1',
    port,
    method,
    path: url,
    headers: { ...withoutHops(headers), connection: 'close' },
    agent: false,
    signal: over.signal,
  });
  const timer = setTimeout(() => over.abort(new Error(`no connection within ${CONNECT_MS_MAX} ms`)), CONNECT_MS_MAX);
  upstream.once('socket', (socket) => socket.once('connect', () => clearTimeout(timer)));
  const body = atMost(BODY_BYTES_MAX);
  return new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve);
    // After the head of the answer it is the answer's stream that fails, and this changes nothing any more.
    upstream.on('error', reject);
    body.on('error', (error) => {
      reject(error);
      upstream.destroy();
    });
    // Not a pipeline: that would end the customer's connection, and the answer that says why could not be sent.
    incoming.pipe(body).pipe(upstream);
  }).finally(() => clearTimeout(timer));
}

class TooLarge extends Error {}

function atMost(bytesMax: number): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      if (bytes > bytesMax) done(new TooLarge(`expected a body of at most ${bytesMax} bytes, found more`));
      else done(null, chunk);
    },
  });
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !named.includes(name)),
  );
}

/** An answer that has begun cannot be taken back: it breaks off. */
function giveUp(outgoing: ServerResponse, port: number, error: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) {
    outgoing.destroy();
    return;
  }
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof TooLarge) refuse(outgoing, 413, reason);
  else refuse(outgoing, 502, `the target at port ${port} does not answer: ${reason}`);
}

function refuse(outgoing: ServerResponse, status: number, reason: string): void {
  // What was not read of the request must not be taken for the next one.
  outgoing
    .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ reason }));
}
