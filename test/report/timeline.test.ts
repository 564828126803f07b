import { describe, expect, it } from 'vitest';
import { phaseSpans } from '../../src/report/phase-spans.ts';
import { LANE_MARKS_MAX, STEP_LANES_MAX, timelineOf } from '../../src/report/timeline.ts';
import { timelineSvg } from '../../src/report/timeline-svg.ts';
import { resultOf } from './measure.ts';
import { buildRun, place, planOf, type RunOptions, START, timedAt } from './run-builder.ts';

function timeline(options: RunOptions = {}) {
  const { plan, events } = buildRun(options);
  const made = timelineOf(resultOf(plan, events), plan, events);
  if (made === undefined) throw new Error('expected a timeline');
  return made;
}
const laneOf = (name: string, options: RunOptions = {}) => {
  const lane = timeline(options).lanes.find((candidate) => candidate.name === name);
  return lane?.marks.map(({ from, until, tone }) => [from - START, until - START, tone]);
};

describe('phases on record', () => {
  it('follow each other from the opening to the proof', () => {
    const { plan, events } = buildRun();
    expect(phaseSpans(plan, events).map(({ phase, from, until }) => [phase, from - START, until - START])).toEqual([
      ['preflight', 0, 200],
      ['approval', 200, 300],
      ['baseline', 300, 5300],
      ['disruption', 5300, 6050],
      ['declaration', 6050, 6410],
      ['recovery', 6410, 25_900],
      ['verification', 25_900, 31_432],
      ['restoration', 31_432, 59_000],
    ]);
  });

  it('are missing when they left no trace', () => {
    const { plan, events } = buildRun({}, (body) =>
      body.type === 'run.opened' || body.type === 'preflight.finished' ? body : undefined,
    );
    expect(phaseSpans(plan, events).map(({ phase }) => phase)).toEqual(['preflight']);
  });
});

describe('the timeline', () => {
  it('leaves out preflight and approval, which may last for hours', () => {
    const { from, until, zero } = timeline();
    expect([from, until, zero].map((ms) => ms - START)).toEqual([300, 59_000, 6000]);
  });

  it('shows the RTO on top of its objective, red when it was missed', () => {
    expect(laneOf('orders RTO')).toEqual([
      [6000, 28_000, 'good'],
      [6000, 126_000, 'target'],
    ]);
    expect(laneOf('orders RTO', { rtoMs: 1000 })?.[0]).toEqual([6000, 28_000, 'bad']);
  });

  it('shows when a step was done, and when it was taken back', () => {
    expect(laneOf('lose-west-europe')).toEqual([
      [5350, 6050, 'work'],
      [31_450, 34_000, 'undo'],
    ]);
  });

  it('says beside each bar what its time is of: the step, or its undo', () => {
    const svg = timelineSvg(timeline(), 'x').markup;
    expect(svg).toContain('<title>lose-west-europe: done and undone, 700 ms</title>');
    expect(svg).toContain('<title>lose-west-europe: undone in 2.5 s</title>');
    expect(svg).toMatch(/class="note"[^>]*>700 ms<\/text>/);
    expect(svg).toMatch(/class="note"[^>]*>undo 2\.5 s<\/text>/);
  });

  it('puts both times at the end when there is no room between the bars', () => {
    const { plan, events } = buildRun({}, (body) => body);
    const soon = events.map((event) =>
      event.type === 'undo.started'
        ? { ...event, at: START + 6060 }
        : event.type === 'undo.succeeded'
          ? { ...event, at: START + 8000 }
          : event,
    );
    const made = timelineOf(resultOf(plan, soon), plan, soon);
    expect(made && timelineSvg(made, 'x').markup).toMatch(/class="note"[^>]*>700 ms, undo 1\.9 s<\/text>/);
  });

  it('calls no step taken back whose undo never ended', () => {
    const { plan, events } = buildRun({}, (body) => (body.type === 'undo.succeeded' ? undefined : body));
    const made = timelineOf(resultOf(plan, events), plan, events);
    const svg = made && timelineSvg(made, 'x').markup;
    expect(svg).toContain('<title>lose-west-europe: its undo has no end on record</title>');
    expect(svg).not.toContain('undone in');
  });

  it('counts from T0, and from its own beginning when nothing was disrupted', () => {
    expect(timelineSvg(timeline(), 'x').markup).toContain('>T0</text>');
    const { plan, events } = buildRun({}, (body) =>
      'step' in body && body.step === 'lose-west-europe' ? undefined : body,
    );
    const made = timelineOf(resultOf(plan, events), plan, events);
    const ticks = [...(made ? timelineSvg(made, 'x').markup : '').matchAll(/class="tick"[^>]*>([^<]*)</g)];
    expect(ticks[0]?.[1]).toBe('0 s');
    expect(ticks.map(([, words]) => words)).not.toContain('T0');
  });

  it('shows what a probe saw', () => {
    expect(laneOf('probe shop')).toEqual([
      [400, 5930, 'good'],
      [6150, 26_150, 'bad'],
      [26_150, 44_930, 'good'],
      [45_150, 45_650, 'bad'],
      [45_650, 58_930, 'good'],
    ]);
  });

  it('shows which writes were kept, lost, and never acknowledged', () => {
    expect(laneOf('canary orders-rows')).toEqual([
      [400, 5685, 'good'],
      [5700, 5985, 'bad'],
      [6000, 8380, 'doubt'],
    ]);
  });

  it('names steps beyond its limit instead of drawing them', () => {
    const plan = planOf();
    const many = Array.from(
      { length: STEP_LANES_MAX + 5 },
      (_, index) => ({ ...plan.steps[1], id: `step-${index}` }) as (typeof plan.steps)[number],
    );
    const { timed } = buildRun();
    const done = many.flatMap(({ id }) => [
      timedAt(7000, { type: 'step.started', step: id, attempt: 1, requestId: id }),
      timedAt(8000, { type: 'step.succeeded', step: id, attempt: 1, output: null }),
    ]);
    const large = { ...plan, steps: [...plan.steps, ...many] };
    const events = place([...timed, ...done]);
    const lanes = timelineOf(resultOf(large, events), large, events)?.lanes ?? [];
    expect(lanes.map(({ name }) => name)).toContain(`and ${many.length + plan.steps.length - STEP_LANES_MAX} more`);
  });

  it('draws a lane that changes all the time up to its limit, and the rest as doubt', () => {
    const { plan, timed } = buildRun();
    const readings = Array.from({ length: LANE_MARKS_MAX * 2 }, (_, index): [number, number, boolean] => {
      const sent = START + 46_000 + index;
      return [sent, sent, index % 2 === 0];
    });
    const events = place([...timed, timedAt(50_000, { type: 'probe.readings', probe: 'shop', readings })]);
    const lane = timelineOf(resultOf(plan, events), plan, events)?.lanes.find(({ name }) => name === 'probe shop');
    expect(lane?.marks).toHaveLength(LANE_MARKS_MAX + 1);
    expect(lane?.marks.at(-1)).toMatchObject({ tone: 'doubt' });
  });

  it('is none when nothing happened that lasts', () => {
    const { plan, events } = buildRun({}, (body) => (body.type === 'run.opened' ? body : undefined));
    expect(timelineOf(resultOf(plan, events), plan, events)).toBeUndefined();
  });

  it('puts names of instants that lie close together one above the other', () => {
    const svg = timelineSvg(timeline(), 'x').markup;
    const flags = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)">(T\d)</g)].map(([, x, y, name]) => ({
      name,
      x: Number(x),
      y: Number(y),
    }));
    expect(flags.map(({ name }) => name)).toEqual(['T0', 'T1', 'T2', 'T3', 'T4', 'T5', 'T7']);
    for (const a of flags)
      for (const b of flags)
        if (a.name !== b.name && a.y === b.y) expect(Math.abs(a.x - b.x)).toBeGreaterThanOrEqual(30);
  });
});
