// The shop as its customers and Traffic Manager see it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Orders } from './orders.ts';
import type { ShopSettings } from './settings.ts';

const BODY_BYTES_MAX = 16 * 1024;
const LINES_MAX = 100;
const QUANTITY_MAX = 1000;
const CONNECTIONS_MAX = 256;
const REQUEST_TIMEOUT_MS = 5000;

export interface ShopServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Listens on 127.0.0.1. */
export async function openShopServer(settings: ShopSettings, orders: Orders): Promise<ShopServer> {
  const routes = routesOf(settings, orders);
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      void answer(routes, request).then((reply) => send(response, reply));
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly allow?: string;
}

type Handler = (request: IncomingMessage) => Promise<Reply>;
type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

function routesOf({ region, shop }: ShopSettings, orders: Orders): Routes {
  /** Whatever the database cannot do is 503: it is the place that fails, not the request. */
  const served = async (known: Reply['body'], work: () => Promise<Reply>): Promise<Reply> => {
    try {
      return await work();
    } catch (error) {
      return { status: 503, body: { ...known, reason: reasonOf(error) } };
    }
  };
  return {
    '/': {
      GET: () =>
        served({ shop, region, database: false }, async () => {
          const role = await orders.role();
          return { status: 200, body: { shop, region, role, database: true } };
        }),
    },
    '/healthz': {
      GET: () =>
        served({ region, ok: false }, async () => {
          await orders.beat();
          return { status: 200, body: { region, ok: true } };
        }),
    },
    '/orders': {
      POST: async (request) => {
        const text = await readBody(request);
        if (text === undefined)
          return { status: 413, body: { reason: `expected at most ${BODY_BYTES_MAX} bytes, found more` } };
        const order = parseOrder(text);
        if (typeof order === 'string') return { status: 400, body: { reason: order } };
        return served({ region }, async () => ({ status: 201, body: { order: await orders.place(order.lines) } }));
      },
    },
    '/orders/count': {
      GET: () => served({ region }, async () => ({ status: 200, body: { orders: await orders.count() } })),
    },
  };
}

async function answer(routes: Routes, request: IncomingMessage): Promise<Reply> {
  const path = URL.parse(request.url ?? '', 'http://shop')?.pathname ?? '';
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (methods === undefined) return { status: 404, body: { reason: `nothing at ${path}` } };
  const handler = Object.entries(methods).find(([method]) => method === request.method)?.[1];
  const allow = Object.keys(methods).join(', ');
  if (handler === undefined)
    return { status: 405, body: { reason: `expected ${allow}, found ${request.method}` }, allow };
  // A customer that left in the middle of a body gets an answer that nobody reads.
  return await handler(request).catch((error) => ({ status: 400, body: { reason: reasonOf(error) } }));
}

/** UTF-8 text; undefined when it is too long. The rest of it is not read then. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const orderSchema = z.strictObject({
  lines: z
    .array(
      z.strictObject({ quantity: z.int().min(1).max(QUANTITY_MAX), price: z.string().regex(/^\d{1,7}(\.\d{1,2})?$/) }),
    )
    .min(1)
    .max(LINES_MAX),
});

/** An order, or what is wrong with it. */
function parseOrder(text: string): z.infer<typeof orderSchema> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'expected an order as JSON, found something else';
  }
  const parsed = orderSchema.safeParse(value);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error);
}

function send(response: ServerResponse, { status, body, allow }: Reply): void {
  const headers = {
    'content-type': 'application/json',
    ...(allow === undefined ? {} : { allow }),
    // What was not read of a long body must not be taken for the next request.
    ...(status === 413 ? { connection: 'close' } : {}),
  };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

/** A refused connection to several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || String(error);
}
