// How the outbox of a shop is emptied: at once when it is told, and by itself when nobody tells it.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Invoice } from '../../../src/twin/data/shop/documents.ts';
import { openOutbox } from '../../../src/twin/data/shop/outbox.ts';

const invoice = (order: number): Invoice => ({ order, placedAt: '2026-11-21T10:00:00Z', text: '{}' });

function shopWith(failures: number) {
  const notes = new Set<number>();
  const written: number[] = [];
  let asked = 0;
  const orders = {
    uninvoiced: async (limit: number) => {
      asked += 1;
      return [...notes].slice(0, limit).map(invoice);
    },
    invoiced: async (order: number) => void notes.delete(order),
  };
  const write = async ({ order }: Invoice) => {
    await sleep(20);
    if (failures-- > 0) throw new Error('the account is away');
    written.push(order);
  };
  return { notes, written, asked: () => asked, outbox: openOutbox(orders, { write }) };
}

it('writes at once what it is told of, also while it writes, and all that waits', async () => {
  const { notes, written, asked, outbox } = shopWith(0);
  await sleep(10);
  for (let order = 1; order <= 40; order++) notes.add(order);
  outbox.look();
  await expect.poll(() => written.length, { interval: 5 }).toBeGreaterThan(32);
  notes.add(41);
  outbox.look();
  // Three full looks and one more would take two seconds if it waited between them.
  await expect.poll(() => written.length, { timeout: 400, interval: 5 }).toBe(41);
  expect(asked()).toBeLessThan(8);
});

it('finds what nobody told it of, and writes again what could not be written', async () => {
  const { notes, written } = shopWith(2);
  notes.add(1);
  await expect.poll(() => written).toEqual([1]);
  expect([...notes]).toEqual([]);
});
