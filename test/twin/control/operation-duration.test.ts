import { describe, expect, it } from 'vitest';
import { operationDurationMs, recordedMinimumMs } from '../../../src/twin/control/operation-duration.ts';
import { RECORDED_DURATIONS } from '../../../src/twin/control/recorded-durations.ts';

const PATCH = 'PATCH Microsoft.DBforPostgreSQL/flexibleServers';

describe('how long an operation takes', () => {
  it('is what the world says, the closer name first', () => {
    const operations = {
      [PATCH]: 5000,
      [`${PATCH} [forced]`]: 16_000,
      'PUT Microsoft.DBforPostgreSQL/flexibleServers': 'recorded' as const,
    };
    const world = { seed: 1, operations };
    expect(operationDurationMs(world, PATCH, 'forced', 1)).toBe(16_000);
    expect(operationDurationMs(world, PATCH, 'planned', 1)).toBe(5000);
    expect(operationDurationMs(world, PATCH.toLowerCase(), undefined, 1)).toBe(5000);
    expect(
      operationDurationMs(world, 'PUT Microsoft.DBforPostgreSQL/flexibleServers', undefined, 1),
    ).toBeGreaterThanOrEqual(184_000);
  });

  it.each(RECORDED_DURATIONS)(
    'of $operation lies in the recorded range, the same for the same seed',
    ({ operation, minimumSeconds, medianSeconds, maximumSeconds }) => {
      const seed = 4711;
      const drawn = Array.from(
        { length: 200 },
        (_, nth) => operationDurationMs({ seed, operations: {} }, operation, undefined, nth) / 1000,
      );
      expect(Math.min(...drawn), `seed ${seed}`).toBeGreaterThanOrEqual(minimumSeconds);
      expect(Math.max(...drawn), `seed ${seed}`).toBeLessThanOrEqual(maximumSeconds);
      const below = drawn.filter((seconds) => seconds <= medianSeconds).length;
      // Of a time that was seen once there are no halves.
      const isSpread = minimumSeconds < medianSeconds && medianSeconds < maximumSeconds;
      expect(below, `seed ${seed}`).toBeGreaterThan(isSpread ? 70 : 0);
      expect(below, `seed ${seed}`).toBeLessThan(isSpread ? 130 : 201);
      expect(operationDurationMs({ seed, operations: {} }, operation, undefined, 7) / 1000).toBe(drawn[7]);
      expect(recordedMinimumMs(operation)).toBe(minimumSeconds * 1000);
    },
  );

  it('that was never recorded has no recorded minimum', () => {
    expect(recordedMinimumMs('POST Microsoft.DBforPostgreSQL/flexibleServers/restart')).toBeUndefined();
    expect(
      operationDurationMs(
        { seed: 1, operations: {} },
        'POST Microsoft.DBforPostgreSQL/flexibleServers/restart',
        undefined,
        1,
      ),
    ).toBe(10_000);
  });
});
