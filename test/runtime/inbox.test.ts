import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { takeCommands } from '../../src/runtime/inbox.ts';
import type { Run } from '../../src/runtime/run.ts';
import { takeCommand } from '../../src/runtime/take-command.ts';
import { planOf } from './drill-builder.ts';

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

it.each(['retry', 'skip'] as const)('refuses a %s of an attempt that is not the one its giver saw', async (type) => {
  const told: unknown[] = [];
  const run = {
    plan: planOf(),
    view: () => ({ phase: 'recovery', aborted: false, status: () => 'stuck', attempt: () => 2 }),
    log: { warn: () => undefined },
    submit: async (body: unknown) => {
      told.push(body);
      return { changed: true };
    },
  } as unknown as Run;
  // A crash before it was marked as taken has it read again, after the attempt that it asked for has ended too.
  await takeCommand(run, { type, as: 'dana', step: 'promote', attempt: 1, reason: 'the vendor looked' });
  const why = `step promote is at attempt 2 by now, and this ${type} was said of attempt 1: look at it and say it again`;
  expect(told).toEqual([{ type: 'command.refused', command: type, as: 'dana', why }]);
  await takeCommand(run, { type, as: 'dana', step: 'promote', attempt: 2, reason: 'the vendor looked' });
  expect(told[1]).toMatchObject({ step: 'promote', attempt: 2, as: 'dana' });
});
