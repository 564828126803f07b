// People answer pages, and skip or retry steps, from other terminals.
import { describe, expect, it } from 'vitest';
import type { CommandBody } from '../../src/journal/command.ts';
import type { Page } from '../../src/model/page.ts';
import { resumeDrill, runDrill } from '../../src/runtime/run-drill.ts';
import { checkStep, type Drill, ofType, step, stepsOnly } from './drill-builder.ts';
import { elsewhere, refusals } from './elsewhere.ts';
import { createWorld } from './test-world.ts';

const page: Page = {
  file: 'runbooks/bank.md',
  owner: 'orders',
  roles: ['ops'],
  reviewed: '2026-10-01',
  expectedMs: 1000,
  items: [
    { title: 'Call', boxes: ['called'] },
    { title: 'Tell', boxes: ['told'] },
  ],
  text: '# Bank',
};
const answerOf = (item: number, more: Partial<Extract<CommandBody, { type: 'answer' }>> = {}): CommandBody => ({
  type: 'answer',
  as: 'dana',
  role: 'ops',
  step: 'ask',
  item,
  result: 'done',
  note: '',
  ...more,
});

describe('a runbook page', () => {
  const ask = checkStep('ask', { phase: 'recovery', uses: 'test/check', page });
  const plan = stepsOnly([ask, step('after', 'recovery', { needs: ['ask'] })]);
  const answered = (...answers: CommandBody[]) =>
    elsewhere({ plan }, ({ store }, type) => {
      if (type === 'step.started') for (const one of answers.splice(0)) store.post('run-1', one);
    });

  it('is over when all its steps are answered, and says by whom', async () => {
    const drill = answered(
      answerOf(2),
      answerOf(2, { as: 'sam' }),
      answerOf(1, { role: 'guest' }),
      answerOf(3),
      answerOf(1, { as: 'sam' }),
    );
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(ofType(drill.events(), 'step.succeeded')[0]).toMatchObject({
      step: 'ask',
      check: { expected: '2 of 2 steps of runbooks/bank.md done', observed: '2 done, answered by dana, sam' },
    });
    expect(refusals(drill).map(({ why }) => why)).toEqual([
      'item 2 of step ask was answered already',
      'expected the role ops, found "guest"',
      'expected an item from 1 to 2, found 3',
    ]);
  });

  it('fails at once with the note of who answered failed', async () => {
    const drill = answered(answerOf(2, { result: 'failed', note: 'nobody picks up' }));
    await expect(runDrill(drill.options)).resolves.toBe('failed');
    expect(ofType(drill.events(), 'step.failed')[0]?.error).toEqual({
      code: 'page-failed',
      message: 'dana answered "Tell" with failed: nobody picks up',
    });
    expect(drill.world.calls).toEqual([]);
  });

  it('that people skip in part is skipped, and what needs it goes on', async () => {
    const drill = answered(answerOf(1, { result: 'skipped', note: 'no bank today' }), answerOf(2));
    await runDrill(drill.options);
    expect(ofType(drill.events(), 'step.skipped')[0]).toMatchObject({ as: 'dana', reason: '"Call": no bank today' });
    expect(drill.world.calls).toContain('start after 1');
  });

  it('is asked at the terminal of the run, and of the next process when the first one died', async () => {
    const drill = answered(answerOf(2));
    const dying = {
      ...drill.journal,
      append: async (events: Parameters<Drill['journal']['append']>[0]) => {
        const placed = await drill.journal.append(events);
        if (placed.some(({ type }) => type === 'page.answered')) throw new Error('crash');
        return placed;
      },
    };
    await runDrill({ ...drill.options, journal: dying }).catch(() => {});
    const asked: number[] = [];
    const answer = async (_: unknown, item: number) => {
      asked.push(item);
      return { as: 'sam', role: 'ops', result: 'done', note: 'called' } as const;
    };
    await expect(resumeDrill({ ...drill.options, journal: drill.store.now.take('run-1'), answer })).resolves.toBe(
      'passed',
    );
    expect(asked).toEqual([1]);
    expect(ofType(drill.events(), 'step.started').filter(({ step: of }) => of === 'ask')).toHaveLength(1);
  });
});

describe('a step that people mend', () => {
  const retry = { attempts: 2, backoffMs: 60_000, maximumMs: 60_000 };

  it('is sent at once when its back-off is long', async () => {
    const world = createWorld();
    world.behaviours.set('one', ['refused-for-now', 'done']);
    const drill = elsewhere({ plan: stepsOnly([step('one', 'recovery', { retry })]), world }, ({ store }, type) => {
      if (type === 'step.failed') store.post('run-1', { type: 'retry', as: 'dana', step: 'one', reason: 'it is back' });
    });
    await runDrill(drill.options);
    expect(world.calls).toEqual(['inspect one 1', 'start one 1', 'inspect one 2', 'start one 2']);
  });

  it('that is stuck is looked at until no earlier request can arrive, and then sent once', async () => {
    const world = createWorld();
    world.behaviours.set('one', ['nobody-knows', 'done']);
    // The page keeps the phase open until it is answered.
    const ask = checkStep('ask', { phase: 'recovery', page });
    const plan = stepsOnly([step('one', 'recovery'), step('two', 'recovery', { needs: ['one'] }), ask]);
    const drill = elsewhere({ plan, world }, ({ store }, type) => {
      if (type === 'step.inspected')
        store.post('run-1', { type: 'retry', as: 'dana', step: 'one', reason: 'the vendor looked' });
      if (type === 'step.succeeded') for (const item of [1, 2]) store.post('run-1', answerOf(item));
    });
    await runDrill(drill.options);
    const intents = ofType(drill.events(), 'step.started').filter(({ step: of }) => of === 'one');
    expect(intents.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect((intents[1]?.at ?? 0) - (intents[0]?.at ?? 0)).toBeGreaterThanOrEqual(200);
    expect(world.calls).toContain('start two 1');
  });

  it('is refused with the reason where that makes no sense', async () => {
    const drill = elsewhere({ plan: stepsOnly([step('one', 'recovery')]) }, ({ store }, type) => {
      if (type !== 'preflight.finished' && type !== 'step.succeeded') return;
      store.post('run-1', { type: 'retry', as: 'dana', step: 'one', reason: '' });
      store.post('run-1', { type: 'skip', as: 'dana', step: 'none', reason: '' });
    });
    await runDrill(drill.options);
    expect(refusals(drill).map(({ why }) => why)).toContain('expected a step of the plan, found "none"');
    expect(refusals(drill).filter(({ command }) => command === 'retry').length).toBeGreaterThan(0);
  });
});
