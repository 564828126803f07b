import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyPackage } from '../../src/evidence/verify.ts';
import { openSandbox, pack, type Sandbox } from './packed.ts';

let sandbox: Sandbox;
let good = '';
let parent = '';

beforeAll(async () => {
  sandbox = openSandbox();
  good = await pack(sandbox);
});
afterAll(() => sandbox.remove());
beforeEach(() => {
  parent = join(sandbox.folder, 'parent');
  rmSync(parent, { recursive: true, force: true });
  mkdirSync(parent);
});

const put = (...names: readonly string[]) => {
  for (const name of names) cpSync(good, join(parent, name), { recursive: true });
};

describe('a folder of packages', () => {
  it('is said to be no package, and the packages in it are named', async () => {
    put('run-b', 'run-a');
    mkdirSync(join(parent, 'something-else'));
    await expect(verifyPackage(parent, sandbox.pem)).rejects.toMatchObject({
      code: 'usage',
      message: [
        `expected an evidence package at ${parent}, found a folder of 2 packages; verify one of them:`,
        `  ${join(parent, 'run-a')}`,
        `  ${join(parent, 'run-b')}`,
      ].join('\n'),
    });
  });

  it('with many packages names twenty and counts the others', async () => {
    put(...Array.from({ length: 23 }, (_, nth) => `run-${String(nth).padStart(2, '0')}`));
    const said = await verifyPackage(parent, sandbox.pem).catch((thrown: Error) => thrown.message);
    const lines = String(said).split('\n');
    expect(lines[0]).toContain('a folder of 23 packages');
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe('  and 3 more');
  });

  it('is a package all the same when one file of a package is left in it: then the others are missing', async () => {
    put('run-a');
    cpSync(join(good, 'README.txt'), join(parent, 'README.txt'));
    const { ok, findings } = await verifyPackage(parent, sandbox.pem);
    expect(ok).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'missing-file', file: 'events.jsonl' }));
  });

  it('that is empty, or holds only links to packages, is a package whose files are missing', async () => {
    symlinkSync(good, join(parent, 'link'));
    for (const dir of [parent, join(sandbox.folder, 'empty')]) {
      mkdirSync(dir, { recursive: true });
      const { ok, findings } = await verifyPackage(dir, sandbox.pem);
      expect(ok).toBe(false);
      expect(findings).toContainEqual(expect.objectContaining({ code: 'missing-file', file: 'SHA256SUMS' }));
    }
    expect(readdirSync(parent)).toEqual(['link']);
  });
});
