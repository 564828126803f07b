// A run that another process may have by now: nobody goes on acting for it here.
import { expect, it } from 'vitest';
import { JournalError } from '../../src/journal/journal-error.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { drillOf, step, stepsOnly, story } from './drill-builder.ts';
import { createWorld } from './test-world.ts';

const LOST = new JournalError('fenced', 'another process may have the run');

function losableDrill() {
  const world = createWorld();
  world.behaviours.set('s', ['hangs']);
  const drill = drillOf({
    world,
    plan: stepsOnly([step('s', 'recovery'), step('next', 'recovery', { needs: ['s'] })]),
  });
  const losing = new AbortController();
  const options = { ...drill.options, journal: { ...drill.journal, lost: losing.signal } };
  return { world, losing, options, drill };
}

it('ends at once when its journal is lost, whether there is anything to write or not', async () => {
  const { world, losing, options, drill } = losableDrill();
  const ended = runDrill(options).catch((error: unknown) => error);
  await expect.poll(() => world.calls).toContain('start s 1');
  losing.abort(LOST);
  expect(await ended).toBe(LOST);
  expect(world.calls).toEqual(['inspect s 1', 'start s 1']);
  expect(story(drill.events()).at(-1)).toBe('step.started s');
});

it('does nothing when its journal was lost before it began', async () => {
  const { world, losing, options } = losableDrill();
  losing.abort(LOST);
  await expect(runDrill(options)).rejects.toBe(LOST);
  expect(world.calls).toEqual([]);
});
