import { describe, expect, it } from 'vitest';
import { type CrashPoint, crashPointsOf, withCrashPoints } from '../../src/cli/crash-points.ts';
import { openMemoryStore } from '../../src/journal/memory.ts';
import type { EventBody } from '../../src/model/events.ts';

const asked = (reason: string) => ({ at: 0, body: { type: 'abort.requested', as: 'dana', reason } as EventBody });
const newRun = (run: string) => ({ run, drill: 'd', openedAt: 0, plan: '{}' });

class Died extends Error {}

/** A store whose process dies by an error, and the numbers that its run holds then. */
function torturedBy(...points: readonly CrashPoint[]) {
  const store = openMemoryStore();
  const die = () => {
    throw new Died();
  };
  return { store, tortured: withCrashPoints(store, points, die) };
}

/** Opens a run and appends groups of these sizes. Gives what was durable at the death, or undefined when nobody died. */
async function durableAt(groups: readonly number[], ...points: readonly CrashPoint[]): Promise<number | undefined> {
  const { store, tortured } = torturedBy(...points);
  try {
    const journal = await tortured.create(newRun('run-1'), asked('first'));
    for (const size of groups) await journal.append(Array.from({ length: size }, () => asked('next')));
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    return (await store.find('run-1')) === undefined ? 0 : (await store.events('run-1')).length;
  }
  return undefined;
}

const dieAfter = (event: CrashPoint['event'], child?: string): CrashPoint => ({ child, side: 'after', event });
const dieBefore = (event: CrashPoint['event'], child?: string): CrashPoint => ({ child, side: 'before', event });

describe('a crash point', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])(
    'after event %i lets it become durable, and no later one of its group',
    async (seq) => {
      expect(await durableAt([2, 3, 1], dieAfter(seq))).toBe(seq);
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7])('before event %i lets all before it become durable', async (seq) => {
    expect(await durableAt([2, 3, 1], dieBefore(seq))).toBe(seq - 1);
  });

  it('is the earlier one when both are asked for', async () => {
    expect(await durableAt([6], dieAfter(5), dieBefore(3))).toBe(2);
    expect(await durableAt([6], dieAfter(3), dieBefore(5))).toBe(3);
  });

  it('is not met by a number that is never reached, and not again by one that is on record', async () => {
    expect(await durableAt([2], dieAfter(4), dieBefore(4))).toBeUndefined();
    const { store, tortured } = torturedBy(dieAfter(3), dieBefore(3));
    const journal = await store.create(newRun('run-1'), asked('first'));
    await journal.append([asked('second'), asked('third')]);
    await journal.release(null);
    const taken = await tortured.take('run-1');
    expect((await taken.append([asked('fourth')]))[0]?.seq).toBe(4);
  });

  it('of a run is not one of its children, and one of a child is not one of the run', async () => {
    const { tortured } = torturedBy(dieAfter(2), dieBefore(3, 'fail-over'));
    const child = await tortured.create(newRun('run-1.fail-over'), asked('first'));
    expect((await child.append([asked('second')]))[0]?.seq).toBe(2);
    await expect(child.append([asked('third')])).rejects.toThrow(Died);
    const own = await tortured.create(newRun('run-1'), asked('first'));
    await expect(own.append([asked('second')])).rejects.toThrow(Died);
  });

  it('may be the first event of a kind, and of a step', async () => {
    const started = (step: string) => ({
      at: 0,
      body: { type: 'step.started', step, attempt: 1, requestId: 'r' } as EventBody,
    });
    const lengthAt = async (point: CrashPoint) => {
      const { store, tortured } = torturedBy(point);
      const journal = await tortured.create(newRun('run-1'), asked('first'));
      await expect(journal.append([asked('second'), started('copy'), started('promote')])).rejects.toThrow(Died);
      return (await store.events('run-1')).length;
    };
    expect(await lengthAt(dieAfter({ type: 'step.started', step: undefined }))).toBe(3);
    expect(await lengthAt(dieBefore({ type: 'step.started', step: 'promote' }))).toBe(3);
    expect(await lengthAt(dieAfter({ type: 'step.started', step: 'promote' }))).toBe(4);
  });

  it('is read from the environment', () => {
    expect(crashPointsOf({})).toEqual([]);
    expect(crashPointsOf({ DRILLMASTER_CRASH_AT: '', DRILLMASTER_CRASH_BEFORE: '' })).toEqual([]);
    expect(crashPointsOf({ DRILLMASTER_CRASH_AT: '12', DRILLMASTER_CRASH_BEFORE: 'fail-over_2:3' })).toEqual([
      dieAfter(12),
      dieBefore(3, 'fail-over_2'),
    ]);
    expect(
      crashPointsOf({
        DRILLMASTER_CRASH_AT: 'run.closed',
        DRILLMASTER_CRASH_BEFORE: 'fail-over:step.accepted:promote',
      }),
    ).toEqual([
      dieAfter({ type: 'run.closed', step: undefined }),
      dieBefore({ type: 'step.accepted', step: 'promote' }, 'fail-over'),
    ]);
  });

  it.each(['0', '-1', '1.5', 'soon', '12 ', ':3', 'a:b:3', '99999999999', 'step.begun', 'step.started:'])(
    'is refused as %j',
    (text) => {
      expect(() => crashPointsOf({ DRILLMASTER_CRASH_AT: text })).toThrow(
        `DRILLMASTER_CRASH_AT: expected an event's number, as in 12, or its type, as in step.started:promote, or either of a child run, as in fail-over:12; found "${text}"`,
      );
    },
  );
});
