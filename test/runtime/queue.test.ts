import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQueue } from '../../src/runtime/queue.ts';
import { SEED } from '../definition/seed.ts';

const SUB = 'aaaaaaaa-0000-0000-0000-000000000000';
const id = (name: string, subscription = SUB) =>
  `/subscriptions/${subscription}/resourceGroups/g/providers/Microsoft.Test/things/${name}`;
const never = () => new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const wide = { overall: 50, perSubscription: 16, perResource: 1 };

/** Work that stands still until it is let go, and who is at work now. */
function gate() {
  const atWork = new Set<string>();
  const started: string[] = [];
  const releases = new Map<string, () => void>();
  const body = (name: string) => () => {
    atWork.add(name);
    started.push(name);
    return new Promise<string>((resolve) =>
      releases.set(name, () => {
        atWork.delete(name);
        resolve(name);
      }),
    );
  };
  const release = async (name: string) => {
    releases.get(name)?.();
    await turn();
    await turn();
  };
  return { atWork, started, body, release };
}

describe('the step queue', () => {
  it('lets one step at a time write to a resource, whatever the spelling, children included', async () => {
    const queue = createQueue(wide, SUB);
    const { atWork, body, release } = gate();
    const writes = [id('one'), id('ONE'), `${id('one')}/databases/orders`, id('two')];
    const all = writes.map((write, index) =>
      queue.run({ writes: [write], priority: 0, signal: never() }, body(`${index}`)),
    );
    await turn();
    expect([...atWork]).toEqual(['0', '3']);
    await release('0');
    expect([...atWork]).toEqual(['3', '1']);
    await release('1');
    await release('2');
    await release('3');
    await expect(Promise.all(all)).resolves.toEqual(['0', '1', '2', '3']);
  });

  it('holds the limits of a subscription and overall', async () => {
    const queue = createQueue({ overall: 5, perSubscription: 3, perResource: 1 }, SUB);
    const other = 'bbbbbbbb-0000-0000-0000-000000000000';
    const { atWork, body } = gate();
    for (let index = 0; index < 10; index++) {
      void queue.run({ writes: [id(`a${index}`)], priority: 0, signal: never() }, body(`a${index}`));
      void queue.run({ writes: [id(`b${index}`, other)], priority: 0, signal: never() }, body(`b${index}`));
    }
    await turn();
    expect(atWork.size).toBe(5);
    expect([...atWork].filter((name) => name.startsWith('a')).length).toBeLessThanOrEqual(3);
  });

  it('counts steps without writes for the given subscription', async () => {
    const queue = createQueue({ overall: 9, perSubscription: 2, perResource: 1 }, SUB);
    const { atWork, body } = gate();
    for (let index = 0; index < 4; index++)
      void queue.run({ writes: [], priority: 0, signal: never() }, body(`${index}`));
    await turn();
    expect(atWork.size).toBe(2);
  });

  it('sends the most critical step first', async () => {
    const queue = createQueue({ overall: 1, perSubscription: 1, perResource: 1 }, SUB);
    const { started, body, release } = gate();
    const add = (name: string, priority: number) =>
      void queue.run({ writes: [], priority, signal: never() }, body(name));
    add('first', 0);
    add('low', 1);
    add('high', 9);
    add('middle', 5);
    await turn();
    for (const name of ['first', 'high', 'middle', 'low']) await release(name);
    expect(started).toEqual(['first', 'high', 'middle', 'low']);
  });

  it('holds no wide place while it waits for a narrow one', async () => {
    const queue = createQueue({ overall: 2, perSubscription: 2, perResource: 1 }, SUB);
    const { atWork, body } = gate();
    for (const name of ['a', 'b', 'c'])
      void queue.run({ writes: [id('one')], priority: 0, signal: never() }, body(name));
    void queue.run({ writes: [id('two')], priority: 0, signal: never() }, body('other'));
    await turn();
    expect([...atWork]).toEqual(['a', 'other']);
  });

  it('never starts a step that is aborted while it waits, and gives its places on', async () => {
    const queue = createQueue({ overall: 1, perSubscription: 1, perResource: 1 }, SUB);
    const { atWork, body, release } = gate();
    const controller = new AbortController();
    const first = queue.run({ writes: [id('one')], priority: 0, signal: never() }, body('first'));
    const second = queue.run({ writes: [id('one')], priority: 0, signal: controller.signal }, body('second'));
    const third = queue.run({ writes: [id('one')], priority: 0, signal: never() }, body('third'));
    await turn();
    controller.abort(new Error('skipped'));
    await expect(second).rejects.toThrow('skipped');
    await release('first');
    expect([...atWork]).toEqual(['third']);
    await release('third');
    await Promise.all([first, third]);
    expect(queue.size()).toBe(0);
  });

  it('does not start a step whose signal was aborted before', async () => {
    const queue = createQueue(wide, SUB);
    let isStarted = false;
    const work = queue.run(
      { writes: [id('one')], priority: 0, signal: AbortSignal.abort(new Error('no')) },
      async () => {
        isStarted = true;
      },
    );
    await expect(work).rejects.toThrow('no');
    expect(isStarted).toBe(false);
  });

  it('keeps the places of a step that is aborted while it is at work, until it really ends', async () => {
    const queue = createQueue(wide, SUB);
    const { atWork, body, release } = gate();
    const controller = new AbortController();
    const first = queue.run({ writes: [id('one')], priority: 0, signal: controller.signal }, body('first'));
    void queue.run({ writes: [id('one')], priority: 0, signal: never() }, body('second'));
    await turn();
    controller.abort();
    await turn();
    expect([...atWork]).toEqual(['first']);
    await release('first');
    await expect(first).resolves.toBe('first');
    expect([...atWork]).toEqual(['second']);
  });

  it('gives the places of failed work on', async () => {
    const queue = createQueue({ overall: 1, perSubscription: 1, perResource: 1 }, SUB);
    const failing = queue.run({ writes: [id('one')], priority: 0, signal: never() }, async () => {
      throw new Error('boom');
    });
    await expect(failing).rejects.toThrow('boom');
    await expect(queue.run({ writes: [id('one')], priority: 0, signal: never() }, async () => 'next')).resolves.toBe(
      'next',
    );
  });

  it(`finishes any mix of steps that write to several resources, one writer a resource (seed ${SEED})`, async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const step = fc.record({ writes: fc.subarray(names), priority: fc.nat(9), turns: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, overall) => {
        const queue = createQueue({ overall, perSubscription: 3, perResource: 1 }, SUB);
        const writing = new Map<string, number>();
        const count = (writes: readonly string[], by: number) => {
          for (const name of writes) writing.set(name, (writing.get(name) ?? 0) + by);
          expect(Math.max(0, ...writing.values())).toBeLessThanOrEqual(1);
        };
        const work = steps.map(({ writes, priority, turns }) =>
          queue.run({ writes: writes.map((name) => id(name)), priority, signal: never() }, async () => {
            count(writes, 1);
            for (let index = 0; index < turns; index++) await turn();
            count(writes, -1);
          }),
        );
        await Promise.all(work);
        expect(queue.size()).toBe(0);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});
