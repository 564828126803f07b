import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Footed } from '../../src/plan/footprint.ts';
import type { OtherRun } from '../../src/plan/scope-lock.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { approvalOf, drillOf, ofType, planOf, step, stepsOnly, story } from './drill-builder.ts';
import { createWorld, idOf, inventory, REPLICA } from './test-world.ts';

const otherRun = (run: string, plan: Footed, more: Partial<OtherRun> = {}): OtherRun => ({
  run,
  plan,
  openedAt: 0,
  requestedBy: 'kim',
  isEarlier: true,
  passed: 0,
  state: { kind: 'interrupted' },
  ...more,
});

describe('preflight', () => {
  it('names every finding at once, and nothing is asked of anybody', async () => {
    const world = createWorld();
    world.leftOvers = ['table t on primary'];
    const plan = planOf({ scope: [REPLICA, idOf('gone')] });
    const { environment } = plan;
    const drill = drillOf({
      world,
      plan,
      otherRuns: () => [
        otherRun('run-0', { environment, scope: [`${REPLICA}/children/one`], steps: [] }),
        otherRun('run-far', { environment, scope: [idOf('elsewhere')], steps: [] }),
        // Another twin is another world, although its resources have the same ids.
        otherRun('run-twin', { environment: { ...environment, name: 'other' }, scope: [REPLICA], steps: [] }),
      ],
      approve: () => Promise.reject(new Error('must not be asked')),
    });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]).toMatchObject({
      ready: false,
      findings: [
        expect.stringContaining(`run run-0 has not ended and may write to or disturb ${REPLICA}`),
        `${idOf('gone')}: expected the resource to exist, found none`,
        'canary rows: expected nothing of an earlier run, found table t on primary',
      ],
    });
    expect(drill.world.calls).toEqual([]);
  });

  it('refuses a record that the drill itself could take away', async () => {
    const drill = drillOf({ ownGround: () => ['https://j/drills: expected a journal out of reach of the drill'] });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]).toMatchObject({
      ready: false,
      findings: ['https://j/drills: expected a journal out of reach of the drill'],
    });
    expect(drill.world.calls).not.toContain('outage');
  });

  it('refuses beside a run whose fault may reach what this drill touches, and the other way round', async () => {
    const far = { ...planOf({ scope: [idOf('elsewhere')] }), canaries: [], steps: [] };
    const fault = step('lose', 'disruption', { kind: 'fault', reach: [REPLICA] });
    const theirs = drillOf({
      plan: planOf({ scope: [REPLICA] }),
      otherRuns: () => [otherRun('run-0', { ...far, steps: [fault] })],
    });
    await expect(runDrill(theirs.options)).resolves.toBe('not-ready');
    expect(ofType(theirs.events(), 'preflight.finished')[0]?.findings).toEqual([
      expect.stringContaining(`run run-0 has not ended and may write to or disturb ${REPLICA}`),
    ]);
    const ours = drillOf({
      plan: planOf({ scope: [], steps: [{ ...fault, reach: [idOf('elsewhere')] }] }),
      otherRuns: () => [otherRun('run-1', far)],
    });
    await expect(runDrill(ours.options)).resolves.toBe('not-ready');
    expect(ofType(ours.events(), 'preflight.finished')[0]?.findings).toContainEqual(
      expect.stringContaining(`run run-1 has not ended and may write to or disturb ${idOf('elsewhere')}`),
    );
  });

  it('goes on beside a run that was opened later, and refuses when that one is ahead all the same', async () => {
    const plan = { ...planOf(), steps: [] };
    const later = otherRun('run-2', plan, { isEarlier: false });
    const first = drillOf({ otherRuns: () => [later] });
    await expect(runDrill(first.options)).resolves.toBe('passed');
    const behind = drillOf({ otherRuns: async () => [{ ...later, passed: 1 }] });
    await expect(runDrill(behind.options)).resolves.toBe('not-ready');
  });

  it('is no reason to disrupt anything when another run came in before the baseline was over', async () => {
    let looks = 0;
    const other = otherRun('run-1', { ...planOf(), steps: [] }, { passed: 1 });
    const drill = drillOf({
      otherRuns: () => {
        looks += 1;
        return looks === 1 ? [] : [other];
      },
    });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'baseline.finished')[0]).toMatchObject({
      held: false,
      findings: [expect.stringContaining('run run-1 has not ended')],
    });
    expect(drill.world.calls).not.toContain('outage');
  });

  it('refuses when nobody can tell what other runs hold', async () => {
    const drill = drillOf({ otherRuns: () => Promise.reject(new Error('the chain is broken')) });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]?.findings).toEqual([
      'nobody can tell what other runs hold: the chain is broken',
    ]);
  });

  it('looks at no disruption whose input waits for a step before it', async () => {
    const [fault = step('lose', 'disruption')] = planOf().steps;
    const later = { ...fault, id: 'more', needs: [fault.id], with: { where: '${{ steps.lose.output.source }}' } };
    const drill = drillOf({ plan: stepsOnly([fault, later]) });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'preflight.finished')[0]).toMatchObject({ ready: true, findings: [] });
  });

  it('refuses while the disruption stands already, whoever began it', async () => {
    const world = createWorld();
    world.calls.push('outage');
    const drill = drillOf({ world });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]?.findings).toEqual([
      'step lose: expected nothing to be disrupted before the drill begins, found done (out)',
    ]);
    expect(world.calls).toEqual(['outage']);
  });

  it('refuses when nobody can tell whether the disruption stands already', async () => {
    const world = createWorld();
    world.behaviours.set('lose', ['look-fails']);
    const drill = drillOf({ world });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]?.findings).toEqual([
      'step lose: the world says unreachable',
    ]);
  });

  it('refuses when a step names what does not exist, before anything is disrupted', async () => {
    const world = createWorld();
    world.behaviours.set('fail-back', ['misspelt']);
    const drill = drillOf({ world });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]?.findings).toEqual([
      'step fail-back: the world says not found',
    ]);
    expect(world.calls).not.toContain('outage');
  });

  it('does not take a look that fails in another way for a missing resource', async () => {
    const world = createWorld();
    world.behaviours.set('fail-back', ['look-fails']);
    const drill = drillOf({ world });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'preflight.finished')[0]).toMatchObject({ ready: true, findings: [] });
  });

  it('refuses when the inventory cannot be read', async () => {
    const drill = drillOf({ inventory: { read: () => Promise.reject(new Error('no sign-in')) } });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]?.findings).toEqual([
      'the inventory could not be read: no sign-in',
    ]);
  });
});

describe('approval', () => {
  it('is asked for until there are enough different people', async () => {
    const answers = ['dana', 'dana', 'sam'];
    const drill = drillOf({
      plan: planOf({ approvals: { required: 2, roles: ['dr-lead'], expiresMs: 1000 } }),
      approve: async () => approvalOf({ as: answers.shift() ?? 'nobody', automatic: false }),
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    // The second answer of the same person does not count, and is not on record as an approval.
    expect(ofType(drill.events(), 'approval.decided').map(({ as }) => as)).toEqual(['dana', 'sam']);
  });

  it('that is declined ends the run before anything is touched', async () => {
    const drill = drillOf({
      approve: async () => approvalOf({ decision: 'declined', automatic: false, note: 'not today' }),
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

  it('that cannot be asked for aborts the run', async () => {
    const drill = drillOf({ approve: () => Promise.reject(new Error('no terminal')) });
    await expect(runDrill(drill.options)).resolves.toBe('aborted');
    expect(ofType(drill.events(), 'abort.requested')[0]).toMatchObject({
      as: 'drillmaster',
      reason: expect.stringContaining('no terminal'),
    });
  });
});

describe('the baseline', () => {
  /** A drill whose service fails, as its readings say, while the inventory is read; `then` follows. */
  function failingMeanwhile(then: (world: ReturnType<typeof createWorld>) => void = () => {}) {
    const world = createWorld();
    let reads = 0;
    const read = async (...given: Parameters<typeof inventory.read>) => {
      reads += 1;
      // The first one is that of preflight.
      if (reads !== 2) return inventory.read(...given);
      world.up = false;
      while (unwellReadings(drill.events()).length === 0) await sleep(10);
      then(world);
      return inventory.read(...given);
    };
    const drill = drillOf({ world, inventory: { read } });
    return drill;
  }
  const unwellReadings = (events: ReturnType<ReturnType<typeof drillOf>['events']>) =>
    ofType(events, 'probe.readings').flatMap(({ readings }) => readings.filter(([, , healthy]) => !healthy));

  it('is not held by a service that fails while the inventory is read', async () => {
    const drill = failingMeanwhile();
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'baseline.finished')).toMatchObject([
      { held: false, findings: [expect.stringContaining('shop')] },
    ]);
    expect(drill.world.calls).not.toContain('outage');
  });

  it('is held anew when the service is well again', async () => {
    const { options, events } = failingMeanwhile((world) => {
      world.up = true;
    });
    const limits = { ...options.limits, baselineGiveUpMs: 20_000 };
    await expect(runDrill({ ...options, limits })).resolves.toBe('passed');
    const [finished] = ofType(events(), 'baseline.finished');
    expect(finished).toMatchObject({ held: true, findings: [] });
    expect(unwellReadings(events().filter(({ seq }) => seq < (finished?.seq ?? 0)))).not.toEqual([]);
  });

  it('that is not held names every reason, and nothing is disrupted', async () => {
    const world = createWorld();
    world.up = false;
    world.canaryFails = true;
    const drill = drillOf({ world });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'baseline.finished')[0]).toMatchObject({
      held: false,
      findings: [
        'probe shop: expected to be healthy for 40 ms, found connection refused',
        'canary rows: expected acknowledged writes, found none (the world says canary-unreachable)',
      ],
    });
    expect(drill.world.calls).not.toContain('outage');
    expect(story(drill.events()).slice(-4)).toEqual([
      'restoration.cleaned',
      'restoration.proved',
      'evaluation.finished',
      'run.closed',
    ]);
  });

  it('is not held when the inventory knows nothing of the scope: nothing could be compared with it', async () => {
    let reads = 0;
    const drill = drillOf({
      inventory: {
        read: async (ids, context) => {
          reads += 1;
          return reads === 1 ? inventory.read(ids, context) : [];
        },
      },
    });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'baseline.finished')[0]).toMatchObject({
      held: false,
      findings: ['the inventory is empty: expected the 2 resources of the scope, found none'],
    });
    expect(drill.world.calls).not.toContain('outage');
  });

  it('waits for a service that becomes well in time', async () => {
    const world = createWorld();
    world.up = false;
    const drill = drillOf({ world });
    setTimeout(() => {
      world.up = true;
    }, 100);
    await expect(runDrill(drill.options)).resolves.toBe('passed');
  });
});

describe('the declaration', () => {
  it('follows from the reading that shows the disruption, and names it', async () => {
    const drill = drillOf();
    await runDrill(drill.options);
    const [made] = ofType(drill.events(), 'declaration.made');
    expect(made).toMatchObject({ automatic: true, as: 'drillmaster', reason: 'probe shop failed: connection refused' });
    const failed = ofType(drill.events(), 'probe.readings').filter(({ seq }) => seq < (made?.seq ?? 0));
    expect(failed.at(-1)?.readings.some(([, , healthy]) => !healthy)).toBe(true);
  });

  it('is asked of a person once the disruption was seen', async () => {
    const drill = drillOf({
      plan: planOf({ declaration: { automatic: false, roles: ['dr-lead'] } }),
      unattended: false,
      declare: async () => {
        expect(drill.world.calls).toContain('outage');
        return { type: 'declaration.made', as: 'dana', role: 'dr-lead', automatic: false, reason: 'the shop is gone' };
      },
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(ofType(drill.events(), 'declaration.made')[0]).toMatchObject({ as: 'dana', automatic: false });
  });

  it('is made at once where nothing watches', async () => {
    const drill = drillOf({ plan: planOf({ probes: [] }) });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(ofType(drill.events(), 'declaration.made')[0]?.reason).toContain('no probes');
  });

  it('does not come when nobody sees the disruption: the detection timer restores', async () => {
    const drill = drillOf({ plan: planOf({ detectionTimeoutMs: 60 }) });
    // The service stays up for its probe, whatever happens.
    Object.defineProperty(drill.world, 'up', { get: () => true, set: () => undefined });
    await runDrill(drill.options);
    const told = story(drill.events());
    expect(told).not.toContain('declaration.made');
    expect(told).toContain('undo.succeeded lose');
    expect(ofType(drill.events(), 'timer.fired').map(({ timer }) => timer)).toEqual(['detection']);
  });
});
