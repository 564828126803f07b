/** What the shop keeps: run it on the primary before the shop starts. Running it again changes nothing. */
export const SHOP_SCHEMA = `
CREATE TABLE IF NOT EXISTS orders (
  id bigserial PRIMARY KEY,
  region text NOT NULL,
  placed_at timestamptz NOT NULL,
  total numeric NOT NULL
);
CREATE TABLE IF NOT EXISTS order_lines (
  order_id bigint NOT NULL REFERENCES orders,
  line int NOT NULL,
  quantity int NOT NULL,
  price numeric NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE IF NOT EXISTS invoice_outbox (
  order_id bigint PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS heartbeat (
  shop text PRIMARY KEY,
  at timestamptz NOT NULL
);
`;
