// A release of the shop that spoils orders: real rows of a real database, from a known instant until it is stopped. What it changed it
// remembers, and puts right when it is stopped: a twin that a person keeps is then as it was.
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { DataPlaneError } from './data-plane-error.ts';
import type { PostgresServer } from './postgres/server.ts';

export interface Damage {
  /** Epoch ms: nothing was damaged before it. */
  readonly effectiveAt: number;
  /** Epoch ms: when the newest damage was done. */
  readonly lastDamageAt: number;
  /** Orders. */
  readonly damaged: number;
}

export interface FaultyRelease {
  readonly damage: () => Damage;
  /** Resolves when nothing is damaged any more and everything is as it was. Throws when the database cannot be reached; it can be asked again. */
  readonly stop: () => Promise<Damage & { readonly stoppedAt: number }>;
}

const EVERY_MS = 100;
/** The release touches the orders of the last moments, and every new one. */
const REACHES_BACK_MS = 3000;
const ORDERS_AT_ONCE_MAX = 20;
const FIRST_DAMAGE_MS_MAX = 10_000;
const QUERY_MS_MAX = 5000;

interface Spoilt {
  readonly id: string;
  readonly total: string;
  readonly quantity: number | null;
  readonly price: string | null;
}

/** Resolves when the first orders are damaged. Throws DataPlaneError `timed-out` when there are none to damage; then nothing is. */
export async function startFaultyRelease(server: PostgresServer, now: () => number): Promise<FaultyRelease> {
  const since = now() - REACHES_BACK_MS;
  /** Orders as they were, put on record before anything is done to them: putting right what was not spoilt changes nothing. */
  const ledger = new Map<string, Spoilt>();
  const done = new Set<string>();
  const stopping = new AbortController();
  let found: Damage | undefined;
  const spoilSome = async () => {
    const orders = await pick(server, since, [...done]);
    if (orders.length === 0) return;
    const before = now();
    for (const order of orders) if (!ledger.has(order.id)) ledger.set(order.id, order);
    await spoil(server, orders);
    for (const { id } of orders) done.add(id);
    found = { effectiveAt: found?.effectiveAt ?? before, lastDamageAt: now(), damaged: done.size };
  };
  const work = (async () => {
    while (!stopping.signal.aborted) {
      // A database that is closed, or gone for a while, is tried again: so does a release that nobody has stopped.
      await spoilSome().catch(() => undefined);
      await wait(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  const damage = () => found ?? { effectiveAt: now(), lastDamageAt: now(), damaged: 0 };
  const stop = async () => {
    stopping.abort();
    await work;
    const stoppedAt = now();
    await putRight(server, [...ledger.values()]);
    return { ...damage(), stoppedAt };
  };
  for (const giveUpAt = now() + FIRST_DAMAGE_MS_MAX; found === undefined && now() < giveUpAt; )
    await wait(EVERY_MS / 5);
  if (found !== undefined) return { damage, stop };
  await stop().catch(() => undefined);
  throw new DataPlaneError(
    'timed-out',
    `expected orders in ${server.name} to damage, found none that could be within ${FIRST_DAMAGE_MS_MAX} ms`,
  );
}

const PICK = `
SELECT o.id::text, o.total::text, l.quantity, l.price::text FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id AND l.line = 1
WHERE o.placed_at >= to_timestamp($1::float8 / 1000) AND o.id <> ALL ($2::bigint[]) ORDER BY o.id LIMIT ${ORDERS_AT_ONCE_MAX}`;

/** A total that no lines add up to, and a line that is gone, in one transaction. */
const SPOIL = `
WITH gone AS (DELETE FROM order_lines WHERE order_id = ANY ($1::bigint[]) AND line = 1)
UPDATE orders SET total = total + 1000 WHERE id = ANY ($1::bigint[])`;

const PUT_RIGHT = `
WITH known AS (SELECT * FROM unnest($1::bigint[], $2::numeric[], $3::int[], $4::numeric[]) AS k (id, total, quantity, price)),
totals AS (UPDATE orders o SET total = k.total FROM known k WHERE o.id = k.id)
INSERT INTO order_lines SELECT id, 1, quantity, price FROM known WHERE quantity IS NOT NULL ON CONFLICT DO NOTHING`;

const pick = (server: PostgresServer, since: number, known: readonly string[]) =>
  ask<Spoilt>(server, PICK, [since, known]);

const spoil = (server: PostgresServer, orders: readonly Spoilt[]) => ask(server, SPOIL, [orders.map(({ id }) => id)]);

async function putRight(server: PostgresServer, orders: readonly Spoilt[]): Promise<void> {
  const column = <Key extends keyof Spoilt>(key: Key) => orders.map((order) => order[key]);
  const values = [column('id'), column('total'), column('quantity'), column('price')];
  // Also while the database takes no writes of the shop.
  if (orders.length > 0) await ask(server, PUT_RIGHT, values, '-c default_transaction_read_only=off');
}

/** A connection of its own for each question, as a server that ends sessions leaves none to go on with. */
async function ask<Row extends object>(
  server: PostgresServer,
  sql: string,
  values: readonly unknown[],
  options?: string,
): Promise<readonly Row[]> {
  const client = new pg.Client({
    ...server.login(),
    application_name: 'faulty release',
    query_timeout: QUERY_MS_MAX,
    ...(options === undefined ? {} : { options }),
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row & pg.QueryResultRow>(sql, [...values])).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
