// What the shop asks of its database.
import pg from 'pg';
import type { Invoice } from './documents.ts';
import type { ShopSettings } from './settings.ts';

const CONNECTIONS_MAX = 4;
/** Covers the wait for a connection in use as well. */
const CONNECT_TIMEOUT_MS = 1000;
const STATEMENT_TIMEOUT_MS = 2000;
/** A server that stands still cannot end a statement: then the shop gives up by itself. */
const ANSWER_TIMEOUT_MS = 2500;

export interface OrderLine {
  readonly quantity: number;
  /** A decimal with up to two places: `19.99`. */
  readonly price: string;
}

/** Every method throws what PostgreSQL or the network says. */
export interface Orders {
  readonly role: () => Promise<'primary' | 'replica'>;
  /** Writes the shop's heartbeat and reads it back: succeeds only on a database that takes writes. */
  readonly beat: () => Promise<void>;
  /** Places an order with its lines in one transaction; its number. */
  readonly place: (lines: readonly OrderLine[]) => Promise<number>;
  readonly count: () => Promise<number>;
  /** Orders whose invoice was not written yet, oldest first; none on a replica. */
  readonly uninvoiced: (limit: number) => Promise<readonly Invoice[]>;
  readonly invoiced: (order: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Connects only when asked something, and anew after every failure: it needs nothing but a database that is back. */
export function openOrders({ region, shop, database, documents }: ShopSettings): Orders {
  const pool = new pg.Pool({
    ...database,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    application_name: shop,
  });
  // A dead server breaks idle connections and busy ones; an error event without a listener would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    role: async () => {
      const { replica } = await one<{ replica: boolean }>(pool, 'SELECT pg_is_in_recovery() AS replica');
      return replica ? 'replica' : 'primary';
    },
    beat: async () => {
      const { at } = await one<{ at: string }>(pool, WRITE_HEARTBEAT, [shop]);
      const { seen } = await one<{ seen: boolean }>(
        pool,
        'SELECT at >= $2::timestamptz AS seen FROM heartbeat WHERE shop = $1',
        [shop, at],
      );
      if (!seen) throw new Error(`expected the heartbeat of ${at} to be read back, found an older one`);
    },
    place: async (lines) => {
      const values = [
        region,
        lines.map(({ quantity }) => quantity),
        lines.map(({ price }) => price),
        documents !== undefined,
      ];
      return Number((await one<{ id: string }>(pool, PLACE_ORDER, values)).id);
    },
    count: async () => Number((await one<{ orders: string }>(pool, 'SELECT count(*) AS orders FROM orders')).orders),
    uninvoiced: (limit) => all<Invoice>(pool, UNINVOICED, [limit]),
    invoiced: async (order) => {
      await all(pool, 'DELETE FROM invoice_outbox WHERE order_id = $1', [order]);
    },
    close: () => pool.end(),
  };
}

/** As text: a JavaScript date would lose the microseconds. */
const WRITE_HEARTBEAT = `
INSERT INTO heartbeat (shop, at) VALUES ($1, clock_timestamp())
ON CONFLICT (shop) DO UPDATE SET at = excluded.at RETURNING at::text`;

/** One statement is one transaction: no order without its lines, no total that disagrees with them. */
const PLACE_ORDER = `
WITH lines AS (
  SELECT * FROM unnest($2::int[], $3::numeric[]) WITH ORDINALITY AS l (quantity, price, line)
), placed AS (
  INSERT INTO orders (region, placed_at, total)
  SELECT $1, clock_timestamp(), sum(quantity * price) FROM lines RETURNING id
), written AS (
  INSERT INTO order_lines (order_id, line, quantity, price)
  SELECT placed.id, line, quantity, price FROM placed, lines
), noted AS (
  INSERT INTO invoice_outbox (order_id) SELECT id FROM placed WHERE $4::boolean
)
SELECT id FROM placed`;

/** An invoice says what the order said when it was placed, in the same words whoever writes it. */
const UNINVOICED = `
SELECT o.id::float8 AS "order", instant AS "placedAt", json_build_object(
  'order', o.id, 'placedAt', instant, 'region', o.region, 'total', o.total::text,
  'lines', (SELECT json_agg(json_build_object('quantity', l.quantity, 'price', l.price::text) ORDER BY l.line) FROM order_lines l WHERE l.order_id = o.id)
)::text AS text
FROM invoice_outbox
JOIN orders o ON o.id = order_id,
LATERAL (SELECT to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS instant) AS t
WHERE NOT pg_is_in_recovery() ORDER BY o.id LIMIT $1`;

/** The one row of a query. */
async function one<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row> {
  const [row] = await all<Row>(pool, sql, values);
  if (row === undefined) throw new Error('expected a row from the database, found none');
  return row;
}

/**
 * The rows of a query. A connection that failed is closed, never used again: it may be dead, or lead to a server that
 * takes no writes while another one does by now.
 */
async function all<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  sql: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<Row>(sql, [...values]);
    client.release();
    return rows;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
