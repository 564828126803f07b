// The allow list of programs from its file to the plan, and from the plan to the run's own process.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPrograms } from '../../src/cli/programs.ts';
import { sha256 } from '../../src/model/json.ts';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
let root = '';
let program = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-cli-'));
  mkdirSync(join(root, 'drills', 'worlds'), { recursive: true });
  program = join(root, 'count.sh');
  writeFileSync(program, '#!/bin/sh\necho 3\n', { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const list = (text: string) => writeFileSync(join(root, 'drills', 'programs.yaml'), text);
const digest = () => sha256(readFileSync(program));
const problem = (text: string) => {
  list(text);
  try {
    loadPrograms({ root });
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal, found a list');
};

describe('drills/programs.yaml', () => {
  it('allows nothing when it is not there', () => expect(loadPrograms({ root })).toEqual([]));

  it('gives every program with the digest of its file, defaults filled in', () => {
    list(
      `programs:\n  count: { path: ${program}, arguments: ['\\d+'], environment: [REGION], timeout: PT5S }\n  same: { path: ${program}, sha256: ${digest()} }\n`,
    );
    expect(loadPrograms({ root })).toEqual([
      { name: 'count', path: program, sha256: digest(), arguments: ['\\d+'], environment: ['REGION'], timeoutMs: 5000 },
      { name: 'same', path: program, sha256: digest(), arguments: [], environment: [], timeoutMs: 60_000 },
    ]);
  });

  it('says of a program what keeps it from being run, and keeps the others', () => {
    const other = 'f'.repeat(64);
    chmodSync(join(root, 'drills'), 0o755);
    list(
      `programs:\n  gone: { path: /nowhere/x }\n  changed: { path: ${program}, sha256: ${other} }\n  folder: { path: ${root} }\n  count: { path: ${program} }\n`,
    );
    expect(loadPrograms({ root })).toEqual([
      { name: 'gone', problem: 'expected a program that can be run at /nowhere/x, found none (ENOENT)' },
      {
        name: 'changed',
        problem: `expected ${program} with the sha256 ${other} of drills/programs.yaml, found ${digest()}`,
      },
      { name: 'folder', problem: `expected a program that can be run at ${root}, found none (EISDIR)` },
      expect.objectContaining({ name: 'count' }),
    ]);
  });

  it.each([
    ['programs: [', /programs\.yaml:1:\d+: expected valid YAML/],
    ['programs:\n  count: { path: bin/count }\n', /:2:\d+: expected an absolute path, found "bin\/count"/],
    ['programs:\n  count: { path: /bin/true, argumnets: [] }\n', /did you mean "arguments"/],
    ["programs:\n  count: { path: /bin/true, arguments: ['('] }\n", /expected a regular expression/],
    [
      'programs:\n  count: { path: /bin/true, environment: [LD_PRELOAD] }\n',
      /expected the name of an environment variable, and none of the loader/,
    ],
    ['programs:\n  count: { path: /bin/true, timeout: PT9H }\n', /up to PT1H/],
    ['programs:\n  count: { path: /bin/true, sha256: abc }\n', /expected a SHA-256 digest/],
    ['programs:\n  Count: { path: /bin/true }\n', /expected a name in lower case/],
  ])('is refused as a whole when it says %j', (text, message) => {
    expect(problem(text)).toMatchObject({ code: 'refused', message: expect.stringMatching(message) });
  });
});

describe('a drill that runs a program', () => {
  const drill = () => join(root, 'drills', 'verify-data.yaml');
  beforeEach(() => {
    for (const name of ['verify-data.yaml', 'worlds/verify-data.yaml'])
      writeFileSync(join(root, 'drills', name), readFileSync(join(ROOT, 'drills', name)));
    const step =
      'verification:\n  - { id: count, uses: script/run, with: { program: count, expect: \'stdout == "3\\n"\' } }\n';
    const approved = 'approvals: { required: 1 }\n';
    writeFileSync(
      drill(),
      readFileSync(drill(), 'utf8').replace('verification:\n', () => approved + step.replace('"3\\n"', '"3\\\\n"')),
    );
    list(`programs:\n  count: { path: ${program} }\n`);
  });
  const planned = async () => runInProcess('plan', drill(), '--json');

  it('has a plan that names the program and its digest', async () => {
    const { status, out, err } = await planned();
    expect(status, err).toBe(0);
    const { plan } = JSON.parse(out) as { plan: { programs: unknown } };
    expect(plan.programs).toMatchObject([{ name: 'count', path: program, sha256: digest() }]);
    expect((await runInProcess('plan', drill())).out).toContain(`sha256 ${digest()}`);
  });

  it('has another plan when the program changes, and none when it is gone', async () => {
    const before = (JSON.parse((await planned()).out) as { digest: string }).digest;
    writeFileSync(program, '#!/bin/sh\necho 4\n');
    expect((JSON.parse((await planned()).out) as { digest: string }).digest).not.toBe(before);
    rmSync(program);
    const { status, err } = await planned();
    expect(status).toBe(2);
    expect(err).toMatch(/verify-data\.yaml:\d+:\d+: expected a program that can be run at/);
  });

  it('is refused without an approval', async () => {
    writeFileSync(drill(), readFileSync(drill(), 'utf8').replace('required: 1', 'required: 0'));
    expect(await planned()).toMatchObject({
      status: 2,
      err: expect.stringContaining('approvals.required of at least 1'),
    });
  });
});
