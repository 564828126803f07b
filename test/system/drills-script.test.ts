// `npm run drills` is green only for what passes, verifies and leaves nothing: it is seen red here.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { processesMentioning } from './left-behind.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

const SCRIPT = resolve(import.meta.dirname, '..', '..', 'scripts', 'drills.ts');
let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

function runScript(...args: readonly string[]): Promise<{ readonly status: number | null; readonly out: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { cwd: workspace.root, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
  return new Promise((settle, fail) => {
    child.on('error', fail);
    child.on('close', (status) => settle({ status, out }));
  });
}

it('answers for the people of a drill, and is red for the one of two that fails', async () => {
  const approvals = { required: 2, roles: ['dr-lead', 'ops'] };
  workspace = makeWorkspace('good', {
    sample: 'quarterly-rehearsal',
    drill: { approvals, recovery: [], timing: { baseline: 'PT0S' } },
  });
  writeFileSync(
    join(workspace.root, 'page.md'),
    '---\nowner: tests\nroles: [ops]\nreviewed: 2026-11-21\nexpectedDuration: PT1M\n---\n# One\n- [ ] a\n## Two\n- [ ] b\n',
  );
  const drill = parse(readFileSync(workspace.drill, 'utf8')) as { verification: object[] };
  drill.verification = [{ id: 'review', uses: 'runbook/page', with: { page: 'page.md' } }];
  writeFileSync(workspace.drill, JSON.stringify(drill));
  const world = readFileSync(join(workspace.root, 'drills/worlds/good.yaml'), 'utf8');
  writeFileSync(join(workspace.root, 'drills/worlds/bad.yaml'), world.replace('name: good', 'name: bad'));
  const bad = {
    ...drill,
    drill: 'bad',
    verification: [
      {
        id: 'never',
        uses: 'http/assert',
        with: { url: 'http://none.example/', expect: 'status == 200' },
        retry: { attempts: 1 },
      },
    ],
  };
  writeFileSync(join(workspace.root, 'drills/bad.yaml'), JSON.stringify(bad));
  const { status, out } = await runScript('drills/good.yaml', 'drills/bad.yaml');
  // Two approvals and two steps of the page, or more when the machine is slow to take one.
  expect(out).toMatch(/^good +passed +[\d.]+ +([4-9]|\d\d) {2}1 verified$/m);
  expect(out).toMatch(/^bad +failed +[\d.]+ +\d+ {2}NOT AS EXPECTED\n {2}expected passed, found failed/m);
  expect(out).toContain('1 of 2 as expected');
  expect(status).toBe(1);
});

it('names a drill that is not there', async () => {
  workspace = makeWorkspace('good', { sample: 'verify-data' });
  const { status, out } = await runScript('verify-dat');
  expect([status, out]).toEqual([
    1,
    expect.stringContaining('expected the name or the file of a drill, found "verify-dat"'),
  ]);
});
