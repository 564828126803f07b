import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CanaryWrite } from '../../src/report/canary-log.ts';
import { measureLoss } from '../../src/report/canary-loss.ts';

const seed = Number(process.env['DRILLMASTER_SEED'] ?? 20_261_121);
const parameters = { seed, numRuns: 500 };

const writes = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 60 }),
      tookMs: fc.option(fc.integer({ min: 0, max: 300 })),
      present: fc.boolean(),
    }),
    {
      maxLength: 60,
    },
  )
  .map((items) => {
    let sentAt = 0;
    return items.map(({ gap, tookMs, present }, sequence) => {
      sentAt += gap;
      return { sequence, sentAt, acknowledgedAt: tookMs === null ? null : sentAt + tookMs, present };
    });
  });
const disruptions = fc
  .tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }))
  .map(([effectiveAt, before, after]) => ({
    step: 'fault',
    effectiveAt,
    earliest: effectiveAt - before,
    latest: effectiveAt + after,
    simulated: false,
    source: 'test',
  }));

type Case = readonly (CanaryWrite & { readonly present: boolean })[];
const lossOf = (list: Case, disruption: Parameters<typeof measureLoss>[0]['disruption'], without?: number) => {
  const present = new Set(
    list.filter((write) => write.present && write.sequence !== without).map(({ sequence }) => sequence),
  );
  return measureLoss({ writes: list, has: (sequence) => present.has(sequence), disruption, everyMs: 20 });
};

describe(`the loss of a canary (seed ${seed})`, () => {
  it('is never negative, and lost writes are among the acknowledged ones', () => {
    fc.assert(
      fc.property(writes, disruptions, (list, disruption) => {
        const loss = lossOf(list, disruption);
        expect(loss.actualMs).toBeGreaterThanOrEqual(0);
        expect(loss.uncertaintyMs).toBeGreaterThanOrEqual(20);
        expect(loss.lost).toBeLessThanOrEqual(loss.acknowledged);
        expect(loss.holes).toBeLessThanOrEqual(loss.lost);
      }),
      parameters,
    );
  });

  it('never gets smaller when one more write is lost', () => {
    fc.assert(
      fc.property(writes, disruptions, fc.nat(), (list, disruption, pick) => {
        const one = list[pick % Math.max(1, list.length)];
        const [before, after] = [lossOf(list, disruption), lossOf(list, disruption, one?.sequence)];
        expect(after.actualMs).toBeGreaterThanOrEqual(before.actualMs);
        expect(after.lost).toBeGreaterThanOrEqual(before.lost);
      }),
      parameters,
    );
  });

  it('passes over no write that was acknowledged and is absent, whenever that was', () => {
    fc.assert(
      fc.property(writes, disruptions, (list, disruption) => {
        const loss = lossOf(list, disruption);
        const absent = list.filter(({ acknowledgedAt, present }) => acknowledgedAt !== null && !present);
        expect(loss.lost + loss.lostAfterT0).toBe(absent.length);
        // Those that were sent in time may have been answered up to 50 ms later, and as much later as the next write was late.
        const late = absent.filter(({ sentAt }) => sentAt > disruption.latest);
        const [next = disruption.latest] = list
          .map(({ sentAt }) => sentAt)
          .filter((sentAt) => sentAt > disruption.latest);
        const readBy = disruption.latest + 50 + Math.max(0, next - disruption.latest - 20);
        const slow = absent.filter(({ acknowledgedAt }) => (acknowledgedAt ?? 0) > readBy);
        expect(loss.lostAfterT0).toBe(new Set([...late, ...slow]).size);
      }),
      parameters,
    );
  });

  it('equals Ts − p with p searched millisecond by millisecond', () => {
    fc.assert(
      fc.property(writes, disruptions, (list, disruption) => {
        expect(lossOf(list, disruption).actualMs).toBe(disruption.effectiveAt - searchP(list, disruption.effectiveAt));
      }),
      parameters,
    );
  });
});

/** The definition itself: the supremum of all p ≤ Ts for which every write acknowledged at or before p is present. */
function searchP(list: Case, Ts: number): number {
  const holds = (p: number) =>
    list.every(({ acknowledgedAt, present }) => acknowledgedAt === null || acknowledgedAt > p || present);
  let p = Ts;
  while (!holds(p)) p -= 1;
  // Whole milliseconds up to p hold; the bound itself is the next one, unless p is Ts.
  return p === Ts ? Ts : p + 1;
}
