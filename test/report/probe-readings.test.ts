import { describe, expect, it } from 'vitest';
import {
  endsWell,
  findRecovery,
  type ProbeReading,
  READING_LATENESS_MIN_MS,
  stretchesOf,
} from '../../src/report/probe-readings.ts';

const reading = (sentAt: number, healthy = true, tookMs = 10): ProbeReading => ({
  sentAt,
  judgedAt: sentAt + tookMs,
  healthy,
  detail: undefined,
});
const healthyFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => reading(from + index * 100));

describe('stretches of readings', () => {
  it('join neighbours of one judgement', () => {
    expect(stretchesOf([reading(0), reading(100), reading(200, false), reading(300)], 100)).toEqual([
      { healthy: true, from: 0, until: 110 },
      { healthy: false, from: 200, until: 210 },
      { healthy: true, from: 300, until: 310 },
    ]);
  });

  it('end at a hole that is longer than a late timer explains', () => {
    const latest = 100 + READING_LATENESS_MIN_MS;
    expect(stretchesOf([reading(0), reading(latest)], 100)).toHaveLength(1);
    expect(stretchesOf([reading(0), reading(latest + 1)], 100)).toHaveLength(2);
  });

  it('count a slow answer as looking, not as a hole', () => {
    expect(stretchesOf([reading(0, false, 2000), reading(2001, false)], 100)).toHaveLength(1);
  });

  it('are none without readings', () => {
    expect(stretchesOf([], 100)).toEqual([]);
  });
});

describe('recovery', () => {
  const window = { everyMs: 100, stableForMs: 500, notBefore: 0, since: 0, verifiedAt: 10_000 };

  it('begins with the first healthy reading that stayed healthy to the end of the window', () => {
    const readings = [reading(0), reading(100, false), ...healthyFrom(200, 7)];
    expect(findRecovery(readings, window)).toEqual({ availableAt: 200, stableFrom: 200 });
  });

  it('passes over a healthy spell that is too short', () => {
    const readings = [...healthyFrom(0, 4), reading(400, false), ...healthyFrom(500, 7)];
    expect(findRecovery(readings, window)?.availableAt).toBe(500);
  });

  it('starts no earlier than the recovery itself', () => {
    expect(findRecovery(healthyFrom(0, 20), { ...window, notBefore: 450 })?.availableAt).toBe(500);
  });

  it('keeps the claimed start of the window when the stretch began before it', () => {
    expect(findRecovery(healthyFrom(0, 20), { ...window, since: 700 })).toEqual({ availableAt: 0, stableFrom: 700 });
  });

  it('is not the one after which the service failed again before verification ended', () => {
    const readings = [...healthyFrom(0, 10), reading(1000, false), ...healthyFrom(1100, 10)];
    expect(findRecovery(readings, { ...window, verifiedAt: 900 })?.availableAt).toBe(0);
    expect(findRecovery(readings, { ...window, verifiedAt: 1500 })?.availableAt).toBe(1100);
    expect(findRecovery(readings, { ...window, verifiedAt: 1050 })).toBeUndefined();
  });

  it('is none when no stretch lasts as long as the window', () => {
    expect(findRecovery(healthyFrom(0, 5), window)).toBeUndefined();
    expect(findRecovery(healthyFrom(0, 6), window)).toBeDefined();
  });
});

describe('a service', () => {
  const asked = { everyMs: 100, from: 300, ms: 500 };

  it('ends well when it was healthy for the window after the moment, and never failed after that', () => {
    expect(endsWell(healthyFrom(0, 9), asked)).toBe(true);
    expect(endsWell(healthyFrom(0, 8), asked)).toBe(false);
    expect(endsWell([], asked)).toBe(false);
  });

  it('does not end well when the last word is a failure, and may have failed before', () => {
    expect(endsWell([...healthyFrom(0, 20), reading(2000, false)], asked)).toBe(false);
    expect(endsWell([...healthyFrom(0, 5), reading(500, false), ...healthyFrom(600, 7)], asked)).toBe(true);
  });

  it('ends well when nobody looked for a while after the window, as between two processes', () => {
    expect(endsWell([...healthyFrom(0, 10), ...healthyFrom(9000, 2)], asked)).toBe(true);
  });
});
