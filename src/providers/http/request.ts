// One HTTP exchange over a connection of its own: a kept-alive one could make a dead region look alive.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Json } from '../../model/json.ts';
import { findHost } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';

export interface HttpQuestion {
  readonly url: string;
  readonly method: string;
}

/** `body` is the parsed value when it is JSON, else the text. Header names are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

const TIMEOUT_MS = 30_000;
const BODY_BYTES_MAX = 1024 * 1024;

/** Asks once; redirects are answers. Throws ProviderError `http-failed` (retryable) when no whole answer came. */
export async function askHttp(world: Asking, question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const message = await send(world, question, bounded);
    return {
      status: message.statusCode ?? 0,
      headers: headersOf(message),
      body: parseBody(message, await readBody(message)),
    };
  } catch (error) {
    throw new ProviderError(
      'http-failed',
      `no answer from ${new URL(question.url).host}: ${reasonOf(error, bounded)}`,
      { retryable: true },
    );
  }
}

type Asking = Pick<World, 'connection' | 'environment' | 'arm' | 'authorities'>;

async function send(world: Asking, { url, method }: HttpQuestion, signal: AbortSignal) {
  const { protocol, hostname, host, port, pathname, search } = new URL(url);
  const secure = protocol === 'https:';
  const address = await findHost(world, { host: hostname, port: Number(port) || (secure ? 443 : 80) }, signal);
  const ca = world.authorities === undefined ? {} : { ca: [...world.authorities] };
  const options = {
    ...address,
    path: `${pathname}${search}`,
    method,
    headers: { host, connection: 'close' },
    agent: false as const,
    signal,
  };
  return new Promise<IncomingMessage>((resolve, reject) => {
    const request = secure ? httpsRequest({ ...options, ...serverName(hostname), ...ca }) : httpRequest(options);
    request.once('response', resolve).once('error', reject).end();
  });
}

/** An address is no server name (RFC 6066, section 3). */
const serverName = (hostname: string) => (isIP(hostname) === 0 ? { servername: hostname } : {});

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new RangeError(`body of more than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const headersOf = ({ headers }: IncomingMessage) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );

function parseBody({ headers }: IncomingMessage, text: string): Json {
  if (!/json/i.test(headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it did not come in time';
  if (!(error instanceof Error)) return 'unknown reason';
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
