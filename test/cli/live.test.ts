import { describe, expect, it } from 'vitest';
import { noProgress, type Progress, progressAfter } from '../../src/cli/live/progress.ts';
import { renderProgress } from '../../src/cli/live/render.ts';
import { openLiveView } from '../../src/cli/live/view.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { DrillEvent, EventBody } from '../../src/model/events.ts';
import type { Phase } from '../../src/model/phase.ts';
import type { Plan } from '../../src/plan/plan.ts';

const step = (id: string, phase: string, needs: readonly string[] = []) => ({ id, phase, needs, timeoutMs: 600_000 });
const plan = {
  title: 'Orders loses West Europe',
  systems: ['orders'],
  objectives: [{ system: 'orders', rtoMs: 120_000 }],
  probes: [{ id: 'shop', system: 'orders' }],
  canaries: [{ id: 'orders-rows', system: 'orders' }],
  steps: [step('lose', 'disruption'), step('promote', 'recovery'), step('steer', 'recovery', ['promote'])],
} as unknown as Plan;

const START = Date.parse('2026-01-01T00:00:00Z');

function progressOf(...happened: readonly (readonly [at: number, phase: Phase, body: EventBody])[]): Progress {
  return happened.reduce(
    (progress, [at, phase, body], index) => {
      const event: DrillEvent = { ...body, seq: index + 1, at: START + at };
      return progressAfter(progress, event, phase, plan);
    },
    noProgress('run-1', START),
  );
}

const lost: readonly (readonly [number, Phase, EventBody])[] = [
  [
    900,
    'baseline',
    {
      type: 'canary.writes',
      canary: 'orders-rows',
      writes: [1, 2, 3].map((seq) => [seq, START + seq, START + seq + 1]),
    },
  ],
  [1000, 'disruption', { type: 'step.started', step: 'lose', attempt: 1, requestId: 'id' }],
  [1010, 'declaration', { type: 'step.succeeded', step: 'lose', attempt: 1, output: { effectiveAt: START + 1005 } }],
  [
    1300,
    'declaration',
    { type: 'probe.readings', probe: 'shop', readings: [[START + 1200, START + 1250, false, 'found 503']] },
  ],
  [1400, 'recovery', { type: 'declaration.made', as: 'drillmaster', automatic: true, reason: 'shop fails' }],
  [1500, 'recovery', { type: 'step.started', step: 'promote', attempt: 1, requestId: 'id' }],
];

describe('the live view', () => {
  it('counts from the first event of the run, also when this process came later', () => {
    const opened = { type: 'run.opened' } as EventBody;
    expect(renderProgress(plan, progressOf([-5000, 'preflight', opened]), START)).toContain('run run-1, 5 s');
    const lines: string[] = [];
    const view = openLiveView(
      plan,
      'run-1',
      { err: (line: string) => lines.push(line) } as unknown as Terminal,
      () => START,
    );
    for (const [seq, at] of [-5000, 100].entries())
      view.event({ ...opened, seq, at: START + at }, seq === 0 ? 'preflight' : 'baseline');
    expect(lines.map((line) => line.trim())).toEqual(['0 ms  preflight', '5.1 s  baseline']);
  });

  it('shows phases, steps, the RTO clock against its objective, and writes while recovery goes on', () => {
    expect(renderProgress(plan, progressOf(...lost), START + 31_005)).toBe(
      [
        'Orders loses West Europe',
        'run run-1, 31 s',
        '',
        '  • • • • • recovery · · ·',
        '  lose     done     10 ms',
        '  promote  running  29.5 s',
        '  steer    waits for promote',
        '',
        'orders: RTO clock 30 s of 2 min  [######..................]',
        'orders-rows: 3 acknowledged, 0 in doubt, lost is known after recovery',
        'shop: failing for 29.8 s (found 503)',
      ].join('\n'),
    );
  });

  it('stops the clock where service was back, and says what was lost once that is known', () => {
    const view = renderProgress(
      plan,
      progressOf(
        ...lost,
        [40_000, 'verification', { type: 'probe.stable', probe: 'shop', since: START + 21_005, until: START + 26_005 }],
        [40_100, 'verification', { type: 'canary.survivors', canary: 'orders-rows', present: [[1, 2]] }],
      ),
      START + 60_000,
    );
    expect(view).toContain('RTO clock 20 s of 2 min');
    expect(view).toContain('orders-rows: 3 acknowledged, 0 in doubt, 1 lost');
  });

  it('says of a step that it timed out, and of what was found done afterwards that it is', () => {
    const timedOut: EventBody = { type: 'timer.fired', timer: 'timeout:promote:1' };
    const late = [...lost, [3500, 'recovery', timedOut] as const];
    expect(renderProgress(plan, progressOf(...late), START + 5000)).toContain('promote  timed out 2 s');
    const done: EventBody = { type: 'step.inspected', step: 'promote', attempt: 1, finding: 'done', detail: 'it is' };
    const found = progressOf(...late, [4500, 'recovery', done]);
    expect(renderProgress(plan, found, START + 5000)).toContain('promote  done     3 s');
    const lines: string[] = [];
    const terminal = { err: (line: string) => lines.push(line) } as unknown as Terminal;
    openLiveView(plan, 'run-1', terminal, () => START).event({ ...timedOut, seq: 1, at: START }, 'recovery');
    expect(lines.join()).toContain('promote timed out after 10 min');
  });

  it('counts as in doubt what was sent before the disruption and never acknowledged, not what came after', () => {
    const writes: [number, number, null][] = [
      [4, START + 1000, null],
      [5, START + 1100, null],
    ];
    const progress = progressOf(...lost, [2000, 'recovery', { type: 'canary.writes', canary: 'orders-rows', writes }]);
    expect(renderProgress(plan, progress, START + 3000)).toContain('3 acknowledged, 1 in doubt');
  });

  it('says that the clock is over its objective', () => {
    expect(renderProgress(plan, progressOf(...lost), START + 200_000)).toContain('[########################] over');
  });

  it('keeps to 80 columns', () => {
    const view = renderProgress({ ...plan, title: 'x'.repeat(200) }, progressOf(...lost), START + 2000);
    expect(Math.max(...view.split('\n').map((line) => line.length))).toBe(80);
  });
});
