// What only looks at a drill leaves nothing behind, and never says of anything that it succeeded.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const DRILLS = readdirSync(join(ROOT, 'drills')).filter((name) => name.endsWith('.yaml'));

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-dry-'));
  for (const folder of ['drills', 'runbooks']) cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Every path below the workspace, in order. */
const filesIn = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();

describe('a dry path', () => {
  it.each(DRILLS)('of %s says of nothing that it succeeded, and makes neither journal nor evidence', async (name) => {
    const before = filesIn(root);
    const places = ['--state', join(root, 'state'), '--evidence', join(root, 'evidence')];
    for (const [command = '', ...options] of [['validate'], ['plan'], ['plan', '--json'], ['chart']]) {
      const { status, out, err } = await runInProcess(command, join(root, 'drills', name), ...options, ...places);
      expect(status, err).toBe(0);
      expect(out, command).not.toBe('');
      expect(`${out}${err}`, command).not.toMatch(/succeeded/i);
      expect(filesIn(root), command).toEqual(before);
    }
  });
});
