// What is on record before the verdict was looked at for it, however slowly the journal takes it.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openMemoryStore } from '../../src/journal/memory.ts';
import type { DrillEvent, EventBody } from '../../src/model/events.ts';
import { createLoop } from '../../src/runtime/loop.ts';
import { evaluate } from '../../src/runtime/perform/evaluate.ts';
import type { Run } from '../../src/runtime/run.ts';
import type { Kernel, RunView } from '../../src/statechart/kernel.ts';

/** Keeps nothing and asks for nothing. */
const idleKernel: Kernel<object> = {
  initial: () => ({ state: {}, effects: [] }),
  decide: (state) => ({ effects: [], changed: true, adopt: () => state }),
  view: () => ({ closed: false }) as unknown as RunView,
  open: () => [],
};
const abort = (reason: string): EventBody => ({ type: 'abort.requested', as: 'dana', reason });

/** A run whose journal takes its time; `onRead` is called whenever its record is being read. */
function slowRun(onRead: (submit: Run['submit']) => void = () => {}) {
  const store = openMemoryStore();
  const journal = store.now.create({ run: 'r', drill: 'd', openedAt: 0, plan: '{}' });
  const slow = {
    append: async (events: Parameters<typeof journal.append>[0]) => {
      await sleep(10);
      return journal.append(events);
    },
    events: async () => {
      const events = await journal.events();
      onRead(loop.submit);
      return events;
    },
  };
  const failures: unknown[] = [];
  const parts = { kernel: idleKernel, journal: slow, clock: { now: () => 0 }, perform: () => {} };
  const loop = createLoop({ ...parts, onFatal: (error) => failures.push(error) });
  const judged: (readonly DrillEvent[])[] = [];
  const run = {
    ...loop,
    journal: slow,
    observers: { close: async () => {} },
    evaluate: (events: readonly DrillEvent[]) => {
      judged.push(events);
      return { outcome: 'passed', reasons: [] };
    },
  } as unknown as Run;
  return { run, loop, judged, record: () => store.now.events('r') };
}

it('judges what was being appended when it began', async () => {
  const { run, loop, judged, record } = slowRun();
  const before = [loop.submit(abort('a')), sleep(5).then(() => loop.submit(abort('b')))];
  await sleep(5);
  await Promise.all([...before, evaluate(run)]);
  expect(record().map(({ type }) => type)).toEqual(['abort.requested', 'abort.requested', 'evaluation.finished']);
  expect(judged.at(-1)).toHaveLength(2);
});

it('judges what came while it read', async () => {
  let reads = 0;
  const { run, judged, record } = slowRun((submit) => {
    reads += 1;
    if (reads <= 2) void submit(abort(String(reads)));
  });
  await evaluate(run);
  expect(record().at(-1)?.type).toBe('evaluation.finished');
  expect(judged).toHaveLength(1);
  expect(judged[0]).toHaveLength(record().length - 1);
});

it('is over with its loop', async () => {
  const { run, loop, judged } = slowRun();
  void loop.submit(abort('a')).catch(() => {});
  const ended = expect(evaluate(run)).rejects.toThrow('the run takes no events any more');
  await loop.stop();
  await ended;
  expect(judged).toEqual([]);
});
