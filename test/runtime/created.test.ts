// What a run creates must not stand before it, and is proved to be gone after it by a look that asks for it.
import { describe, expect, it } from 'vitest';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { checkStep, drillOf, ofType, step, stepsOnly } from './drill-builder.ts';
import { createWorld, idOf, inventory, REPLICA } from './test-world.ts';

const COPY = idOf('copy');
const create = step('restore', 'recovery', {
  uses: 'test/create',
  with: { target: COPY },
  writes: [],
  creates: [COPY],
});
const plan = stepsOnly([create, checkStep('rows')]);
const provedOf = (drill: ReturnType<typeof drillOf>) => ofType(drill.events(), 'restoration.proved')[0];

describe('a run that creates', () => {
  it('removes what it made after success, and its proof asks for it by its id', async () => {
    const drill = drillOf({ plan });
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(drill.world.calls).toContain(`removed ${COPY}`);
    const gone = expect.objectContaining({ id: COPY, facts: { present: false } });
    expect(ofType(drill.events(), 'baseline.finished')[0]?.inventory).toContainEqual(gone);
    expect(provedOf(drill)).toMatchObject({ proved: true, inventory: expect.arrayContaining([gone]) });
  });

  it('may write to what it made, although that is outside its scope', async () => {
    const use = step('use', 'recovery', {
      needs: ['restore'],
      with: { target: COPY },
      writes: [COPY],
      undo: 'nothing-to-undo',
    });
    const drill = drillOf({ plan: stepsOnly([create, use]) });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'step.failed')).toEqual([]);
    const elsewhere = drillOf({ plan: stepsOnly([{ ...use, needs: [] }]) });
    await runDrill(elsewhere.options);
    expect(ofType(elsewhere.events(), 'step.failed')[0]?.error.code).toBe('outside-scope');
  });

  it('makes nothing but what its plan names', async () => {
    const drill = drillOf({ plan: stepsOnly([{ ...create, with: { target: idOf('another') } }]) });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'step.failed')[0]?.error.code).toBe('outside-scope');
    expect(drill.world.facts.has(idOf('another'))).toBe(false);
  });

  it('is not ready while something stands where it would create', async () => {
    const world = createWorld();
    world.facts.set(COPY, { role: 'of somebody else' });
    const drill = drillOf({ plan, world });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]?.findings).toEqual([
      `${COPY}: expected nothing where the drill will create it, found a resource`,
    ]);
    expect(world.calls).toEqual([]);
  });

  it('is not ready while what a creating step works on is misspelt, although it names what it makes itself', async () => {
    const world = createWorld();
    world.behaviours.set('over', ['misspelt']);
    const over = step('over', 'recovery', {
      with: { target: REPLICA, note: COPY },
      writes: [REPLICA],
      creates: [COPY],
    });
    const drill = drillOf({ plan: stepsOnly([over]), world });
    await expect(runDrill(drill.options)).resolves.toBe('not-ready');
    expect(ofType(drill.events(), 'preflight.finished')[0]?.findings).toEqual([expect.stringMatching(/^step over: /)]);
  });

  it('has a left-over when the removal did not remove', async () => {
    const world = createWorld();
    world.behaviours.set('removal', ['nobody-knows']);
    const drill = drillOf({ plan, world });
    await runDrill(drill.options);
    expect(provedOf(drill)).toMatchObject({ proved: false, leftOvers: [COPY] });
  });

  it('proves nothing with an inventory that does not say what became of it', async () => {
    const forgetful = {
      read: async (...args: Parameters<typeof inventory.read>) =>
        (await inventory.read(...args)).filter(({ id }) => id !== COPY),
    };
    const drill = drillOf({ plan, inventory: forgetful });
    await runDrill(drill.options);
    expect(provedOf(drill)?.differences).toEqual([
      `${COPY}: present expected to be looked for, because the drill created it, found no look`,
    ]);
  });

  it('waits until a request to create can no longer arrive before it looks for what to remove', async () => {
    const world = createWorld();
    world.behaviours.set('restore', ['nobody-knows']);
    const drill = drillOf({ plan, world });
    await runDrill(drill.options);
    const at = (type: 'step.started' | 'undo.succeeded') => ofType(drill.events(), type)[0]?.at ?? Number.NaN;
    expect(at('undo.succeeded') - at('step.started')).toBeGreaterThanOrEqual(195);
  });
});
