import { describe, expect, it } from 'vitest';
import { openMemoryStore } from '../../src/journal/memory.ts';
import type { DrillEvent, EventBody } from '../../src/model/events.ts';
import type { Phase } from '../../src/model/phase.ts';
import { createLoop, type LoopOptions } from '../../src/runtime/loop.ts';
import type { Effect, Kernel, RunView } from '../../src/statechart/kernel.ts';

const abort = (reason: string): EventBody => ({ type: 'abort.requested', as: 'dana', reason });
const ASKED: Effect = { type: 'preflight' };

/** Counts events; refuses the reason "impossible", ignores "late", asks for an effect after each, and is closed by `run.closed`. */
const counting: Kernel<{ readonly reasons: readonly string[]; readonly closed: boolean }> = {
  initial: () => ({ state: { reasons: [], closed: false }, effects: [{ type: 'observe' }] }),
  decide: (state, event) => {
    const reason = event.type === 'abort.requested' ? event.reason : event.type;
    if (reason === 'impossible') throw new RangeError('impossible here');
    const next = { reasons: [...state.reasons, reason], closed: event.type === 'run.closed' };
    return reason === 'late'
      ? { effects: [], changed: false, adopt: () => state }
      : { effects: [ASKED], changed: true, adopt: () => next };
  },
  view: ({ reasons, closed }) => ({ phase: 'preflight', stuck: reasons, closed }) as unknown as RunView,
  open: () => [{ type: 'evaluate' }],
};

function loopOf(more: Partial<LoopOptions<ReturnType<typeof counting.initial>['state']>> = {}) {
  const store = openMemoryStore();
  const journal = store.now.create({ run: 'r', drill: 'd', openedAt: 0, plan: '{}' });
  const log: string[] = [];
  const failures: unknown[] = [];
  const adopted: [DrillEvent, Phase][] = [];
  const appended: number[] = [];
  const counted = {
    append: (events: Parameters<typeof journal.append>[0]) => {
      appended.push(events.length);
      log.push(`append ${events.length}`);
      return journal.append(events);
    },
    events: journal.events,
  };
  let now = 1000;
  const loop = createLoop({
    kernel: counting,
    journal: counted,
    clock: { now: () => now++ },
    onAdopted: (event, phase) => {
      adopted.push([event, phase]);
      log.push(`adopt ${event.seq}`);
    },
    perform: (effect) => log.push(`perform ${effect.type}`),
    onFatal: (error) => failures.push(error),
    ...more,
  });
  return { loop, store, log, failures, adopted, appended, setNow: (value: number) => (now = value) };
}

describe('the loop', () => {
  it('performs effects after their event is durable, the first ones with the first event', async () => {
    const { loop, log } = loopOf();
    await loop.submit(abort('a'));
    await loop.submit(abort('b'));
    expect(log).toEqual([
      'append 1',
      'adopt 1',
      'perform observe',
      'perform preflight',
      'append 1',
      'adopt 2',
      'perform preflight',
    ]);
  });

  it('stores what arrives together in one transaction, in order', async () => {
    const { loop, store, appended } = loopOf();
    const submitted = await Promise.all(['a', 'b', 'c'].map((reason) => loop.submit(abort(reason))));
    expect(submitted.map(({ event }) => event.seq)).toEqual([1, 2, 3]);
    expect(appended).toEqual([3]);
    expect(store.now.events('r').map((event) => event.type === 'abort.requested' && event.reason)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('splits a flood into groups of a thousand', async () => {
    const { loop, appended } = loopOf();
    await Promise.all(Array.from({ length: 2500 }, (_, index) => loop.submit(abort(String(index)))));
    expect(appended).toEqual([1000, 1000, 500]);
  });

  it('rejects an impossible event alone: its neighbours stand, and it is not in the journal', async () => {
    const { loop, store } = loopOf();
    const settled = await Promise.allSettled(['a', 'impossible', 'b'].map((reason) => loop.submit(abort(reason))));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({
      reason: { code: 'event-refused', message: expect.stringContaining('impossible here') },
    });
    expect(store.now.events('r').map(({ seq }) => seq)).toEqual([1, 2]);
    expect(loop.view().stuck).toEqual(['a', 'b']);
  });

  it('rejects what is no event before the machine sees it', async () => {
    const { loop, store } = loopOf();
    const wrong = { type: 'step.succeeded', step: 's', attempt: 0, output: {} } as EventBody;
    await expect(loop.submit(wrong)).rejects.toMatchObject({ code: 'event-refused' });
    expect(store.now.events('r')).toEqual([]);
  });

  it('keeps an event that changes nothing, and says so', async () => {
    const { loop, store } = loopOf();
    await expect(loop.submit(abort('late'))).resolves.toMatchObject({ changed: false });
    await expect(loop.submit(abort('a'))).resolves.toMatchObject({ changed: true });
    expect(store.now.events('r')).toHaveLength(2);
  });

  it('stops for ever when the journal refuses: nothing is performed, everybody waiting is told', async () => {
    const disk = new Error('disk full');
    const { loop, log, failures } = loopOf({
      journal: {
        append: () => {
          throw disk;
        },
        events: async () => [],
      },
    });
    const settled = await Promise.allSettled([loop.submit(abort('a')), loop.submit(abort('b'))]);
    expect(settled).toEqual([
      { status: 'rejected', reason: disk },
      { status: 'rejected', reason: disk },
    ]);
    expect(failures).toEqual([disk]);
    expect(log).toEqual([]);
    expect(loop.view().stuck).toEqual([]);
    await expect(loop.submit(abort('c'))).rejects.toMatchObject({ code: 'stopped' });
  });

  it('never lets time go back, whatever the clock says', async () => {
    const { loop, store, setNow } = loopOf();
    setNow(5000);
    await loop.submit(abort('a'));
    setNow(3000);
    await loop.submit(abort('b'));
    expect(store.now.events('r').map(({ at }) => at)).toEqual([5000, 5000]);
  });

  it('takes nothing after run.closed, not even from the same turn', async () => {
    const { loop, store } = loopOf();
    const closing = loop.submit({ type: 'run.closed', outcome: 'passed' });
    const after = loop.submit(abort('too late'));
    await closing;
    await expect(after).rejects.toMatchObject({ code: 'stopped' });
    await expect(loop.submit(abort('later'))).rejects.toMatchObject({ code: 'stopped' });
    expect(store.now.events('r').map(({ type }) => type)).toEqual(['run.closed']);
  });

  it('replays without performing, and goes on from the last place and time', async () => {
    const earlier = loopOf();
    await earlier.loop.submit(abort('a'));
    await earlier.loop.submit(abort('b'));
    const events = earlier.store.now.events('r');
    const log: string[] = [];
    const loop = createLoop({
      kernel: counting,
      journal: {
        append: async (group) => group.map(({ at, body }, index) => ({ ...body, at, seq: 3 + index })),
        events: async () => events,
      },
      clock: { now: () => 0 },
      onAdopted: ({ seq }) => log.push(`adopt ${seq}`),
      perform: ({ type }) => log.push(`perform ${type}`),
      onFatal: (error) => log.push(String(error)),
    });
    loop.replay(events);
    expect(loop.view().stuck).toEqual(['a', 'b']);
    expect(loop.open()).toEqual([{ type: 'evaluate' }]);
    const { event } = await loop.submit(abort('c'));
    expect(event).toMatchObject({ seq: 3, at: events.at(-1)?.at });
    expect(log).toEqual(['adopt 1', 'adopt 2', 'adopt 3', 'perform preflight']);
  });

  it('rejects what waits when it is stopped', async () => {
    const { loop, log } = loopOf();
    const waiting = loop.submit(abort('a'));
    loop.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'stopped' });
    expect(log).toEqual([]);
  });

  describe('on a journal that is far away', () => {
    /** Each append waits until the test lets it go. */
    function slow() {
      const log: string[] = [];
      const letGo: (() => void)[] = [];
      let seq = 0;
      const append: LoopOptions<unknown>['journal']['append'] = async (events) => {
        log.push(`append ${events.length}`);
        await new Promise<void>((resolve) => letGo.push(resolve));
        log.push('durable');
        return events.map(({ at, body }) => ({ ...body, at, seq: ++seq }));
      };
      const parts = loopOf({
        journal: { append, events: async () => [] },
        onAdopted: (event) => log.push(`adopt ${event.seq}`),
        perform: (effect) => log.push(`perform ${effect.type}`),
      });
      const next = async () => {
        await expect.poll(() => letGo.length).toBe(1);
        letGo.pop()?.();
      };
      return { ...parts, log, next, isWaiting: () => expect.poll(() => letGo.length).toBe(1) };
    }

    it('appends one group at a time; what comes meanwhile forms the next one', async () => {
      const { loop, log, next, isWaiting } = slow();
      const first = loop.submit(abort('a'));
      await isWaiting();
      const rest = Promise.all(['b', 'c'].map((reason) => loop.submit(abort(reason))));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(log).toEqual(['append 1']);
      expect(loop.view().stuck).toEqual([]);
      await next();
      expect((await first).event.seq).toBe(1);
      await next();
      expect((await rest).map(({ event }) => event.seq)).toEqual([2, 3]);
      expect(log).toEqual([
        ...['append 1', 'durable', 'adopt 1', 'perform observe', 'perform preflight'],
        ...['append 2', 'durable', 'adopt 2', 'perform preflight', 'adopt 3', 'perform preflight'],
      ]);
      expect(loop.view().stuck).toEqual(['a', 'b', 'c']);
    });

    it('acts on nothing that becomes durable after it was stopped, and says when nothing is being appended', async () => {
      const { loop, log, next, isWaiting } = slow();
      const waiting = expect(loop.submit(abort('a'))).rejects.toMatchObject({ code: 'stopped' });
      await isWaiting();
      const stopped = loop.stop().then(() => log.push('stopped'));
      await next();
      await Promise.all([waiting, stopped]);
      expect(log).toEqual(['append 1', 'durable', 'stopped']);
      expect(loop.view().stuck).toEqual([]);
    });
  });
});
