import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { onSchedule } from '../../src/runtime/observers/schedule.ts';
import { stableWindow } from '../../src/runtime/observers/stability.ts';
import { createStreak } from '../../src/runtime/observers/streak.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { drillOf, ofType, planOf, step } from './drill-builder.ts';
import { createWorld, PRIMARY } from './test-world.ts';

describe('a schedule', () => {
  /** Runs a schedule for a while; gives the points that it counted and those that a clock counts. */
  async function runSchedule(everyMs: number, busy: () => Promise<void>) {
    let points = 0;
    const start = performance.now();
    const stop = onSchedule(everyMs, (due) => {
      points += due;
    });
    await busy();
    stop();
    const expected = (performance.now() - start) / everyMs;
    const counted = points;
    await sleep(20);
    expect(points).toBe(counted);
    return { counted, expected };
  }

  it('does not drift, and catches up after the process was held', async () => {
    const { counted, expected } = await runSchedule(10, async () => {
      await sleep(35);
      const heldUntil = performance.now() + 60;
      while (performance.now() < heldUntil);
      await sleep(60);
    });
    expect(Math.abs(counted - expected)).toBeLessThan(3);
  });

  it('counts points that are closer together than a timer can tell', async () => {
    const { counted, expected } = await runSchedule(0.25, () => sleep(100));
    expect(counted).toBeGreaterThan(expected * 0.8);
    expect(counted).toBeLessThan(expected * 1.1);
  });
});

describe('a streak', () => {
  const probe = { everyMs: 100, timeoutMs: 1000 };
  const reading = (sentAt: number, healthy = true, tookMs = 10) => ({ sentAt, judgedAt: sentAt + tookMs, healthy });
  const streakAfter = (readings: readonly ReturnType<typeof reading>[]) => {
    const keeper = createStreak(probe);
    for (const one of readings) keeper.take(one);
    return keeper.current();
  };

  it('grows from the first request to the last answer', () => {
    expect(streakAfter([reading(0), reading(100), reading(200)])).toEqual({ since: 0, until: 210 });
  });

  it('ends with a reading that is not healthy, and begins again after it', () => {
    expect(streakAfter([reading(0), reading(100, false)])).toBeUndefined();
    expect(streakAfter([reading(0), reading(100, false), reading(200)])).toEqual({ since: 200, until: 210 });
  });

  it('begins again after a gap: nobody looked', () => {
    expect(streakAfter([reading(0), reading(100), reading(1000)])).toEqual({ since: 1000, until: 1010 });
    expect(streakAfter([reading(0), reading(600)])).toEqual({ since: 0, until: 610 });
  });

  it('has no gap behind a slow answer', () => {
    expect(streakAfter([reading(0, true, 900), reading(1000)])).toEqual({ since: 0, until: 1010 });
  });

  it('is a stable window from a moment on once it is long enough, and not by waiting', () => {
    const keeper = createStreak(probe);
    const look = (from: number, ms: number) => stableWindow({ streak: keeper.current }, from, ms);
    expect(look(0, 0)).toBeUndefined();
    keeper.take(reading(0));
    keeper.take(reading(100));
    expect(look(0, 110)).toEqual({ since: 0, until: 110 });
    expect(look(50, 60)).toEqual({ since: 50, until: 110 });
    expect(look(50, 61)).toBeUndefined();
  });
});

/** A drill that takes its time in recovery, so that observers have something to see. */
const slowly = (more: Parameters<typeof planOf>[0] = {}) =>
  planOf({
    steps: [step('wait', 'recovery', { uses: 'test/check', kind: 'check', writes: [], undo: 'nothing-to-undo' })],
    ...more,
  });

describe('a probe', () => {
  it('that hangs is not well, says so, and does not pile up', async () => {
    const world = createWorld();
    world.probeDelayMs = 10_000;
    const drill = drillOf({
      world,
      plan: slowly({
        canaries: [],
        probes: [
          { id: 'shop', system: 'orders', uses: 'test/probe', with: {}, everyMs: 5, timeoutMs: 100, stableForMs: 1 },
        ],
      }),
    });
    await runDrill(drill.options);
    const readings = ofType(drill.events(), 'probe.readings').flatMap((event) => event.readings);
    expect(readings.length).toBeGreaterThan(8);
    for (const [sentAt, judgedAt, healthy, detail] of readings) {
      expect(healthy).toBe(false);
      expect(detail).toBe('reading probe shop: expected an answer within 100 ms, found none');
      expect(judgedAt - sentAt).toBeGreaterThanOrEqual(99);
    }
    const lasted = (readings.at(-1)?.[1] ?? 0) - (readings[0]?.[0] ?? 0);
    expect(readings.length).toBeLessThanOrEqual(8 * (lasted / 100 + 1));
  });

  it('sees the service come back while an earlier look still hangs', async () => {
    const world = createWorld();
    world.probeDelayMs = 10_000;
    const drill = drillOf({
      world,
      plan: slowly({
        canaries: [],
        probes: [
          { id: 'shop', system: 'orders', uses: 'test/probe', with: {}, everyMs: 20, timeoutMs: 150, stableForMs: 1 },
        ],
      }),
    });
    let backAt = 0;
    setTimeout(() => {
      world.probeDelayMs = 0;
      backAt = Date.now();
    }, 70);
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    const readings = ofType(drill.events(), 'probe.readings').flatMap((event) => event.readings);
    const firstHealthy = Math.min(...readings.filter(([, , healthy]) => healthy).map(([sentAt]) => sentAt));
    expect(firstHealthy - backAt).toBeLessThan(140);
  });

  it('journals its readings while it goes on, in the order of their answers', async () => {
    const drill = drillOf({ plan: slowly({ canaries: [], baselineMs: 150 }) });
    await runDrill(drill.options);
    const groups = ofType(drill.events(), 'probe.readings');
    expect(groups.length).toBeGreaterThan(3);
    for (const { at, readings } of groups)
      for (const [, judgedAt] of readings) expect(at - judgedAt).toBeLessThan(1000);
  });
});

describe('a canary', () => {
  it('writes a thousand rows a second, and knows of each what became of it', async () => {
    const drill = drillOf({
      plan: slowly({
        probes: [],
        baselineMs: 1000,
        canaries: [{ id: 'rows', system: 'orders', uses: 'test/canary', with: {}, everyMs: 1 }],
      }),
    });
    await runDrill(drill.options);
    const writes = ofType(drill.events(), 'canary.writes').flatMap((event) => event.writes);
    const sent = writes.map(([, sentAt]) => sentAt);
    const lastedMs = Math.max(...sent) - Math.min(...sent);
    expect(writes.length).toBeGreaterThan(lastedMs * 0.8);
    expect(writes.length).toBeLessThan(lastedMs * 1.1);
    expect(writes.every(([, sentAt, at]) => at !== null && at >= sentAt)).toBe(true);
    expect(new Set(writes.map(([sequence]) => sequence)).size).toBe(writes.length);
    expect(ofType(drill.events(), 'canary.survivors')[0]?.present).toEqual([[1, writes.length]]);
  });

  it('stops at a limit when nothing is acknowledged, and leaves all of it in doubt', async () => {
    const world = createWorld();
    const drill = drillOf({
      world,
      plan: slowly({
        probes: [],
        canaries: [{ id: 'rows', system: 'orders', uses: 'test/canary', with: {}, everyMs: 0.5 }],
      }),
      catalogue: {
        ...drillOf().options.catalogue,
        canaries: new Map([
          [
            'test/canary',
            {
              ...drillOf().options.catalogue.canaries.get('test/canary'),
              open: async () => ({ write: () => new Promise(() => {}), close: async () => {} }),
            } as never,
          ],
        ]),
      },
    });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    const writes = ofType(drill.events(), 'canary.writes').flatMap((event) => event.writes);
    expect(writes).toHaveLength(256);
    expect(writes.every(([, , at]) => at === null)).toBe(true);
  }, 10_000);

  it('tries again until it can be opened', async () => {
    const world = createWorld();
    world.canaryFails = true;
    const drill = drillOf({ world, plan: slowly() });
    setTimeout(() => {
      world.canaryFails = false;
    }, 50);
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(world.calls.filter((call) => call === 'canary opened').length).toBeGreaterThan(1);
  });

  it('that cannot be read back is named as such, after several tries', async () => {
    const drill = drillOf({ plan: slowly() });
    let tries = 0;
    const canary = {
      ...drill.options.catalogue.canaries.get('test/canary'),
      survivors: async () => {
        tries += 1;
        throw new Error('refused');
      },
    };
    const catalogue = { ...drill.options.catalogue, canaries: new Map([['test/canary', canary as never]]) };
    await runDrill({ ...drill.options, catalogue });
    expect(ofType(drill.events(), 'canary.unreadable')[0]).toMatchObject({
      canary: 'rows',
      error: { message: 'refused' },
    });
    expect(tries).toBe(3);
  });

  it('is not read back into the record once its phase is over: by then it was removed', async () => {
    const world = createWorld();
    const controller = new AbortController();
    const drill = drillOf({ world, signal: controller.signal, plan: slowly() });
    const canary = {
      ...drill.options.catalogue.canaries.get('test/canary'),
      survivors: async () => {
        controller.abort();
        await sleep(50);
        return [1];
      },
    };
    const catalogue = { ...drill.options.catalogue, canaries: new Map([['test/canary', canary as never]]) };
    await runDrill({ ...drill.options, catalogue });
    expect(ofType(drill.events(), 'canary.survivors')).toEqual([]);
    expect(world.calls).toContain('canary removed');
    expect(drill.options.plan.scope).toContain(PRIMARY);
  });
});
