// The transactional outbox: an order and the note that it needs an invoice are one transaction; the invoice follows, again and again until
// it stands in the storage account, and then the note goes. Writing an invoice twice changes nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Documents } from './documents.ts';
import type { Orders } from './orders.ts';

/** For notes that nobody told of: of a shop that is gone, of a database that was restored, of an order whose answer was lost. */
const LOOK_EVERY_MS = 500;
const AFTER_TROUBLE_MS = 500;
const AT_ONCE_MAX = 16;

export interface Outbox {
  /** Says that a note was put there. */
  readonly look: () => void;
}

type Notes = Pick<Orders, 'uninvoiced' | 'invoiced'>;

/** Works until the process ends. */
export function openOutbox(orders: Notes, documents: Documents): Outbox {
  let wake: () => void = () => undefined;
  const work = async (): Promise<never> => {
    for (;;) {
      // From before the look: what comes during it is looked for again.
      const woken = new Promise<void>((settle) => {
        wake = settle;
      });
      const drained = await drainOnce(orders, documents).catch(() => 'trouble' as const);
      if (drained === 'trouble') await sleep(AFTER_TROUBLE_MS);
      if (drained === 'empty') await Promise.race([woken, sleep(LOOK_EVERY_MS)]);
    }
  };
  void work();
  return { look: () => wake() };
}

/** Trouble: something could not be written. A replica has nothing to write. */
async function drainOnce(orders: Notes, documents: Documents): Promise<'empty' | 'more' | 'trouble'> {
  const waiting = await orders.uninvoiced(AT_ONCE_MAX);
  const written = await Promise.allSettled(
    waiting.map(async (invoice) => {
      await documents.write(invoice);
      await orders.invoiced(invoice.order);
    }),
  );
  if (written.some(({ status }) => status === 'rejected')) return 'trouble';
  return waiting.length === AT_ONCE_MAX ? 'more' : 'empty';
}
