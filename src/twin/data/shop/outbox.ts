// The transactional outbox: an order and the note that it needs an invoice are one transaction; the invoice follows, again and again until
// it stands in the storage account, and then the note goes. Writing an invoice twice changes nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Documents } from './documents.ts';
import type { Orders } from './orders.ts';

const LOOK_EVERY_MS = 50;
const AFTER_TROUBLE_MS = 500;
const AT_ONCE_MAX = 16;

/** Works until the process ends. */
export async function drainOutbox(
  orders: Pick<Orders, 'uninvoiced' | 'invoiced'>,
  documents: Documents,
): Promise<never> {
  for (;;) {
    const isWell = await drainOnce(orders, documents).catch(() => false);
    await sleep(isWell ? LOOK_EVERY_MS : AFTER_TROUBLE_MS);
  }
}

/** False when something could not be written. A replica, and a database that is away, have nothing to write. */
async function drainOnce(orders: Pick<Orders, 'uninvoiced' | 'invoiced'>, documents: Documents): Promise<boolean> {
  const waiting = await orders.uninvoiced(AT_ONCE_MAX);
  const written = await Promise.allSettled(
    waiting.map(async (invoice) => {
      await documents.write(invoice);
      await orders.invoiced(invoice.order);
    }),
  );
  return written.every(({ status }) => status === 'fulfilled');
}
