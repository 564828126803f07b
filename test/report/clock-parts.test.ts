// The recovery clock in its parts, and the bar that shows them.
import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../src/model/clock.ts';
import type { SystemResult } from '../../src/model/result.ts';
import { clockBar, swatch } from '../../src/report/clock-bar.ts';
import { clockParts } from '../../src/report/clock-parts.ts';
import { orders, resultOf } from './measure.ts';
import { buildRun, type RunOptions, START } from './run-builder.ts';
import { findMalformation } from './well-formed.ts';

function system(options: RunOptions = {}, change: Partial<SystemResult['instants']> = {}): SystemResult {
  const { plan, events } = buildRun(options);
  const made = orders(resultOf(plan, events));
  return { ...made, instants: { ...made.instants, ...change } };
}
const instant = (ms: number) => ({ at: formatInstant(START + ms), source: 'test' });

describe('the parts of a recovery clock', () => {
  it('follow each other and come to the recovery time', () => {
    const made = system();
    const parts = clockParts(made);
    expect(parts).toEqual([
      { name: 'detection', formula: 'T1 − T0', ms: 400 },
      { name: 'decision', formula: 'T2 − T1', ms: 10 },
      { name: 'start of recovery', formula: 'T3 − T2', ms: 40 },
      { name: 'technical recovery', formula: 'T4 − T3', ms: 19_700 },
      { name: 'verification', formula: 'T5 − T4', ms: 1850 },
    ]);
    expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(made.rto.actualMs);
  });

  it('begin at the decision when the disruption was simulated', () => {
    expect(clockParts(system({ simulated: true })).map(({ formula }) => formula)).toEqual([
      'T3 − T2',
      'T4 − T3',
      'T5 − T4',
    ]);
  });

  it('give the time of a missing or misplaced instant to the next part', () => {
    const parts = clockParts(system({}, { T1: null, T2: instant(6410), T3: instant(6400) }));
    expect(parts.map(({ formula, ms }) => [formula, ms])).toEqual([
      ['T2 − T0', 410],
      ['T4 − T2', 19_740],
      ['T5 − T4', 1850],
    ]);
  });

  it('are none without a beginning or an end', () => {
    expect(clockParts(system({}, { T0: null }))).toEqual([]);
    expect(clockParts(system({}, { T5: null }))).toEqual([]);
  });
});

describe('the bar of a recovery clock', () => {
  const widths = (markup: string) => [...markup.matchAll(/width="([\d.]+)"/g)].map(([, width]) => Number(width));

  it('is well-formed, names its parts, and keeps them within its width', () => {
    for (const rtoMs of [1000, 22_000, 30_000, 120_000]) {
      const { markup } = clockBar(system({ rtoMs }));
      expect(findMalformation(markup)).toBeUndefined();
      expect(widths(markup).reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(480.5);
      expect(markup).toContain(`objective ${rtoMs === 120_000 ? '2 min' : `${rtoMs / 1000} s`}`);
    }
  });

  it('breaks its line before an objective that is more than three times as long, and there alone', () => {
    expect(clockBar(system({ rtoMs: 67_000 })).markup).toContain('l4 -10');
    expect(clockBar(system({ rtoMs: 60_000 })).markup).not.toContain('l4 -10');
  });

  it('is empty without a recovery time, and then no part has a colour', () => {
    const unmeasured = system({}, { T5: null });
    expect(clockBar(unmeasured).markup).toBe('');
    expect(swatch(unmeasured, 0).markup).toBe('');
    expect(swatch(system(), 0).markup).toContain('c0');
    expect(swatch(system(), 5).markup).toBe('');
  });
});
