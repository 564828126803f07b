import { cpSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkChildren } from '../../src/evidence/check-children.ts';
import { packageDigest } from '../../src/evidence/package-digest.ts';
import { verifyPackage } from '../../src/evidence/verify.ts';
import type { DrillResult } from '../../src/model/result.ts';
import { openSandbox, pack, type Sandbox, signAgain } from './packed.ts';

let sandbox: Sandbox;
let dir: string;
let result: DrillResult;
let recorded: string;

beforeEach(async () => {
  sandbox = openSandbox();
  dir = await pack(sandbox);
  recorded = await packageDigest(dir);
  result = JSON.parse(await readFile(join(dir, 'result.json'), 'utf8')) as DrillResult;
});
afterEach(() => sandbox.remove());

type Child = NonNullable<DrillResult['children']>[number];

/** Checks a parent beside `run-1`, which names it as its child. */
async function check(changes: Partial<Child> = {}, depth = 0) {
  const child = {
    drill: 'region-failover',
    run: 'run-1',
    outcome: result.outcome,
    digest: recorded,
    ...changes,
  };
  const text = JSON.stringify({ ...result, children: [child] });
  return checkChildren(join(dirname(dir), 'parent'), text, depth, (beside) => verifyPackage(beside, sandbox.pem));
}

describe('the package of a child', () => {
  it('is verified beside that of its parent', async () => {
    expect(await check()).toEqual({
      children: [{ run: 'run-1', outcome: result.outcome, found: 'verified' }],
      findings: [],
    });
  });

  it('is the one that its parent names, where it was taken up again after its end', async () => {
    const again = `${dir}-reopened-1`;
    cpSync(dir, again, { recursive: true });
    signAgain(dir, sandbox.key, { 'report.md': 'of an earlier end' });
    expect(await packageDigest(dir)).not.toBe(recorded);
    expect(await check()).toMatchObject({ children: [{ found: 'verified' }], findings: [] });
    rmSync(again, { recursive: true });
    expect(await check()).toMatchObject({ children: [{ found: 'different' }] });
  });

  it('that is not there is named, and is no finding', async () => {
    rmSync(dir, { recursive: true });
    expect(await check()).toMatchObject({ children: [{ found: 'absent' }], findings: [] });
  });

  it('that verifies and is another one is found', async () => {
    expect(await check({ digest: 'd'.repeat(64) })).toMatchObject({
      children: [{ found: 'different' }],
      findings: [
        { code: 'child-differs', file: 'run-1', detail: expect.stringContaining('expected the package whose') },
      ],
    });
    expect((await check({ outcome: 'stuck' })).findings[0]?.detail).toBe(
      `expected the outcome stuck, found ${result.outcome}`,
    );
  });

  it('that does not verify is found, although its list of digests is the one that was recorded', async () => {
    const digest = await packageDigest(dir);
    signAgain(dir, sandbox.key, { 'report.md': 'all is well' });
    const { findings } = await check({ digest });
    expect(findings.map(({ detail }) => detail).join()).toContain('report.md: report-differs');
  });

  it('is not looked for where a name leads elsewhere, nor without evidence', async () => {
    for (const run of ['../run-1', '..', 'a/b'])
      expect(await check({ run })).toMatchObject({
        children: [{ found: 'different' }],
        findings: [{ detail: 'expected the name of a run, found a path' }],
      });
    expect(await check({ digest: null })).toMatchObject({ children: [{ found: 'without evidence' }], findings: [] });
  });

  it('is not followed for ever', async () => {
    expect(await check({}, 4)).toEqual({ children: [], findings: [] });
  });
});
