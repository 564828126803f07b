import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/model/json.ts';
import { requestId } from '../../src/runtime/request-id.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { checkStep, drillOf, ofType, step, stepsOnly, story } from './drill-builder.ts';
import { type Behaviour, createWorld, idOf, REPLICA, WHILE_MS } from './test-world.ts';

const twice = { attempts: 2, backoffMs: 5, maximumMs: 10 };

/** Runs one recovery step "s" whose attempts behave as given, and gives what came of it. */
async function runStep(behaviours: readonly Behaviour[], more: Parameters<typeof step>[2] = {}) {
  const world = createWorld();
  world.behaviours.set('s', behaviours);
  const drill = drillOf({ world, plan: stepsOnly([step('s', 'recovery', more)]) });
  const outcome = await runDrill(drill.options);
  const events = drill.events();
  return { outcome, events, calls: world.calls, told: story(events).filter((line) => / s$|timer/.test(line)) };
}

describe('a step', () => {
  it('is looked at, put on record, and sent', async () => {
    const { events, calls } = await runStep(['done']);
    expect(calls).toEqual(['inspect s 1', 'start s 1']);
    expect(ofType(events, 'step.started')[0]).toMatchObject({
      requestId: requestId('run-1', 's', 1, 'start'),
      before: { was: 'before' },
    });
    expect(ofType(events, 'step.succeeded')[0]).toMatchObject({ attempt: 1, output: { step: 's', note: null } });
  });

  it('that is done already is not sent', async () => {
    const world = createWorld();
    world.effects.add('s');
    const drill = drillOf({ world, plan: stepsOnly([step('s', 'recovery')]) });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(world.calls).toEqual(['inspect s 1']);
    expect(ofType(drill.events(), 'step.inspected')[0]).toMatchObject({ finding: 'done', output: { found: true } });
  });

  it('that is under way already is observed, not sent', async () => {
    const world = createWorld();
    world.effects.add('s');
    world.behaviours.set('s', ['accepted']);
    const drill = drillOf({ world, plan: stepsOnly([step('s', 'recovery')]) });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(world.calls).toEqual(['inspect s 1', 'observe s no handle']);
  });

  it('that is accepted keeps its handle beside the record, which holds the digest alone', async () => {
    const { events, calls } = await runStep(['accepted']);
    const handle = 'https://secret/s?sig=s';
    expect(ofType(events, 'step.accepted')[0]?.handleDigest).toBe(sha256(handle));
    expect(calls.at(-1)).toBe(`observe s ${handle}`);
    expect(JSON.stringify(events)).not.toContain('sig=s');
    expect(ofType(events, 'step.succeeded')[0]?.output).toEqual({ step: 's', observed: true });
  });

  it('that is refused is not sent again', async () => {
    const { outcome, events, calls } = await runStep(['refused', 'done'], { retry: twice });
    expect(outcome).toBe('failed');
    expect(calls.filter((call) => call.startsWith('start'))).toEqual(['start s 1']);
    expect(ofType(events, 'step.failed')[0]).toMatchObject({
      retryable: false,
      error: { code: 'refused', message: 'the world says refused' },
    });
  });

  it('that is refused for now is sent again after its wait, with another request id', async () => {
    const { events, told } = await runStep(['refused-for-now', 'done'], { retry: twice });
    expect(told).toEqual(['step.started s', 'step.failed s', 'timer.fired', 'step.started s', 'step.succeeded s']);
    const ids = ofType(events, 'step.started').map((event) => event.requestId);
    expect(new Set(ids).size).toBe(2);
  });

  it('is not sent again before the service lets it, and what it asked is on record', async () => {
    const { events } = await runStep(['refused-for-a-while', 'done'], { retry: twice });
    expect(ofType(events, 'step.failed')[0]?.retryAfterMs).toBe(WHILE_MS);
    const [first, second] = ofType(events, 'step.started');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(WHILE_MS - 5);
  });

  it('whose reply got lost is looked for, found done, and never sent again', async () => {
    const { told, calls } = await runStep(['lost-reply', 'done'], { retry: twice });
    expect(told).toEqual(['step.started s', 'step.interrupted s', 'step.inspected s']);
    expect(calls).toEqual(['inspect s 1', 'start s 1', 'inspect s 1']);
  });

  it('whose request got lost is looked for, found not started, and sent again', async () => {
    const { told } = await runStep(['lost-request', 'done'], { retry: twice });
    expect(told).toEqual([
      'step.started s',
      'step.interrupted s',
      'step.inspected s',
      'step.started s',
      'step.succeeded s',
    ]);
  });

  it.each(['late-request', 'slow-request'] as const)(
    'with a %s is looked for again, and never sent twice',
    async (behaviour) => {
      const { told, calls, outcome } = await runStep([behaviour, 'done'], { retry: twice });
      expect(calls.filter((call) => call.startsWith('start'))).toEqual(['start s 1']);
      expect(told).toEqual(['step.started s', 'step.interrupted s', 'step.inspected s']);
      expect(outcome).toBe('passed');
    },
  );

  it('of which nobody can tell what became is left to a person', async () => {
    const { events, calls } = await runStep(['nobody-knows'], { retry: twice });
    expect(ofType(events, 'step.inspected')[0]?.finding).toBe('unknown');
    expect(calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
  });

  it('that cannot be looked at is not sent', async () => {
    const { events, calls } = await runStep(['look-fails']);
    expect(calls).toEqual(['inspect s 1']);
    expect(ofType(events, 'step.failed')[0]?.error.code).toBe('unreachable');
  });

  it.each(['hangs', 'hangs-deaf'] as const)('that %s is given up at its time-out and looked for', async (behaviour) => {
    const { told, events } = await runStep([behaviour], { timeoutMs: 40 });
    expect(told).toEqual(['step.started s', 'timer.fired', 'step.inspected s']);
    expect(ofType(events, 'step.inspected')[0]?.finding).toBe('not-started');
  });

  it('gets its input from the outputs before it, the plan and the environment', async () => {
    const note = {
      from: '${{ steps.first.output.step }}',
      whole: '${{ steps.first.output }}',
      where: 'in ${{ environment.values.region }}',
    };
    const drill = drillOf({
      plan: stepsOnly([
        step('first', 'recovery'),
        step('second', 'recovery', { needs: ['first'], with: { target: '${{ resources.replica }}', note } }),
      ]),
    });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(ofType(drill.events(), 'step.succeeded')[1]?.output).toMatchObject({
      note: { from: 'first', whole: { step: 'first', note: null }, where: 'in north' },
    });
  });

  it('that would write outside the scope is refused before anything is asked of the world', async () => {
    const { events, calls } = await runStep(['done'], { with: { target: idOf('somebody-elses') }, retry: twice });
    expect(ofType(events, 'step.failed')[0]).toMatchObject({
      retryable: false,
      error: { code: 'outside-scope', message: expect.stringContaining(idOf('somebody-elses')) },
    });
    expect(calls).toEqual([]);
  });

  it('that would reach beyond the scope is refused before anything is asked of the world', async () => {
    const { events, calls } = await runStep(['done'], { reach: [REPLICA, idOf('somebody-elses')], retry: twice });
    expect(ofType(events, 'step.failed')[0]).toMatchObject({
      retryable: false,
      error: { code: 'outside-scope', message: expect.stringContaining(idOf('somebody-elses')) },
    });
    expect(calls).toEqual([]);
  });

  it('may write to a child of the scope', async () => {
    const { outcome } = await runStep(['done'], { with: { target: `${REPLICA}/children/one` } });
    expect(outcome).toBe('passed');
  });

  it.each([
    ['an input that does not fit', { with: { target: 7 } }, 'input-invalid'],
    ['an expression of a name that is not there', { with: { note: '${{ steps.nobody.output.x }}' } }, 'input-invalid'],
    ['an action that is not there', { uses: 'test/unknown' }, 'part-missing'],
  ])('with %s fails by name', async (_, more, code) => {
    const { events } = await runStep(['done'], more);
    expect(ofType(events, 'step.failed')[0]?.error.code).toBe(code);
  });

  it('that only judges records what it expected and saw, whether true or false', async () => {
    const drill = drillOf({ plan: stepsOnly([checkStep('good'), checkStep('bad', { with: { passes: false } })]) });
    await expect(runDrill(drill.options)).resolves.toBe('failed');
    expect(ofType(drill.events(), 'step.succeeded')[0]?.check).toEqual({ expected: 'true', observed: 'true' });
    expect(ofType(drill.events(), 'step.failed')[0]).toMatchObject({
      error: { code: 'check-failed' },
      check: { expected: 'true', observed: 'false' },
    });
  });
});

describe('taking steps back', () => {
  const failing = [
    step('first', 'recovery'),
    step('second', 'recovery', { needs: ['first'] }),
    step('third', 'recovery', { needs: ['second'] }),
  ];

  it('goes back in reverse order, to what was there before', async () => {
    const world = createWorld();
    world.behaviours.set('third', ['refused']);
    const drill = drillOf({ world, plan: stepsOnly(failing) });
    await runDrill(drill.options);
    expect(world.calls.filter((call) => call.startsWith('undo'))).toEqual([
      'undo second {"was":"before"}',
      'undo first {"was":"before"}',
    ]);
    const [undo] = ofType(drill.events(), 'undo.started');
    expect(undo?.requestId).toBe(requestId('run-1', 'second', 1, 'undo'));
  });

  it('is tried again after the wait that the service asks for, where that is longer', async () => {
    const world = createWorld();
    world.behaviours.set('third', ['refused']).set('undo second', ['refused-for-a-while']);
    const drill = drillOf({ world, plan: stepsOnly(failing) });
    await runDrill(drill.options);
    const [first, second] = ofType(drill.events(), 'undo.started');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(WHILE_MS - 5);
    expect(ofType(drill.events(), 'undo.failed')[0]?.retryAfterMs).toBe(WHILE_MS);
  });

  it('is tried again, after the wait that the plan names, when the world is busy', async () => {
    const world = createWorld();
    world.behaviours.set('third', ['refused']).set('undo second', ['refused-for-now']);
    const retry = { attempts: 1, backoffMs: 80, maximumMs: 80 };
    const drill = drillOf({ world, plan: stepsOnly(failing.map((one) => ({ ...one, retry }))) });
    await runDrill(drill.options);
    const [first, second] = ofType(drill.events(), 'undo.started');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(75);
    expect(story(drill.events()).filter((line) => line.startsWith('undo'))).toEqual([
      'undo.started second',
      'undo.failed second',
      'undo.started second',
      'undo.succeeded second',
      'undo.started first',
      'undo.succeeded first',
    ]);
  });
});

describe('many steps', () => {
  it('run side by side within the limits', async () => {
    const steps = Array.from({ length: 60 }, (_, index) => step(`s${index}`, 'recovery', { writes: [] }));
    const drill = drillOf({ plan: stepsOnly(steps) });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    let atOnce = 0;
    let most = 0;
    for (const { type } of drill.events()) {
      if (type === 'step.started') atOnce += 1;
      if (type === 'step.succeeded') atOnce -= 1;
      most = Math.max(most, atOnce);
    }
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(16);
  });
});
