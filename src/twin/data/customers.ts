// The people who buy while the drill runs: without them nothing could be lost.
import { request } from 'node:http';
import type { OrderLine } from './shop/orders.ts';

/** An order that was not answered by then was refused, as far as its customer can tell. */
const ORDER_TIMEOUT_MS = 8000;
/** Customers come at their pace whether earlier ones were served or not, but not without end. */
const WAITING_MAX = 256;

export interface Customers {
  /** Orders answered with 201. */
  readonly placed: () => number;
  /** Orders answered with something else, or not at all. */
  readonly refused: () => number;
  /** Nobody comes any more; those who wait leave uncounted. */
  readonly stop: () => Promise<void>;
}

export interface CustomersOptions {
  /** Of the front, on 127.0.0.1. */
  readonly port: number;
  /** The host name they ask for. */
  readonly host: string;
  readonly everyMs: number;
}

export function startCustomers({ port, host, everyMs }: CustomersOptions): Customers {
  const stopped = new AbortController();
  const waiting = new Set<Promise<void>>();
  let placed = 0;
  let refused = 0;
  let arrived = 0;
  const arrive = () => {
    if (waiting.size >= WAITING_MAX) {
      refused += 1;
      return;
    }
    arrived += 1;
    const order = placeOrder({ port, host }, linesOf(arrived), stopped.signal).then((isPlaced) => {
      waiting.delete(order);
      if (stopped.signal.aborted) return;
      if (isPlaced) placed += 1;
      else refused += 1;
    });
    waiting.add(order);
  };
  const timer = setInterval(arrive, everyMs);
  return {
    placed: () => placed,
    refused: () => refused,
    stop: async () => {
      clearInterval(timer);
      stopped.abort();
      await Promise.all(waiting);
    },
  };
}

/** Different orders, the same ones in every run. */
const linesOf = (customer: number): readonly OrderLine[] =>
  Array.from({ length: 1 + (customer % 3) }, (_, line) => ({
    quantity: 1 + ((customer + line) % 4),
    price: `${5 + ((customer * 7 + line * 3) % 90)}.99`,
  }));

/** Never rejects. */
function placeOrder(
  at: { port: number; host: string },
  lines: readonly OrderLine[],
  stopped: AbortSignal,
): Promise<boolean> {
  const body = JSON.stringify({ lines });
  return new Promise((resolve) => {
    const order = request({
      host: '127.0.0.1',
      port: at.port,
      path: '/orders',
      method: 'POST',
      headers: { host: at.host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      agent: false,
      signal: AbortSignal.any([stopped, AbortSignal.timeout(ORDER_TIMEOUT_MS)]),
    });
    order.on('error', () => resolve(false));
    order.on('response', (answer) => {
      answer.on('error', () => undefined);
      answer.once('close', () => resolve(answer.complete && answer.statusCode === 201));
      answer.resume();
    });
    order.end(body);
  });
}
