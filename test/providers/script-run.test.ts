// Real programs, written by the test: what they get, what they may not, and how they end.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, refusalOf } from '../../src/model/program.ts';
import { fileDigest } from '../../src/providers/script/file-digest.ts';
import { scriptRun } from '../../src/providers/script/script-run.ts';
import { buildWorld, contextOf, rejection, TOKEN } from './world-builder.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-test-'));
  // Others on this machine may run programs too: only this test's own folders are counted.
  process.env['TMPDIR'] = join(folder, 'tmp');
  mkdirSync(join(folder, 'tmp'));
});
afterAll(() => {
  delete process.env['TMPDIR'];
  rmSync(folder, { recursive: true, force: true });
});

/** A program of this text, as a plan holds it. */
async function programOf(text: string, changes: Partial<Program> = {}): Promise<Program> {
  const path = join(folder, `program-${readdirSync(folder).length}`);
  writeFileSync(path, text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const sha256 = (await fileDigest(path)) ?? '';
  return { name: 'probe', path, sha256, arguments: ['.*'], environment: [], timeoutMs: 20_000, ...changes };
}

const run = (program: Program, given: object = {}, signal = AbortSignal.timeout(30_000)) =>
  scriptRun.start(
    scriptRun.input.parse({ program: 'probe', expect: 'exit == 0', ...given }),
    contextOf(
      {
        ...buildWorld({ connection: { postgres: { user: 'u', password: 'db-secret', database: 'd' } } }),
        programs: [program],
      },
      { signal },
    ),
  );
const isAlive = (pid: number) => existsSync(`/proc/${pid}/stat`);
const own = () => readdirSync(tmpdir()).filter((name) => name.startsWith('drillmaster-program-'));

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && isAlive(pid); tries++) await wait(20);
  return !isAlive(pid);
}

/** The process that a program told of in a file. */
async function pidIn(file: string): Promise<number> {
  for (let tries = 0; tries < 500 && !existsSync(file); tries++) await wait(20);
  await wait(20);
  const { readFileSync } = await import('node:fs');
  return Number(readFileSync(file, 'utf8'));
}

describe('script/run', () => {
  it('passes when a program says what is expected', async () => {
    const program = await programOf('echo "orders 17"; echo "fine" >&2');
    const condition = 'exit == 0 && stdout.contains("orders 17") && stderr == "fine\\n" && signal == null';
    expect(await run(program, { expect: condition })).toMatchObject({
      kind: 'done',
      check: { expected: condition, observed: '{"exit":0,"signal":null,"stdout":"orders 17\\n","stderr":"fine\\n"}' },
    });
  });

  it.each([
    ['exit 3', 'exit == 0', '"exit":3'],
    ['echo "orders 16"', 'stdout.contains("orders 17")', 'orders 16'],
    ['kill -9 $$', 'exit == 0', '"exit":null,"signal":"SIGKILL"'],
  ])('fails when "%s" is to be %s, and keeps what it saw', async (text, condition, observed) => {
    const error = await rejection(run(await programOf(text), { expect: condition }));
    expect(error).toMatchObject({
      code: 'check-failed',
      retryable: false,
      check: { observed: expect.stringContaining(observed) },
    });
  });

  it('hands arguments over as they are: no shell reads them', async () => {
    const given = ['$(touch /tmp/x)', '; rm -rf /', '`id`', '*', 'a \'b\' "c"', '', '-n'];
    const program = await programOf('for argument; do printf "<%s>" "$argument"; done');
    const { check } = (await run(program, { arguments: given })) as { check: { observed: string } };
    const { stdout } = JSON.parse(check.observed) as { stdout: string };
    expect(stdout).toBe(given.map((argument) => `<${argument}>`).join(''));
  });

  it('gives it the listed environment variables and no others', async () => {
    process.env['DRILLMASTER_TEST_SECRET'] = 'inherited';
    const program = await programOf(
      '#!/usr/bin/env -S node\nconsole.log(JSON.stringify(Object.keys(process.env)), process.env.REGION)',
      {
        environment: ['REGION', 'PATH'],
      },
    );
    const environment = { REGION: 'westeurope', PATH: process.env['PATH'] ?? '' };
    const { check } = (await run(program, { environment, expect: 'exit == 0' })) as { check: { observed: string } };
    delete process.env['DRILLMASTER_TEST_SECRET'];
    expect(check.observed).toContain('westeurope');
    expect(check.observed).toContain('[\\"REGION\\",\\"PATH\\"]');
  });

  it('gives it an empty folder of its own, and removes that with everything in it', async () => {
    const before = own();
    const program = await programOf(
      'pwd; ls -A | wc -l; mkdir -p deep/er; echo left > deep/er/file; chmod 500 deep/er',
    );
    const { check } = (await run(program, {
      expect: 'exit == 0 && stdout.contains("drillmaster-program-") && stdout.contains("\\n0\\n")',
    })) as {
      check: { observed: string };
    };
    expect(check.observed).toContain('drillmaster-program-');
    expect(own()).toEqual(before);
  });

  it('gives it no input to wait for', async () => {
    expect(
      await run(await programOf('read line || echo "no input"'), { expect: 'stdout == "no input\\n"' }),
    ).toMatchObject({ kind: 'done' });
  });

  it('ends it at its time limit, with all that it started', async () => {
    const file = join(folder, 'child.pid');
    const program = await programOf(`sleep 60 & echo $! > ${file}; sleep 60`, { timeoutMs: 700 });
    const error = await rejection(run(program));
    expect(error).toMatchObject({ code: 'program-failed', retryable: false });
    expect(error.message).toContain('ran longer than 700 ms');
    expect(await gone(await pidIn(file))).toBe(true);
  });

  it('ends it by force when it does not listen', async () => {
    const file = join(folder, 'deaf.pid');
    const program = await programOf(`trap '' TERM; echo $$ > ${file}; while :; do sleep 0.1; done`, { timeoutMs: 500 });
    expect(await rejection(run(program))).toMatchObject({ code: 'program-failed' });
    expect(await gone(await pidIn(file))).toBe(true);
  });

  it('ends it when the step is aborted, and does not begin when it already is', async () => {
    const file = join(folder, 'aborted.pid');
    const stop = new AbortController();
    const running = rejection(run(await programOf(`echo $$ > ${file}; sleep 60`), {}, stop.signal));
    const pid = await pidIn(file);
    stop.abort();
    expect(await running).toMatchObject({ code: 'aborted' });
    expect(await gone(pid)).toBe(true);
    const never = join(folder, 'never');
    expect(await rejection(run(await programOf(`touch ${never}`), {}, AbortSignal.abort()))).toMatchObject({
      code: 'aborted',
    });
    expect(existsSync(never)).toBe(false);
  });

  it('ends what a program left behind when it was over, and does not wait for it', async () => {
    const file = join(folder, 'left.pid');
    const program = await programOf(`sleep 60 & echo $! > ${file}`);
    expect(await run(program)).toMatchObject({ kind: 'done' });
    expect(await gone(await pidIn(file))).toBe(true);
  });

  it('does not judge half of what was said', async () => {
    const error = await rejection(
      run(await programOf('head -c 100000 /dev/zero; echo ERROR'), { expect: '!stdout.contains("ERROR")' }),
    );
    expect(error).toMatchObject({ code: 'program-failed' });
    expect(error.message).toContain('said more than 65536 bytes');
    const fits = await programOf('head -c 65536 /dev/zero | tr "\\\\0" x');
    expect(await run(fits, { expect: 'size(stdout) == 65536' })).toMatchObject({ kind: 'done' });
  });

  it('keeps no secret of the environment, and little of a long text', async () => {
    const program = await programOf(
      `echo "db-secret ${TOKEN} password=other-secret"; head -c 5000 /dev/zero | tr "\\\\0" y`,
    );
    const { check } = (await run(program, { expect: 'stdout.contains("db-secret")' })) as {
      check: { observed: string };
    };
    expect(check.observed).not.toMatch(new RegExp(`db-secret|${TOKEN}|other-secret`));
    expect(check.observed).toContain('[removed]');
    expect(check.observed.length).toBeLessThan(2100);
  });

  it('refuses a program that is not in the approved plan', async () => {
    const error = await rejection(run(await programOf('true', { name: 'other' })));
    expect(error).toMatchObject({ code: 'program-refused', retryable: false });
  });

  it('refuses a program that has changed since the plan was made, or is gone', async () => {
    const mark = join(folder, 'changed-ran');
    const program = await programOf('true');
    writeFileSync(program.path, `#!/bin/sh\ntouch ${mark}\n`);
    const error = await rejection(run(program));
    expect(error).toMatchObject({ code: 'program-changed', retryable: false });
    expect(error.message).toContain(program.sha256);
    rmSync(program.path);
    expect((await rejection(run(program))).message).toContain('no such file');
    expect(existsSync(mark)).toBe(false);
  });

  it('says when a program cannot be started', async () => {
    const closed = await programOf('true');
    chmodSync(closed.path, 0o644);
    expect(await rejection(run(closed))).toMatchObject({
      code: 'program-failed',
      message: expect.stringContaining('EACCES'),
    });
    const strange = await programOf('#!/nowhere/interpreter\n');
    expect(await rejection(run(strange))).toMatchObject({ code: 'program-failed' });
    expect(own()).toEqual([]);
  });

  it.each([
    [{ arguments: ['--since=yesterday'] }, '"--since=yesterday"'],
    [{ arguments: ['--since=5', 'x--since=5'] }, '"x--since=5"'],
    [{ arguments: ['--since=5\n'] }, '"--since=5\\n"'],
    [{ environment: { LD_PRELOAD: '/tmp/x.so' } }, 'LD_PRELOAD'],
  ])('refuses %j, which the allow list does not allow', async (given, named) => {
    const program = await programOf('true', { arguments: ['--since=\\d+', 'all'], environment: ['REGION'] });
    const error = await rejection(run(program, given));
    expect(error).toMatchObject({ code: 'program-refused' });
    expect(error.message).toContain(named);
  });

  it.each([
    { program: '/bin/sh' },
    { program: '../x' },
    { arguments: 'all' },
    { arguments: ['a\0b'] },
    { environment: { A: 1 } },
    { expect: '' },
  ])('refuses the input %j', (given) =>
    expect(scriptRun.input.safeParse({ program: 'probe', expect: 'true', ...given }).success).toBe(false),
  );

  it('holds every argument to a pattern from its first character to its last', () => {
    const program: Program = {
      name: 'p',
      path: '/p',
      sha256: '',
      arguments: ['a|b', 'c.'],
      environment: [],
      timeoutMs: 1,
    };
    const call = (...given: readonly string[]) =>
      refusalOf(program, { program: 'p', arguments: given, environment: {} });
    expect(call('a', 'b', 'cd')).toBeUndefined();
    for (const wrong of ['ab', 'xa', 'c', 'c\n', 'cde', ''])
      expect(call(wrong)?.message).toContain(`found ${JSON.stringify(wrong)}`);
  });
});
