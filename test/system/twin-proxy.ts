// A real HTTPS server between a drill and its twin: it keeps every exchange with its bodies, and makes trouble on the way where a test wants it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { makeCertificates } from '../../src/twin/control/certificates.ts';
import type { TwinAddress } from '../../src/twin/index.ts';

/** One request and its answer, as the client sees them. */
export interface KeptExchange {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly answer: string;
}

/** What happens to the next `times` requests whose `METHOD /path` matches. */
export interface Trouble {
  readonly match: RegExp;
  readonly times?: number;
  /** lose-reply: the twin does it and the connection breaks. delay: the answer comes so much later. refuse: the twin never hears of it. */
  readonly kind: 'lose-reply' | 'delay' | 'refuse';
  readonly delayMs?: number;
  readonly status?: number;
  readonly body?: unknown;
}

export interface TwinProxy {
  readonly endpoint: string;
  /** PEM of the proxy's own authority. */
  readonly authority: string;
  readonly exchanges: readonly KeptExchange[];
  readonly trouble: (trouble: Trouble) => void;
  /** Ends all trouble. */
  readonly calm: () => void;
  readonly close: () => Promise<void>;
}

type Sign = Pick<TwinAddress, 'endpoint' | 'authority'>;

/** Listens on 127.0.0.1 at a free port. The twin's own address never shows: poll URLs lead back through the proxy. */
export async function startProxy(twin: Sign): Promise<TwinProxy> {
  const { authority, certificate: cert, key } = await makeCertificates('proxy', Date.now());
  const agent = new Agent({ ca: twin.authority, keepAlive: true, maxSockets: 64 });
  const exchanges: KeptExchange[] = [];
  const troubles: { trouble: Trouble; left: number }[] = [];
  const parts = { twin, agent, exchanges, take: (line: string) => take(troubles, line), endpoint: () => endpoint };
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    void pass(parts, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    authority,
    exchanges,
    trouble: (trouble) => void troubles.push({ trouble, left: trouble.times ?? 1 }),
    calm: () => void troubles.splice(0),
    close: () =>
      new Promise((settle) => {
        agent.destroy();
        server.close(() => settle());
        server.closeAllConnections();
      }),
  };
}

interface Parts {
  readonly twin: Sign;
  readonly agent: Agent;
  readonly exchanges: KeptExchange[];
  readonly take: (line: string) => Trouble | undefined;
  readonly endpoint: () => string;
}

function take(troubles: { trouble: Trouble; left: number }[], line: string): Trouble | undefined {
  const found = troubles.find(({ trouble, left }) => left > 0 && trouble.match.test(line));
  if (found !== undefined) found.left -= 1;
  return found?.trouble;
}

async function pass(parts: Parts, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = incoming;
  const text = await textOf(incoming);
  const trouble = parts.take(`${method} ${url.split('?')[0]}`);
  const headers = single(incoming.headers);
  const answered =
    trouble?.kind === 'refuse'
      ? { status: trouble.status ?? 500, headers: JSON_TYPE, text: JSON.stringify(trouble.body ?? {}) }
      : await forward(parts, { method, url, headers, text });
  if (trouble?.kind === 'lose-reply') return void incoming.socket.destroy();
  parts.exchanges.push({
    method,
    url: `${parts.endpoint()}${url}`,
    headers,
    text,
    status: answered.status,
    answerHeaders: answered.headers,
    answer: answered.text,
  });
  if (trouble?.kind === 'delay') await wait(trouble.delayMs ?? 0);
  outgoing.writeHead(answered.status, answered.headers);
  outgoing.end(answered.text === '' ? undefined : answered.text);
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
/** What belongs to one connection and not to the exchange. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

function forward({ twin, agent, endpoint }: Parts, { method, url, headers, text }: Asked) {
  const ownAddress = (value: string) => value.replaceAll(twin.endpoint, endpoint());
  return new Promise<{ status: number; headers: Record<string, string>; text: string }>((settle, fail) => {
    const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name)));
    const length = text === '' ? {} : { 'content-length': String(Buffer.byteLength(text)) };
    const outgoing = request(
      `${twin.endpoint}${url}`,
      { method, agent, headers: { ...sent, ...length } },
      (incoming: IncomingMessage) => {
        textOf(incoming).then((body) => {
          const answered = Object.entries(single(incoming.headers)).filter(([name]) => !OF_THE_CONNECTION.has(name));
          settle({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(answered.map(([name, value]) => [name, ownAddress(value)])),
            text: ownAddress(body),
          });
        }, fail);
      },
    );
    outgoing.on('error', fail);
    outgoing.end(text === '' ? undefined : text);
  });
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const single = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
