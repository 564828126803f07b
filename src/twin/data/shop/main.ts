// The shop's program. Settings come as one line of JSON on standard input, the port goes as one line of JSON to standard
// output, and the shop ends when its standard input does: it never outlives who started it.
import { createInterface } from 'node:readline';
import { openDocuments } from './documents.ts';
import { openOrders } from './orders.ts';
import { openOutbox } from './outbox.ts';
import { shopSettingsSchema } from './settings.ts';
import { openShopServer } from './shop-server.ts';

const EXIT_INVALID = 2;

const input = createInterface({ input: process.stdin });
input.once('close', () => process.exit(process.exitCode ?? 0));
input.once('line', (line) => {
  void serve(line).catch((error: unknown) => {
    process.stderr.write(`the shop did not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(EXIT_INVALID);
  });
});

async function serve(line: string): Promise<void> {
  const settings = shopSettingsSchema.parse(JSON.parse(line));
  const orders = openOrders(settings);
  const { documents } = settings;
  const outbox = documents === undefined ? undefined : openOutbox(orders, openDocuments(documents));
  const place: typeof orders.place = async (lines) => {
    const order = await orders.place(lines);
    outbox?.look();
    return order;
  };
  const { port } = await openShopServer(settings, { ...orders, place });
  process.stdout.write(`${JSON.stringify({ port })}\n`);
}
