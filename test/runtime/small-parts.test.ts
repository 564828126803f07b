import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchClock } from '../../src/runtime/clock-watch.ts';
import { toRanges } from '../../src/runtime/perform/ranges.ts';
import { createTimers } from '../../src/runtime/perform/timers.ts';
import { requestId } from '../../src/runtime/request-id.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { bounded, pause, repeated } from '../../src/runtime/wait.ts';
import { SEED } from '../definition/seed.ts';

const never = () => new AbortController().signal;

describe('a request id', () => {
  it('is a UUID that follows from run, step, attempt and purpose alone', () => {
    const id = requestId('run-1', 'promote', 1, 'start');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(requestId('run-1', 'promote', 1, 'start')).toBe(id);
    const others = [
      requestId('run-2', 'promote', 1, 'start'),
      requestId('run-1', 'steer', 1, 'start'),
      requestId('run-1', 'promote', 2, 'start'),
      requestId('run-1', 'promote', 1, 'undo'),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });

  it('does not confuse names that run into each other', () => {
    expect(requestId('a', 'b,c', 1, 'start')).not.toBe(requestId('a,b', 'c', 1, 'start'));
  });
});

describe('the system clock', () => {
  it('is the wall clock in whole milliseconds that never go back', () => {
    const readings = Array.from({ length: 1000 }, systemClock.now);
    expect(readings.every((now, index) => Number.isInteger(now) && now >= (readings[index - 1] ?? 0))).toBe(true);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
  });
});

describe('the clock watch', () => {
  it('tells of a step of more than a second, once, in either direction', async () => {
    const steps: number[] = [];
    let wall = 1_000_000;
    const stop = watchClock({ clock: { now: () => 50 }, wall: () => wall, onStep: (ms) => steps.push(ms), everyMs: 5 });
    await sleep(20);
    wall += 900;
    await sleep(20);
    expect(steps).toEqual([]);
    wall += 7200;
    await sleep(20);
    wall -= 5000;
    await sleep(20);
    stop();
    wall += 5000;
    await sleep(20);
    expect(steps).toEqual([8100, -5000]);
  });
});

describe('a timer', () => {
  it('fires once, at its deadline and not before it', async () => {
    const fired: [string, number][] = [];
    const timers = createTimers(systemClock, (timer) => fired.push([timer, systemClock.now()]));
    const deadline = systemClock.now() + 30;
    timers.set('a', deadline);
    timers.set('past', deadline - 1000);
    await sleep(60);
    expect(fired.map(([timer]) => timer)).toEqual(['past', 'a']);
    expect(fired[1]?.[1]).toBeGreaterThanOrEqual(deadline);
  });

  it('does not fire once it was cancelled, moved or cleared', async () => {
    const fired: string[] = [];
    const timers = createTimers(systemClock, (timer) => fired.push(timer));
    const soon = systemClock.now() + 15;
    for (const timer of ['cancelled', 'moved', 'cleared']) timers.set(timer, soon);
    timers.cancel('cancelled');
    timers.set('moved', soon + 20);
    await sleep(25);
    expect(fired).toEqual(['cleared']);
    timers.set('cleared again', soon + 30);
    timers.clear();
    await sleep(40);
    expect(fired).toEqual(['cleared']);
  });

  it('waits for a deadline that is further than one wait of Node can reach', async () => {
    const fired: string[] = [];
    const timers = createTimers(systemClock, (timer) => fired.push(timer));
    timers.set('in a year', systemClock.now() + 365 * 86_400_000);
    await sleep(20);
    timers.clear();
    expect(fired).toEqual([]);
  });
});

describe('bounded work', () => {
  it('gives what the work gives, and throws what it throws, at once or later', async () => {
    const bounds = { ms: 1000, signal: never(), what: 'work' };
    await expect(bounded(bounds, async () => 7)).resolves.toBe(7);
    await expect(bounded(bounds, () => Promise.reject(new Error('later')))).rejects.toThrow('later');
    const thrower = () => {
      throw new Error('at once');
    };
    await expect(bounded(bounds, thrower)).rejects.toThrow('at once');
  });

  it('ends in time when the work does not listen, and tells the work', async () => {
    let told: unknown;
    const deaf = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => {
        told = signal.reason;
      });
      return new Promise(() => {});
    };
    await expect(bounded({ ms: 15, signal: never(), what: 'reading X' }, deaf)).rejects.toMatchObject({
      code: 'timed-out',
      retryable: true,
      message: 'reading X: expected an answer within 15 ms, found none',
    });
    expect(told).toMatchObject({ code: 'timed-out' });
  });

  it('ends when it is cancelled, also when it was before', async () => {
    const controller = new AbortController();
    const work = bounded({ ms: 1000, signal: controller.signal, what: 'work' }, () => new Promise(() => {}));
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    await expect(
      bounded({ ms: 1000, signal: AbortSignal.abort(), what: 'work' }, () => new Promise(() => {})),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('is repeated as often as it may be, and no more', async () => {
    let tries = 0;
    const limits = { ms: 100, signal: never(), what: 'work', attempts: 3, backoffMs: 1 };
    const failing = async () => {
      tries += 1;
      throw new Error(`try ${tries}`);
    };
    await expect(repeated(limits, failing)).rejects.toThrow('try 3');
    tries = 0;
    await expect(repeated({ ...limits, signal: AbortSignal.abort() }, failing)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(tries).toBeLessThanOrEqual(1);
  });

  it('waits or is told that it shall not', async () => {
    await expect(pause(1, never())).resolves.toBe(true);
    await expect(pause(60_000, AbortSignal.timeout(5))).resolves.toBe(false);
    await expect(pause(60_000, AbortSignal.abort())).resolves.toBe(false);
  });
});

describe('ranges', () => {
  it.each([
    [[], []],
    [[5], [[5, 5]]],
    [
      [1, 2, 3, 7, 9, 10],
      [
        [1, 3],
        [7, 7],
        [9, 10],
      ],
    ],
    [[3, 1, 2, 2], [[1, 3]]],
  ])('of %j are %j', (numbers, ranges) => {
    expect(toRanges(numbers)).toEqual(ranges);
  });

  it(`hold exactly the numbers that they were made of (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), (numbers) => {
        const unrolled = toRanges(numbers).flatMap(([first, last]) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
        expect(unrolled).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      }),
      { seed: SEED },
    );
  });

  it('are not made of what is no whole number', () => {
    expect(() => toRanges([1, Number.NaN])).toThrow('expected whole sequence numbers, found NaN');
  });
});
