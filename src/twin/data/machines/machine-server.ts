// A machine as its users see it: documents go in and come out, and it says what it holds.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { Archive } from './archive.ts';
import type { ProductionLook } from './production-look.ts';
import type { MachineSettings } from './settings.ts';

const BODY_BYTES_MAX = 64 * 1024;
const CONNECTIONS_MAX = 64;
const REQUEST_TIMEOUT_MS = 5000;
const DOCUMENT = /^\/documents\/(\d{1,9})$/;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Listens on 127.0.0.1; gives the port. */
export async function openMachineServer(
  settings: MachineSettings,
  archive: Archive,
  production: ProductionLook,
): Promise<number> {
  const answer = answering(settings, archive, production);
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS };
  const server = createServer(limits, (request, response) => {
    void answer(request)
      .catch((error: unknown): Reply => ({ status: 503, body: { reason: String(error) } }))
      .then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      );
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

const answering =
  ({ machine, region }: MachineSettings, archive: Archive, production: ProductionLook) =>
  async (request: IncomingMessage): Promise<Reply> => {
    const url = URL.parse(request.url ?? '', 'http://machine');
    const path = url?.pathname ?? '';
    const asked = `${request.method} ${path}`;
    if (asked === 'GET /healthz') {
      // Who judges the way to production asks for it; whether the machine is up is answered at once.
      if (url?.searchParams.has('looked') === true) await production.looked;
      return { status: 200, body: { machine, region, production: production.seen() } };
    }
    if (asked === 'GET /documents') return { status: 200, body: { machine, ...(await archive.summary()) } };
    const number = Number(DOCUMENT.exec(path)?.[1] ?? Number.NaN);
    if (Number.isNaN(number)) return { status: 404, body: { reason: `nothing at ${path}` } };
    if (request.method === 'PUT') return put(archive, number, request);
    if (request.method !== 'GET')
      return { status: 405, body: { reason: `expected GET or PUT, found ${request.method}` } };
    const text = await archive.read(number);
    return text === undefined
      ? { status: 404, body: { reason: `no document ${number}` } }
      : { status: 200, body: { number, text } };
  };

async function put(archive: Archive, number: number, request: IncomingMessage): Promise<Reply> {
  const bytes = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(bytes <= BODY_BYTES_MAX))
    return {
      status: 413,
      body: { reason: `expected at most ${BODY_BYTES_MAX} bytes, announced in content-length, found otherwise` },
    };
  const outcome = await archive.file(number, await readText(request));
  const status = { filed: 201, known: 200, taken: 409 }[outcome];
  return { status, body: { number, outcome } };
}
