// A twin's folder is filled beside its place: whoever dies meanwhile leaves one that nobody takes for a twin, and that the next one removes.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeAbandoned, twinOwner } from '../../../src/twin/index.ts';
import { writeRequest } from '../../../src/twin/supervisor-address.ts';
import { claimFolder, makeDataFolder, twinFolder, twinNames } from '../../../src/twin/supervisor-folder.ts';
import { identityOf } from '../../../src/twin/supervisor-process.ts';

const DEAD = { pid: 2 ** 22 + 1, startTicks: 1 };
const me = identityOf(process.pid) ?? expect.fail('this process was not found');
let stateDir: string;
let data = '';

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'drillmaster-test-'));
});
afterEach(() => {
  for (const folder of [stateDir, data]) rmSync(folder, { recursive: true, force: true });
});

const requestOf = (claimedBy: typeof me, data: string) => ({
  formatVersion: 1 as const,
  name: 'one',
  owner: { run: 'a-run' },
  data,
  claimedBy,
});

it('is removed with its data when its maker is dead, and left alone while that lives', () => {
  const [abandoned, filled] = [DEAD, me].map(({ pid, startTicks }) => {
    const coming = `${twinFolder(stateDir, 'one')}.coming-${pid}-${startTicks}`;
    mkdirSync(coming, { recursive: true });
    return coming;
  }) as [string, string];
  data = mkdtempSync(join(tmpdir(), 'drillmaster-twin-'));
  writeRequest(abandoned, requestOf(DEAD, data));
  expect(twinNames(stateDir)).toEqual([]);
  removeAbandoned(stateDir);
  expect([abandoned, data, filled].map((path) => existsSync(path))).toEqual([false, false, true]);
});

it('is in its place at once and whole, and is not filled a second time', () => {
  const fill = (coming: string) => {
    expect(twinOwner(stateDir, 'one')).toBeUndefined();
    data = makeDataFolder(twinFolder(stateDir, 'one'), coming);
    writeRequest(coming, requestOf(me, data));
  };
  expect(claimFolder(stateDir, 'one', me, fill)).toBe(true);
  expect(twinOwner(stateDir, 'one')).toEqual({ run: 'a-run' });
  expect(claimFolder(stateDir, 'one', me, () => expect.fail('it was filled again'))).toBe(false);
  expect(twinNames(stateDir)).toEqual(['one']);
});

it('gives way to one that was faster while it was filled, and leaves nothing', () => {
  const faster = (coming: string) => {
    writeFileSync(join(coming, 'mine'), '');
    mkdirSync(twinFolder(stateDir, 'one'));
    writeFileSync(join(twinFolder(stateDir, 'one'), 'theirs'), '');
  };
  expect(claimFolder(stateDir, 'one', me, faster)).toBe(false);
  expect(existsSync(join(twinFolder(stateDir, 'one'), 'theirs'))).toBe(true);
  removeAbandoned(stateDir);
  expect(twinNames(stateDir)).toEqual(['one']);
});
