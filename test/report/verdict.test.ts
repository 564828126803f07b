import { describe, expect, it } from 'vitest';
import { judge } from '../../src/report/verdict.ts';

describe('a verdict', () => {
  it.each([
    { actualMs: 900, uncertaintyMs: 100, objectiveMs: 1000, verdict: 'met' },
    { actualMs: 901, uncertaintyMs: 100, objectiveMs: 1000, verdict: 'inconclusive' },
    { actualMs: 1000, uncertaintyMs: 0, objectiveMs: 1000, verdict: 'met' },
    { actualMs: 1100, uncertaintyMs: 100, objectiveMs: 1000, verdict: 'inconclusive' },
    { actualMs: 1101, uncertaintyMs: 100, objectiveMs: 1000, verdict: 'missed' },
    { actualMs: 0, uncertaintyMs: 20, objectiveMs: 0, verdict: 'inconclusive' },
  ])('on $actualMs ± $uncertaintyMs against $objectiveMs is $verdict', ({ objectiveMs, verdict, ...measured }) => {
    expect(judge(measured, objectiveMs)).toBe(verdict);
  });

  it('is never met when nothing was measured or nothing was asked for', () => {
    expect(judge(null, 1000)).toBe('not-measured');
    expect(judge({ actualMs: 0, uncertaintyMs: 0 }, null)).toBe('not-measured');
  });
});
