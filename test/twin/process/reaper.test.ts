import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reap } from '../../../src/twin/process/reaper.ts';
import { openRegistry } from '../../../src/twin/process/registry.ts';
import { endAll, isRunning, startSleepers, untilOver, withFolder } from './sleepers.ts';

const places = (folder: string) => {
  const twin = join(folder, 'twin');
  mkdirSync(twin);
  return { twin, file: join(twin, 'processes.json') };
};

describe('the reaper', () => {
  it('ends what is registered with its descendants, removes the folder, and finds nothing the second time', () =>
    withFolder(async (folder) => {
      const { twin, file } = places(folder);
      const { pid, children } = await startSleepers();
      try {
        openRegistry(file).add({ pid, what: 'sleepers' });
        expect(reap(file, twin).map(({ what }) => what)).toEqual(['sleepers']);
        await untilOver([pid, ...children]);
        expect(existsSync(twin)).toBe(false);
        expect(reap(file, twin)).toEqual([]);
      } finally {
        endAll([pid, ...children]);
      }
    }));

  it('spares a later process that was given the id of a registered one', () =>
    withFolder(async (folder) => {
      const { twin, file } = places(folder);
      const { pid, children } = await startSleepers();
      try {
        openRegistry(file).add({ pid, what: 'sleepers' });
        const stored = readFileSync(file, 'utf8');
        writeFileSync(
          file,
          stored.replace(/"startTicks":(\d+)/, (_, ticks) => `"startTicks":${Number(ticks) - 1}`),
        );
        expect(reap(file, twin)).toEqual([]);
        expect([pid, ...children].every(isRunning)).toBe(true);
        expect(existsSync(twin)).toBe(false);
      } finally {
        endAll([pid, ...children]);
      }
    }));

  it('does not end itself', () =>
    withFolder((folder) => {
      const { twin, file } = places(folder);
      openRegistry(file).add({ pid: process.pid, what: 'this test' });
      expect(reap(file, twin)).toEqual([]);
    }));

  it('leaves the folder when the registry cannot be read', () =>
    withFolder((folder) => {
      const { twin, file } = places(folder);
      writeFileSync(file, 'nonsense');
      expect(() => reap(file, twin)).toThrow(expect.objectContaining({ code: 'registry-invalid' }));
      expect(existsSync(twin)).toBe(true);
    }));

  it.each(['/', '/tmp', 'relative', '/tmp/..', '/tmp/x/../..'])('refuses to remove %s', (folder) => {
    expect(() => reap('/nowhere/processes.json', folder)).toThrow("not a twin's folder");
  });
});
