// People at other terminals: their commands stand in the inbox and become events, or are refused with the reason.
import { describe, expect, it } from 'vitest';
import type { CommandBody } from '../../src/journal/command.ts';
import { resumeDrill, runDrill } from '../../src/runtime/run-drill.ts';
import { type Drill, ofType, planOf, step, stepsOnly, story } from './drill-builder.ts';
import { elsewhere, refusals } from './elsewhere.ts';
import { createWorld } from './test-world.ts';

const needs = (required: number, expiresMs = 60_000) =>
  planOf({ approvals: { required, roles: ['dr-lead', 'ops'], expiresMs } });
const approve = (as: string, more: Partial<Extract<CommandBody, { type: 'approve' }>> = {}): CommandBody => ({
  type: 'approve',
  as,
  role: 'dr-lead',
  decision: 'approved',
  planDigest: 'digest',
  ...more,
});

describe('approvals of other terminals', () => {
  it('are counted for distinct people with a role on this plan, and the others are refused by name', async () => {
    const drill = elsewhere({ plan: needs(2) }, ({ store }, type) => {
      if (type !== 'preflight.finished') return;
      for (const command of [
        approve('kim'),
        approve('Dana'),
        approve(' dana '),
        approve('ola', { role: 'finance' }),
        approve('ola', { planDigest: 'another' }),
        approve('ola', { decision: 'declined' }),
        approve('sam', { role: 'ops' }),
      ])
        store.post('run-1', command);
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(ofType(drill.events(), 'approval.decided').map(({ as, verified }) => ({ as, verified }))).toEqual([
      { as: 'Dana', verified: false },
      { as: 'sam', verified: false },
    ]);
    expect(refusals(drill)).toEqual([
      { command: 'approve', as: 'kim', why: 'kim asked for the run and may not approve it: expected somebody else' },
      { command: 'approve', as: ' dana ', why: ' dana  has approved already: expected somebody else' },
      { command: 'approve', as: 'ola', why: 'expected the role dr-lead or ops, found "finance"' },
      { command: 'approve', as: 'ola', why: 'expected a decision on plan digest, found one on another' },
      { command: 'approve', as: 'ola', why: 'expected a note that says why, found none' },
    ]);
  });

  it('that are declined end the run before anything is touched', async () => {
    const drill = elsewhere({ plan: needs(2) }, ({ store }, type) => {
      if (type === 'preflight.finished')
        store.post('run-1', approve('dana', { decision: 'declined', note: 'not in the closing week' }));
    });
    await runDrill(drill.options);
    expect(story(drill.events())).toEqual([
      'run.opened',
      'preflight.finished',
      'approval.decided',
      'evaluation.finished',
      'run.closed',
    ]);
    expect(drill.world.calls).toEqual([]);
  });

  it('expire where others are still missing, and the run waits on', async () => {
    const drill = elsewhere({ plan: needs(2, 150) }, ({ store }, type) => {
      if (type === 'preflight.finished') store.post('run-1', approve('dana'));
      if (type === 'timer.fired') for (const as of ['sam', 'dana']) store.post('run-1', approve(as));
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(ofType(drill.events(), 'approval.decided').map(({ as }) => as)).toEqual(['dana', 'sam', 'dana']);
    expect(ofType(drill.events(), 'timer.fired').map(({ timer }) => timer)).toEqual(['approval:dana']);
  });

  it('that expire before the first step is sent leave everything as it is', async () => {
    const plan = planOf({ approvals: { required: 1, roles: [], expiresMs: 60 }, baselineMs: 10_000 });
    const drill = elsewhere({ plan }, ({ store }, type) => {
      if (type === 'preflight.finished') store.post('run-1', approve('dana'));
    });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'timer.fired').map(({ timer }) => timer)).toEqual(['approval:dana']);
    expect(drill.world.calls).not.toContain('outage');
    expect(story(drill.events()).slice(-4)).toEqual([
      'restoration.cleaned',
      'restoration.proved',
      'evaluation.finished',
      'run.closed',
    ]);
  });

  it('that come too late are on record as refused', async () => {
    const drill = elsewhere({ plan: needs(1) }, ({ store }, type) => {
      if (type === 'preflight.finished') store.post('run-1', approve('dana'));
      if (type === 'baseline.finished') store.post('run-1', approve('sam'));
    });
    await runDrill(drill.options);
    expect(refusals(drill)[0]).toMatchObject({ command: 'approve', as: 'sam' });
    expect(refusals(drill)[0]?.why).toMatch(/^expected a run in phase approval, found that the run is in phase /);
  });
});

describe('a declaration of another terminal', () => {
  const plan = planOf({
    declaration: { automatic: false, roles: ['dr-lead'] },
    approvals: { required: 0, roles: [], expiresMs: 1 },
  });

  it('counts once the disruption was seen, of somebody with the role', async () => {
    const drill = elsewhere({ plan }, ({ store }, type, phase) => {
      if (type === 'step.succeeded' && phase === 'declaration')
        store.post('run-1', { type: 'declare', as: 'dana', role: 'ops', reason: 'guess' });
      if (type === 'disruption.seen')
        store.post('run-1', { type: 'declare', as: 'dana', role: 'dr-lead', reason: 'the shop is gone' });
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    const told = story(drill.events());
    expect(told.indexOf('disruption.seen')).toBeLessThan(told.indexOf('declaration.made'));
    expect(ofType(drill.events(), 'declaration.made')[0]).toMatchObject({
      as: 'dana',
      role: 'dr-lead',
      automatic: false,
    });
    expect(refusals(drill)).toMatchObject([{ command: 'declare', as: 'dana' }]);
  });

  it('that nobody makes ends the drill when its time is up', async () => {
    const drill = elsewhere({
      plan: planOf({ ...plan, declaration: { automatic: false, roles: ['dr-lead'], timeoutMs: 80 } }),
    });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'timer.fired').map(({ timer }) => timer)).toEqual(['declaration']);
    expect(story(drill.events())).toContain('undo.succeeded lose');
    expect(story(drill.events())).not.toContain('declaration.made');
  });
});

describe('a pause', () => {
  const steps = [step('one', 'recovery'), step('two', 'recovery', { needs: ['one'] })];
  const calm = stepsOnly(steps, { baselineMs: 150 });
  const pauseBy = (as: string): CommandBody => ({ type: 'pause', as, reason: 'wait for the vendor' });
  const sentIn = (told: readonly string[], from: string, until: string) =>
    told.slice(told.indexOf(from), told.indexOf(until)).filter((line) => line.startsWith('step.started'));

  it('sends nothing new until the run is resumed, also when a retry is due', async () => {
    const retry = { attempts: 2, backoffMs: 100, maximumMs: 100 };
    const world = createWorld();
    world.behaviours.set('one', ['refused-for-now', 'done']);
    const plan = stepsOnly(steps.map((one) => ({ ...one, retry })));
    const drill = elsewhere({ plan, world }, ({ store }, type) => {
      if (type === 'step.failed') store.post('run-1', pauseBy('dana'));
      if (type === 'timer.fired') setTimeout(() => store.post('run-1', { type: 'resume', as: 'sam' }), 60);
    });
    await runDrill(drill.options);
    const told = story(drill.events());
    expect(told).toContain('timer.fired');
    expect(told.indexOf('run.paused')).toBeLessThan(told.indexOf('timer.fired'));
    expect(sentIn(told, 'run.paused', 'run.continued')).toEqual([]);
    expect(sentIn(told, 'run.continued', 'run.closed')).toEqual(['step.started one', 'step.started two']);
  });

  it('holds the baseline for as long as it lasts', async () => {
    const drill = elsewhere({ plan: calm }, ({ store }, type) => {
      if (type === 'preflight.finished') store.post('run-1', pauseBy('dana'));
      if (type === 'run.paused') setTimeout(() => store.post('run-1', { type: 'resume', as: 'sam' }), 250);
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    const told = story(drill.events());
    expect(told.indexOf('run.continued')).toBeLessThan(told.indexOf('baseline.finished'));
  });

  it('is overruled by an abort', async () => {
    const drill = elsewhere({ plan: calm }, ({ store }, type) => {
      if (type === 'preflight.finished') store.post('run-1', pauseBy('dana'));
      if (type === 'run.paused') store.post('run-1', { type: 'abort', as: 'sam', reason: 'enough' });
    });
    await expect(runDrill(drill.options)).resolves.toBe('aborted');
    expect(story(drill.events())).not.toContain('run.continued');
  });

  it('outlives its process, and the next one goes on only when it is told to', async () => {
    const drill = elsewhere({ plan: calm }, ({ store }, type) => {
      if (type === 'preflight.finished') store.post('run-1', pauseBy('dana'));
    });
    await runDrill({ ...drill.options, journal: { ...drill.journal, append: dieAfterPause(drill) } }).catch(() => {});
    const journal = await drill.store.take('run-1');
    setTimeout(() => drill.store.post('run-1', { type: 'resume', as: 'sam' }), 300);
    await expect(resumeDrill({ ...drill.options, journal })).resolves.toBe('passed');
    const told = story(drill.events());
    expect(sentIn(told, 'run.paused', 'run.continued')).toEqual([]);
    expect(sentIn(told, 'run.continued', 'run.closed')).toEqual(['step.started one', 'step.started two']);
  });

  it('is refused where nothing waits for it, and so is a resume without one', async () => {
    const drill = elsewhere({ plan: calm }, ({ store }, type) => {
      if (type === 'preflight.finished') store.post('run-1', { type: 'resume', as: 'sam' });
      if (type === 'restoration.cleaned') store.post('run-1', pauseBy('dana'));
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(refusals(drill).map(({ command }) => command)).toEqual(['resume', 'pause']);
  });
});

const dieAfterPause =
  ({ journal }: Drill): Drill['journal']['append'] =>
  async (events) => {
    const placed = await journal.append(events);
    if (placed.some(({ type }) => type === 'run.paused')) throw new Error('crash');
    return placed;
  };
