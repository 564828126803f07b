import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createDelayLine, type LineSettings } from '../../../src/twin/data/delay-line.ts';

function lineUnderTest(settings: LineSettings) {
  const arrived: { item: string; afterMs: number }[] = [];
  const state = { settings };
  const begun = performance.now();
  const line = createDelayLine<string>({
    settings: () => state.settings,
    deliver: (items) => arrived.push(...items.map((item) => ({ item, afterMs: performance.now() - begun }))),
  });
  const change = (next: LineSettings) => {
    state.settings = next;
    line.replan();
  };
  return { line, change, arrived, items: () => arrived.map(({ item }) => item).join('') };
}

describe('a delay line', () => {
  it('without delay delivers before push returns', () => {
    const { line, items } = lineUnderTest({ latencyMs: 0, bandwidthKbps: null });
    line.push('a', 1);
    line.push('b', 1);
    expect([items(), line.bytes()]).toEqual(['ab', 0]);
  });

  it('lets nothing that is sent after a cut of the latency overtake what is on its way', async () => {
    const { line, change, items, arrived } = lineUnderTest({ latencyMs: 80, bandwidthKbps: null });
    line.push('a', 1);
    change({ latencyMs: 0, bandwidthKbps: null });
    line.push('b', 1);
    expect(items()).toBe('');
    await wait(120);
    expect(items()).toBe('ab');
    expect(arrived[0]?.afterMs).toBeGreaterThanOrEqual(79);
  });

  it('paces by bandwidth: 1000 bytes at 80 kbit/s are 100 ms', async () => {
    const { line, arrived } = lineUnderTest({ latencyMs: 50, bandwidthKbps: 80 });
    line.push('a', 1000);
    line.push('b', 1000);
    await wait(350);
    expect(arrived.map(({ item }) => item)).toEqual(['a', 'b']);
    expect(arrived[0]?.afterMs).toBeGreaterThanOrEqual(149);
    expect(arrived[1]?.afterMs).toBeGreaterThanOrEqual(249);
  });

  it('frees what waits for a narrow line when the line is widened', async () => {
    const { line, change, items } = lineUnderTest({ latencyMs: 0, bandwidthKbps: 1 });
    line.push('a', 100_000);
    line.push('b', 100_000);
    await wait(20);
    expect([items(), line.bytes()]).toEqual(['', 200_000]);
    change({ latencyMs: 0, bandwidthKbps: null });
    await wait(20);
    expect([items(), line.bytes()]).toEqual(['ab', 0]);
  });

  it('holds back until it may go on', async () => {
    const { line, items } = lineUnderTest({ latencyMs: 5, bandwidthKbps: null });
    line.push('a', 1);
    line.hold(true);
    line.push('b', 1);
    await wait(30);
    expect(items()).toBe('');
    line.hold(false);
    expect(items()).toBe('ab');
  });

  it('forgets what is cleared', async () => {
    const { line, items } = lineUnderTest({ latencyMs: 10, bandwidthKbps: null });
    line.push('a', 1);
    line.clear();
    line.push('b', 1);
    await wait(40);
    expect([items(), line.bytes()]).toEqual(['b', 0]);
  });
});
