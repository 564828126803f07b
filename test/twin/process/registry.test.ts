import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processStat } from '../../../src/twin/process/process-stat.ts';
import { isAlive, openRegistry, readRegistry } from '../../../src/twin/process/registry.ts';
import { endAll, untilOver, withFolder } from './sleepers.ts';

const startSleep = () => Number(spawn('sleep', ['300'], { stdio: 'ignore' }).pid);

describe('a registry', () => {
  it('is read by others as it was written', () =>
    withFolder((folder) => {
      const file = join(folder, 'processes.json');
      const registry = openRegistry(file);
      registry.add({ pid: process.pid, what: 'this test' });
      const expected = [{ pid: process.pid, startTicks: processStat(process.pid)?.startTicks, what: 'this test' }];
      expect([registry.list(), readRegistry(file), openRegistry(file).list()]).toEqual([expected, expected, expected]);
      expect(readdirSync(folder)).toEqual(['processes.json']);
    }));

  it('forgets what is removed, and holds a process once', () =>
    withFolder((folder) => {
      const file = join(folder, 'processes.json');
      const registry = openRegistry(file);
      registry.add({ pid: process.pid, what: 'first' });
      registry.add({ pid: process.ppid, what: 'parent' });
      registry.add({ pid: process.pid, what: 'second' });
      registry.remove(process.ppid);
      registry.remove(process.ppid);
      expect(readRegistry(file).map(({ what }) => what)).toEqual(['second']);
    }));

  it('does not take a process that is not there', () =>
    withFolder(async (folder) => {
      const registry = openRegistry(join(folder, 'processes.json'));
      const pid = startSleep();
      endAll([pid]);
      await untilOver([pid]);
      expect(() => registry.add({ pid, what: 'sleep' })).toThrow(expect.objectContaining({ code: 'process-missing' }));
    }));

  it('bears that its folder was removed when it only forgets', () =>
    withFolder((folder) => {
      const registry = openRegistry(join(folder, 'processes.json'));
      registry.add({ pid: process.pid, what: 'this test' });
      rmSync(folder, { recursive: true });
      registry.remove(process.pid);
      expect(registry.list()).toEqual([]);
      expect(existsSync(folder)).toBe(false);
      expect(() => registry.add({ pid: process.pid, what: 'this test' })).toThrow('ENOENT');
    }));

  it('of another boot names nobody', () =>
    withFolder((folder) => {
      const file = join(folder, 'processes.json');
      openRegistry(file).add({ pid: process.pid, what: 'this test' });
      const stored = JSON.parse(readFileSync(file, 'utf8')) as object;
      writeFileSync(file, JSON.stringify({ ...stored, boot: '00000000-0000-0000-0000-000000000000' }));
      expect(readRegistry(file)).toEqual([]);
    }));

  it.each([
    ['text', 'not JSON'],
    ['another version', '{"version":2,"boot":"b","processes":[]}'],
    ['the first process of all', '{"version":1,"boot":"b","processes":[{"pid":1,"startTicks":3,"what":"init"}]}'],
    ['a process group', '{"version":1,"boot":"b","processes":[{"pid":-5,"startTicks":3,"what":"group"}]}'],
    ['null', 'null'],
  ])('refuses a file with %s', (_, text) =>
    withFolder((folder) => {
      const file = join(folder, 'processes.json');
      writeFileSync(file, text);
      expect(() => readRegistry(file)).toThrow(expect.objectContaining({ code: 'registry-invalid' }));
    }),
  );
});

describe('a registered process', () => {
  it('is alive until it ends', async () => {
    const pid = startSleep();
    try {
      const registered = { pid, startTicks: processStat(pid)?.startTicks ?? 0, what: 'sleep' };
      expect(isAlive(registered)).toBe(true);
      endAll([pid]);
      await untilOver([pid]);
      expect(isAlive(registered)).toBe(false);
    } finally {
      endAll([pid]);
    }
  });

  it('is not alive when a later process has its id', () => {
    const startTicks = processStat(process.pid)?.startTicks ?? 0;
    expect(isAlive({ pid: process.pid, startTicks: startTicks - 1, what: 'an earlier one' })).toBe(false);
  });
});
