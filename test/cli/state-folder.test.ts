// A state folder that could not record a drill to its end refuses it before anything starts.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canMount, unmount, withSmallDisk } from '../journal/small-disk.ts';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
let root = '';
let state = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-state-'));
  state = join(root, 'state');
  mkdirSync(join(root, 'drills', 'worlds'), { recursive: true });
  mkdirSync(state);
  for (const name of ['region-failover.yaml', 'worlds/region-failover.yaml'])
    copyFileSync(join(ROOT, 'drills', name), join(root, 'drills', name));
});
afterEach(() => {
  unmount(state);
  rmSync(root, { recursive: true, force: true });
});

const run = () =>
  runInProcess(
    'run',
    join(root, 'drills', 'region-failover.yaml'),
    '--yes',
    '--state',
    state,
    '--evidence',
    join(root, 'evidence'),
  );

describe.skipIf(!canMount())('a state folder (needs the right to mount a file system)', () => {
  it('on a disk that has no room for the reserve is refused, and nothing is left there', async () => {
    await withSmallDisk(state, { bytes: 2 * 1024 * 1024 }, async () => {
      const { status, out, err } = await run();
      expect([status, out], err).toEqual([2, '']);
      expect(err).toContain(
        `${join(state, 'journal.reserve')}: expected room for a reserve of 8388608 bytes, found none (ENOSPC)`,
      );
      expect(readdirSync(state).filter((name) => /journal|twins/.test(name))).toEqual([]);
    });
  });

  it('that is read-only is refused', async () => {
    await withSmallDisk(state, { readOnly: true }, async () => {
      const { status, out, err } = await run();
      expect([status, out], err).toEqual([2, '']);
      expect(err).toContain(`${state}: expected a folder that can be written, found none (EROFS)`);
      expect(existsSync(join(state, 'journal.db'))).toBe(false);
    });
  });

  it('that is read-only refuses every command that needs the journal, with its name', async () => {
    await withSmallDisk(state, { readOnly: true }, async () => {
      for (const command of [['runs'], ['resume', 'run-1'], ['status']]) {
        const { status, err } = await runInProcess(...command, '--state', state);
        expect(status, err).toBe(2);
        expect(err).toContain(join(state, 'journal.db'));
      }
    });
  });
});
