// A closed run is taken up again, by the same process or another one, and that process may die as well.
import { describe, expect, it } from 'vitest';
import type { RunJournal } from '../../src/journal/journal.ts';
import type { DrillEvent, EventBody, EventOf } from '../../src/model/events.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import { reopenDrill, resumeDrill, runDrill } from '../../src/runtime/run-drill.ts';
import { type Drill, drillOf, ofType, planOf, step, stepsOnly, story } from './drill-builder.ts';
import { createWorld, idOf, REPLICA } from './test-world.ts';

const restoration: EventOf<'run.reopened'> = { type: 'run.reopened', for: 'restoration', as: 'dana', reason: 'mended' };
const evaluation: EventOf<'run.reopened'> = { ...restoration, for: 'evaluation' };
const accepted: EventBody = { type: 'resource.accepted', resource: 'rows', as: 'dana', reason: 'known' };

/** The third step fails, and the undo of the second until its attempts are used up. */
function stuckDrill(): Drill {
  const world = createWorld();
  world.behaviours
    .set('third', ['refused'])
    .set('undo second', ['refused-for-now', 'refused-for-now', 'refused-for-now']);
  const plan = stepsOnly([
    step('first', 'recovery'),
    step('second', 'recovery', { needs: ['first'] }),
    step('third', 'recovery', { needs: ['second'] }),
  ]);
  return judged(drillOf({ world, plan }));
}

const judged = (drill: Drill): Drill => ({
  ...drill,
  options: {
    ...drill.options,
    evaluate: (events: readonly DrillEvent[]) => evaluateRun(drill.options.plan, drill.options.kernel, events),
  },
});

const again = (drill: Drill, journal: RunJournal = drill.store.now.reopen('run-1')) => ({ ...drill.options, journal });
const since = (drill: Drill) => {
  const told = story(drill.events());
  return told.slice(told.lastIndexOf('run.reopened'));
};

class Crash extends Error {}

/** Dies once it has stored the event that is the `last` of those that are worth a name, after the run was taken up again. */
function dyingAt(journal: RunJournal, last: number): RunJournal {
  let counted = 0;
  return {
    ...journal,
    append: async (events) => {
      const placed = await journal.append(events);
      counted += story(placed).length;
      if (counted >= last) throw new Crash();
      return placed;
    },
  };
}

describe('a stuck run', () => {
  it('is restored by exactly what is missing, and closed again', async () => {
    const drill = stuckDrill();
    await expect(runDrill(drill.options)).resolves.toBe('stuck');
    const before = drill.world.calls.length;
    await expect(reopenDrill(again(drill), restoration)).resolves.toBe('failed');
    expect(drill.world.calls.slice(before)).toEqual(['undo second {"was":"before"}', 'undo first {"was":"before"}']);
    expect(since(drill)).toEqual([
      'run.reopened',
      'undo.started second',
      'undo.succeeded second',
      'undo.started first',
      'undo.succeeded first',
      'restoration.cleaned',
      'restoration.proved',
      'evaluation.finished',
      'run.closed',
    ]);
    expect(ofType(drill.events(), 'undo.started').map(({ requestId }) => requestId)).toHaveLength(5);
    expect(new Set(ofType(drill.events(), 'undo.started').map(({ requestId }) => requestId)).size).toBe(5);
    expect(drill.store.now.find('run-1')).toMatchObject({ outcome: 'failed', writer: null });
  });

  it('is restored to the same end wherever the process dies that took it up again', async () => {
    const calm = stuckDrill();
    await runDrill(calm.options);
    await reopenDrill(again(calm), restoration);
    const { length } = since(calm);
    for (let last = 1; last <= length; last += 1) {
      const drill = stuckDrill();
      await runDrill(drill.options);
      const dying = again(drill, dyingAt(drill.store.now.reopen('run-1'), last));
      await expect(reopenDrill(dying, restoration)).rejects.toBeInstanceOf(Crash);
      const outcome = await resumeDrill(again(drill, drill.store.now.take('run-1')));
      expect({ last, outcome }).toEqual({ last, outcome: 'failed' });
      expect(drill.world.calls.filter((call) => call.startsWith('start'))).toEqual([
        'start first 1',
        'start second 1',
        'start third 1',
      ]);
      expect([...drill.world.effects]).toEqual([]);
    }
  }, 30_000);

  it('looks at a request of which nobody knew, whose handle was forgotten, and goes back from there', async () => {
    const world = createWorld();
    world.behaviours.set('move', ['nobody-knows']);
    const plan = stepsOnly([
      step('move', 'recovery', { undo: 'failback' }),
      step('back', 'restoration', { undo: 'failback' }),
    ]);
    const drill = judged(drillOf({ world, plan }));
    await expect(runDrill(drill.options)).resolves.toBe('stuck');
    world.behaviours.set('move', ['accepted']);
    world.effects.add('move');
    const before = world.calls.length;
    await reopenDrill(again(drill), restoration);
    expect(world.calls.slice(before)).toEqual([
      'inspect move 1',
      'observe move no handle',
      'inspect back 1',
      'start back 1',
    ]);
    expect(ofType(drill.events(), 'run.closed').map(({ outcome }) => outcome)).toEqual(['stuck', 'failed']);
  });

  it('removes what it created and could not remove', async () => {
    const world = createWorld();
    const made = idOf('made');
    world.behaviours.set('removal', ['nobody-knows']);
    const plan = stepsOnly([
      step('make', 'recovery', { uses: 'test/create', with: { target: made }, creates: [made] }),
    ]);
    const drill = judged(drillOf({ world, plan }));
    await expect(runDrill(drill.options)).resolves.toBe('stuck');
    world.behaviours.delete('removal');
    world.facts.delete(made);
    await expect(reopenDrill(again(drill), restoration)).resolves.not.toBe('stuck');
    expect(ofType(drill.events(), 'restoration.proved').map(({ proved }) => proved)).toEqual([false, true]);
  });

  it('begins with an empty inbox: what came too late for its end is not meant for this', async () => {
    const drill = stuckDrill();
    const { store } = drill;
    const close = drill.options.journal.append;
    const journal: RunJournal = {
      ...drill.journal,
      append: async (events) => {
        if (events.some(({ body }) => body.type === 'run.closed'))
          store.post('run-1', { type: 'abort', as: 'sam', reason: 'late' });
        return close(events);
      },
    };
    await runDrill({ ...drill.options, journal });
    await reopenDrill(again(drill), restoration);
    expect(ofType(drill.events(), 'abort.requested')).toEqual([]);
  });
});

describe('a run that is judged again', () => {
  it('has what people said on record together with its taking up, and touches nothing', async () => {
    const drill = stuckDrill();
    await runDrill(drill.options);
    const before = [...drill.world.calls];
    const appended: string[][] = [];
    const journal = drill.store.now.reopen('run-1');
    const watched: RunJournal = {
      ...journal,
      append: async (events) => {
        appended.push(events.map(({ body }) => body.type));
        return journal.append(events);
      },
    };
    await expect(reopenDrill(again(drill, watched), evaluation, [accepted])).resolves.toBe('stuck');
    expect(appended).toEqual([['run.reopened', 'resource.accepted'], ['evaluation.finished'], ['run.closed']]);
    expect(drill.world.calls).toEqual(before);
  });
});

describe('a run that cannot be taken up again', () => {
  it('stays closed as it was', async () => {
    const drill = judged(drillOf({ plan: stepsOnly([step('s', 'recovery')]) }));
    const outcome = await runDrill(drill.options);
    const before = drill.events().length;
    await expect(reopenDrill(again(drill), restoration)).rejects.toMatchObject({ code: 'event-refused' });
    expect(drill.events()).toHaveLength(before);
    expect(drill.store.now.find('run-1')).toMatchObject({ outcome, writer: null });
  });

  it('is only given back when its process died before that was on record', async () => {
    const drill = stuckDrill();
    await runDrill(drill.options);
    const before = drill.events().length;
    await drill.store.now.reopen('run-1').release(null);
    expect(drill.store.now.find('run-1')).toMatchObject({ outcome: null });
    await expect(resumeDrill(again(drill, drill.store.now.take('run-1')))).resolves.toBe('stuck');
    expect(drill.events()).toHaveLength(before);
    expect(drill.store.now.find('run-1')).toMatchObject({ outcome: 'stuck' });
  });
});

describe('what people say for the evaluation', () => {
  it('comes through the inbox of a run at work, and is refused once that is judged', async () => {
    const said = { as: 'dana', role: 'lead', verdict: 'passed', note: 'looked at it' } as const;
    const drill = drillOf({
      onEvent: ({ type }) => {
        if (type === 'baseline.finished') {
          drill.store.now.post('run-1', {
            type: 'accept',
            as: 'dana',
            resource: REPLICA,
            reason: 'known',
            covers: ['a'],
          });
          drill.store.now.post('run-1', { type: 'attest', ...said });
        }
        if (type === 'evaluation.finished') drill.store.now.post('run-1', { type: 'attest', ...said });
      },
    });
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'resource.accepted')).toMatchObject([
      { as: 'dana', resource: REPLICA, reason: 'known', covers: ['a'] },
    ]);
    expect(ofType(drill.events(), 'attestation.given')).toMatchObject([said]);
    expect(ofType(drill.events(), 'command.refused')).toMatchObject([
      { command: 'attest', why: expect.stringContaining('judged already') },
    ]);
  });
});

describe('a process that dies while it cleans', () => {
  it('leaves nothing: what it had removed is not there any more, and is looked for again', async () => {
    const drill = drillOf({ plan: planOf() });
    const journal: RunJournal = {
      ...drill.journal,
      append: async (events) => {
        if (events.some(({ body }) => body.type === 'restoration.cleaned')) throw new Crash();
        return drill.journal.append(events);
      },
    };
    await expect(runDrill({ ...drill.options, journal })).rejects.toBeInstanceOf(Crash);
    expect(drill.world.rows.size).toBe(0);
    await expect(resumeDrill(again(drill, drill.store.now.take('run-1')))).resolves.toBe('passed');
    expect(ofType(drill.events(), 'restoration.cleaned')).toMatchObject([{ leftOvers: [] }]);
    expect(ofType(drill.events(), 'restoration.proved')).toMatchObject([{ proved: true }]);
  });
});
