import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { takeCommands } from '../../src/runtime/inbox.ts';
import type { Run } from '../../src/runtime/run.ts';

it('takes a command once, however many look at the same time', async () => {
  const standing = [{ id: 1, run: 'run-1', command: { type: 'resume', as: 'sam' } }];
  const told: string[] = [];
  const run = {
    plan: {},
    view: () => ({ paused: false }),
    log: { warn: () => undefined },
    journal: { commands: () => [...standing], taken: () => void standing.pop() },
    submit: async ({ type }: { type: string }) => {
      await sleep(5);
      told.push(type);
      return { changed: true };
    },
  } as unknown as Run;
  await Promise.all([takeCommands(run), takeCommands(run), takeCommands(run)]);
  expect(told).toEqual(['command.refused']);
});

it('goes on after a look that failed', async () => {
  let looks = 0;
  const commands = () => {
    looks += 1;
    if (looks === 1) throw new RangeError('the disk is full');
    return [];
  };
  const run = { journal: { commands } } as unknown as Run;
  const [first, second] = await Promise.allSettled([takeCommands(run), takeCommands(run)]);
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
});
