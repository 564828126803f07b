import { describe, expect, it } from 'vitest';
import type { DrillEvent, EventType } from '../../src/model/events.ts';
import { silent } from '../../src/runtime/logger.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { checkStep, type DrillWishes, drillOf, ofType, planOf, step, stepsOnly, story } from './drill-builder.ts';
import { createWorld } from './test-world.ts';

/** Aborts by signal as soon as an event of the type is durable. */
async function abortAt(type: EventType, wishes: DrillWishes = {}) {
  const controller = new AbortController();
  const onEvent = (event: DrillEvent) => {
    if (event.type === type) controller.abort(new Error('interrupted at the terminal'));
  };
  const drill = drillOf({ ...wishes, signal: controller.signal, onEvent });
  const outcome = await runDrill(drill.options);
  return { drill, outcome, told: story(drill.events()) };
}

describe('an abort by signal', () => {
  it('restores what was disrupted before the promise settles', async () => {
    const { drill, outcome, told } = await abortAt('declaration.made');
    expect(outcome).toBe('aborted');
    expect(ofType(drill.events(), 'abort.requested')).toMatchObject([
      { as: 'kim', reason: 'interrupted at the terminal' },
    ]);
    expect(told.slice(told.indexOf('undo.started lose'))).toEqual([
      'undo.started lose',
      'undo.succeeded lose',
      'restoration.cleaned',
      'restoration.proved',
      'evaluation.finished',
      'run.closed',
    ]);
    expect(drill.world.calls).toContain('outage ended');
  });

  it.each([
    'run.opened',
    'preflight.finished',
    'approval.decided',
    'baseline.finished',
    'step.started',
    'canary.survivors',
    'undo.started',
    'restoration.cleaned',
  ] as const)('ends in good order when it comes at %s', async (type) => {
    const { drill, told } = await abortAt(type);
    expect(told.at(-1)).toBe('run.closed');
    expect(told).toContain('abort.requested');
    const disrupted = drill.world.calls.includes('outage');
    expect(drill.world.calls.includes('outage ended')).toBe(disrupted);
    expect(drill.world.rows.size).toBe(0);
  });

  it('that came before the run began ends it before anything is touched', async () => {
    const drill = drillOf({ signal: AbortSignal.abort(new Error('before')) });
    await expect(runDrill(drill.options)).resolves.toBe('aborted');
    expect(drill.world.calls).toEqual([]);
  });

  it('ends the wait for a person', async () => {
    const { outcome } = await abortAt('preflight.finished', { approve: () => new Promise(() => {}) });
    expect(outcome).toBe('aborted');
  });

  it('waits for a write that was sent, skips what was not, and ends a check at once', async () => {
    const world = createWorld();
    world.behaviours.set('slow', ['hangs']).set('looking', ['hangs']);
    const recovering = stepsOnly([
      step('slow', 'recovery', { timeoutMs: 60 }),
      step('never', 'recovery', { needs: ['slow'] }),
    ]);
    const first = await abortAt('step.started', { world, plan: recovering });
    expect(first.told.filter((line) => /step|timer/.test(line))).toEqual([
      'step.started slow',
      'timer.fired',
      'step.inspected slow',
    ]);
    const second = await abortAt('step.started', {
      world,
      plan: stepsOnly([checkStep('looking', { timeoutMs: 60_000 })]),
    });
    expect(second.told.filter((line) => /step|timer/.test(line))).toEqual(['step.started looking']);
  });
});

describe('an abort from another process', () => {
  it('comes through the inbox, once', async () => {
    const drill = drillOf({
      onEvent: ({ type }) => {
        if (type === 'baseline.finished') drill.store.post('run-1', { type: 'abort', as: 'sam', reason: 'enough' });
      },
      plan: planOf({ detectionTimeoutMs: 30_000, probes: [{ ...planOf().probes[0], stableForMs: 30_000 } as never] }),
    });
    await expect(runDrill(drill.options)).resolves.toBe('aborted');
    expect(ofType(drill.events(), 'abort.requested')).toMatchObject([{ as: 'sam', reason: 'enough' }]);
  });

  it('that stands before the run begins ends it before anything is touched', async () => {
    const drill = drillOf();
    drill.store.post('run-1', { type: 'abort', as: 'sam', reason: 'not today' });
    await expect(runDrill(drill.options)).resolves.toBe('aborted');
    expect(drill.world.calls).toEqual([]);
  });

  it.each(['evaluation.finished', 'run.closed'] as const)('that comes too late, at %s, is logged', async (type) => {
    const warnings: string[] = [];
    const warn = (message: string, facts?: object) => void warnings.push(`${message} ${JSON.stringify(facts)}`);
    const drill = drillOf({
      plan: stepsOnly([step('s', 'recovery')]),
      limits: { inboxPollMs: 60_000 },
      log: { ...silent, warn },
      onEvent: (event) => {
        if (event.type === type) drill.store.post('run-1', { type: 'abort', as: 'sam', reason: 'late' });
      },
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(warnings).toEqual([expect.stringMatching(/^an abort came too late .*"sam".*"late"/)]);
  });
});

describe('a guardrail', () => {
  const guarded = (more: object = {}) =>
    planOf({
      guardrails: [{ id: 'bystanders', during: ['recovery'], when: 'probes.shop.failing', forMs: 30, ...more }],
      steps: [...planOf().steps.slice(0, 1), step('slow', 'recovery', { timeoutMs: 200 })],
    });

  it('aborts the drill when its condition holds for long enough in its phase', async () => {
    const world = createWorld();
    world.behaviours.set('slow', ['hangs']);
    const drill = drillOf({ world, plan: guarded() });
    await expect(runDrill(drill.options)).resolves.toBe('aborted');
    const [tripped, ...more] = ofType(drill.events(), 'guardrail.tripped');
    expect(tripped).toMatchObject({
      guardrail: 'bystanders',
      reading: expect.stringMatching(/^probes\.shop\.failing for \d+ ms$/),
    });
    expect(more).toEqual([]);
    const recovery = ofType(drill.events(), 'declaration.made')[0]?.at ?? 0;
    expect((tripped?.at ?? 0) - recovery).toBeGreaterThanOrEqual(30);
  });

  it.each([
    ['in another phase', { during: ['baseline'] }],
    ['for less than its time', { forMs: 60_000 }],
    ['never', { when: '!probes.shop.failing && probes.shop.failing' }],
  ])('lets the drill go on when its condition holds %s', async (_, more) => {
    const drill = drillOf({ plan: { ...guarded(more), steps: planOf().steps } });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'guardrail.tripped')).toEqual([]);
  });
});
