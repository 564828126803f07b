import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { endsWell, readingsOf } from '../../src/report/probe-readings.ts';
import { resumeDrill, runDrill } from '../../src/runtime/run-drill.ts';
import { checkStep, drillOf, ofType, planOf, step, stepsOnly, story } from './drill-builder.ts';
import { createWorld, idOf, inventory, REPLICA } from './test-world.ts';

describe('a drill', () => {
  it('goes through all phases, restores, and passes', async () => {
    const drill = drillOf();
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    // Checks, reading back and stability go on side by side, so their order says nothing.
    const besides = ['canary.survivors', 'probe.stable'];
    const told = story(drill.events());
    expect(told).toEqual(expect.arrayContaining(besides));
    expect(told.filter((line) => !besides.includes(line))).toEqual([
      'run.opened',
      'preflight.finished',
      'approval.decided',
      'baseline.finished',
      'step.started lose',
      'step.succeeded lose',
      'declaration.made',
      'step.started promote',
      'step.succeeded promote',
      'step.started answers',
      'step.succeeded answers',
      'undo.started lose',
      'undo.succeeded lose',
      'step.started fail-back',
      'step.succeeded fail-back',
      'restoration.cleaned',
      'restoration.proved',
      'evaluation.finished',
      'run.closed',
    ]);
    expect(drill.store.now.find('run-1')).toMatchObject({ outcome: 'passed', writer: null });
  });

  it('tells of every event once it is durable, with the phase after it', async () => {
    const seen: string[] = [];
    const drill = drillOf({
      onEvent: (event, phase) => {
        expect(drill.events().at(-1)?.seq).toBeGreaterThanOrEqual(event.seq);
        if (phase !== seen.at(-1)) seen.push(phase);
      },
    });
    await runDrill(drill.options);
    expect(seen).toEqual([
      'preflight',
      'approval',
      'baseline',
      'disruption',
      'declaration',
      'recovery',
      'verification',
      'restoration',
      'evaluation',
      'closed',
    ]);
  });

  it('is not harmed by a viewer that throws', async () => {
    const drill = drillOf({
      plan: stepsOnly([step('a', 'recovery')]),
      onEvent: () => {
        throw new Error('no screen');
      },
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
  });

  it('records the baseline and what every canary write became', async () => {
    const drill = drillOf();
    await runDrill(drill.options);
    const events = drill.events();
    expect(ofType(events, 'baseline.finished')[0]).toMatchObject({
      held: true,
      findings: [],
      inventory: [{ id: expect.any(String) }, {}],
    });
    const writes = ofType(events, 'canary.writes').flatMap((event) => event.writes);
    expect(writes.map(([sequence]) => sequence)).toEqual(writes.map((_, index) => index + 1));
    const acknowledged = writes.filter(([, , at]) => at !== null).map(([sequence]) => sequence);
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(writes.some(([, , at]) => at === null)).toBe(true);
    expect(ofType(events, 'canary.survivors')[0]?.present).toEqual([[1, acknowledged.at(-1)]]);
  });

  it('closes the writing of a canary before it is read back, and reads before it removes', async () => {
    const drill = drillOf();
    await runDrill(drill.options);
    const calls = drill.world.calls.filter((call) => call.startsWith('canary'));
    expect(calls).toEqual(['canary opened', 'canary closed', 'canary read', 'canary removed']);
  });

  it('has everything that was seen on record before it is judged', async () => {
    const drill = drillOf();
    await runDrill(drill.options);
    const types = drill.events().map(({ type }) => type);
    expect(types.slice(types.indexOf('evaluation.finished'))).toEqual(['evaluation.finished', 'run.closed']);
    const stable = types.indexOf('probe.stable');
    expect(types.slice(0, stable).lastIndexOf('probe.readings')).toBe(stable - 1);
  });

  it('puts operations that ran faster than recorded on record before it is judged', async () => {
    const operations = [{ operation: 'promote', startedAt: 1, tookMs: 2, recordedMs: 3 }];
    const drill = drillOf({ plan: stepsOnly([step('a', 'recovery')]), fasterOperations: async () => operations });
    await runDrill(drill.options);
    expect(story(drill.events()).slice(-3)).toEqual(['twin.faster', 'evaluation.finished', 'run.closed']);
    expect(ofType(drill.events(), 'twin.faster')[0]?.operations).toEqual(operations);
  });
});

describe('the proof', () => {
  it('names what is not as it was, and what stands that did not', async () => {
    const world = createWorld();
    const drill = drillOf({
      world,
      onEvent: ({ type }) => {
        if (type !== 'declaration.made') return;
        world.facts.set(REPLICA, { role: 'primary' });
        world.facts.set(idOf('forgotten'), {});
      },
    });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'restoration.proved')[0]).toMatchObject({
      proved: false,
      differences: [`${REPLICA}: role expected "replica", found "primary"`],
      leftOvers: [idOf('forgotten')],
    });
  });

  it('holds the inventory that it was made with', async () => {
    const drill = drillOf();
    await runDrill(drill.options);
    const [before] = ofType(drill.events(), 'baseline.finished');
    expect(before?.inventory).toHaveLength(2);
    expect(ofType(drill.events(), 'restoration.proved')[0]).toMatchObject({
      proved: true,
      inventory: before?.inventory,
    });
  });

  it('holds no inventory when none could be read, and proves nothing', async () => {
    let isGone = false;
    const drill = drillOf({
      inventory: {
        read: async (ids, context) => (isGone ? Promise.reject(new Error('no sign-in')) : inventory.read(ids, context)),
      },
      onEvent: ({ type }) => {
        if (type === 'restoration.cleaned') isGone = true;
      },
    });
    await runDrill(drill.options);
    const [proof] = ofType(drill.events(), 'restoration.proved');
    expect(proof).toMatchObject({ proved: false, differences: ['the inventory could not be read: no sign-in'] });
    expect(proof?.inventory).toBeUndefined();
  });

  it('has nothing to compare where the scope is empty, for then nothing may be written', async () => {
    const drill = drillOf({
      plan: stepsOnly([checkStep('a')], { scope: [] }),
      inventory: { read: async () => [] },
    });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'baseline.finished')[0]).toMatchObject({ held: true, inventory: [] });
    expect(ofType(drill.events(), 'restoration.proved')[0]).toMatchObject({
      proved: true,
      differences: [],
    });
  });

  it('is none while the service is down, and the readings that say so are on record before it', async () => {
    const world = createWorld();
    const drill = drillOf({
      world,
      plan: planOf({ stabilityTimeoutMs: 300 }),
      onEvent: ({ type }) => {
        if (type === 'restoration.cleaned') world.up = false;
      },
    });
    await runDrill(drill.options);
    const [proof] = ofType(drill.events(), 'restoration.proved');
    expect(proof).toMatchObject({
      proved: false,
      differences: ['probe shop: expected to be healthy for 40 ms after restoration, found connection refused'],
    });
    const before = ofType(drill.events(), 'probe.readings').filter(({ seq }) => seq < (proof?.seq ?? 0));
    expect(before.at(-1)?.readings.at(-1)?.[2]).toBe(false);
  });

  it('waits until the service was well for as long as at the baseline, and its readings bear that out', async () => {
    const world = createWorld();
    const drill = drillOf({
      world,
      onEvent: ({ type }) => {
        if (type !== 'restoration.cleaned') return;
        world.up = false;
        setTimeout(() => {
          world.up = true;
        }, 50);
      },
    });
    await runDrill(drill.options);
    const [proof] = ofType(drill.events(), 'restoration.proved');
    expect(proof).toMatchObject({ proved: true });
    const before = drill.events().filter(({ seq }) => seq < (proof?.seq ?? 0));
    const from = ofType(drill.events(), 'restoration.cleaned')[0]?.at ?? 0;
    expect(endsWell(readingsOf(before, 'shop'), { everyMs: 10, from, ms: 40 })).toBe(true);
  });

  it('bears a service that fails for a moment while it is watched', async () => {
    const world = createWorld();
    const drill = drillOf({
      world,
      plan: planOf({ baselineMs: 400 }),
      onEvent: ({ type }) => {
        if (type !== 'restoration.cleaned') return;
        setTimeout(() => {
          world.up = false;
        }, 320);
        setTimeout(() => {
          world.up = true;
        }, 350);
      },
    });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'restoration.proved')[0]).toMatchObject({ proved: true });
  });

  it('asks nothing of a service that was not well before', async () => {
    const world = createWorld();
    world.up = false;
    const drill = drillOf({ world });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'restoration.proved')[0]).toMatchObject({ proved: true, differences: [] });
  });

  it('gives the world time to settle', async () => {
    const world = createWorld();
    const drill = drillOf({
      world,
      onEvent: ({ type }) => {
        if (type === 'declaration.made') world.facts.set(REPLICA, { role: 'updating' });
        if (type === 'restoration.cleaned') setTimeout(() => world.facts.set(REPLICA, { role: 'replica' }), 25);
      },
    });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'restoration.proved')[0]).toMatchObject({ proved: true, differences: [] });
  });

  it('does not come from a canary that still stands', async () => {
    const world = createWorld();
    const drill = drillOf({
      world,
      onEvent: ({ type }) => {
        if (type === 'declaration.made') world.leftOvers = ['rows on primary'];
      },
    });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'restoration.cleaned')[0]).toMatchObject({
      removed: ['rows'],
      leftOvers: ['rows on primary'],
    });
  });
});

describe('the end of a run', () => {
  it('leaves no timer at work, whether it passed or failed', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    await sleep(50);
    const before = timers();
    await runDrill(drillOf().options);
    const failing = drillOf({
      evaluate: () => {
        throw new Error('no judgement');
      },
    });
    await expect(runDrill(failing.options)).rejects.toThrow('no judgement');
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('that the journal forces rejects, performs nothing more, and leaves the run to be taken over', async () => {
    const drill = drillOf();
    const journal = {
      ...drill.journal,
      append: async (events: Parameters<typeof drill.journal.append>[0]) => {
        if (events.some(({ body }) => body.type === 'step.started')) throw new Error('disk full');
        return drill.journal.append(events);
      },
    };
    await expect(runDrill({ ...drill.options, journal })).rejects.toThrow('disk full');
    expect(drill.world.calls).not.toContain('outage');
    await expect(resumeDrill({ ...drill.options, journal: drill.store.now.take('run-1') })).resolves.toBe('passed');
  });

  it('is not judged while a twin cannot say which operations were too fast', async () => {
    const asked = { times: 0 };
    const drill = drillOf({
      plan: stepsOnly([step('a', 'recovery')]),
      fasterOperations: () => {
        asked.times += 1;
        return Promise.reject(new Error('twin gone'));
      },
    });
    await expect(runDrill(drill.options)).rejects.toThrow('twin gone');
    expect(asked.times).toBe(3);
    expect(drill.store.now.find('run-1')).toMatchObject({ outcome: null, writer: null });
  });
});
