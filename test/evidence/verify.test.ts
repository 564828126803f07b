import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportPublicKey, openKey } from '../../src/evidence/keys.ts';
import { writePackage } from '../../src/evidence/package.ts';
import { PACKAGE_FILES } from '../../src/evidence/package-files.ts';
import { verifyPackage } from '../../src/evidence/verify.ts';
import type { DrillResult } from '../../src/model/result.ts';
import { resultText } from '../../src/report/result.ts';
import { buildRun, ending } from '../report/run-builder.ts';
import { chainLines, inputOf, openSandbox, pack, type Sandbox, signAgain } from './packed.ts';

let sandbox: Sandbox;
let good = '';
let copies = 0;

beforeAll(async () => {
  sandbox = openSandbox();
  good = await pack(sandbox);
});
afterAll(() => sandbox.remove());

/** A copy of the good package after somebody was at it. */
function tampered(tamper: (dir: string) => void): string {
  copies += 1;
  const dir = join(sandbox.folder, `copy-${copies}`);
  cpSync(good, dir, { recursive: true });
  tamper(dir);
  return dir;
}
const verify = (dir: string, pem = sandbox.pem) => verifyPackage(dir, pem);
const FILES = Object.keys(PACKAGE_FILES);
const text = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8');
const linesOf = (dir: string) => text(dir, 'events.jsonl').trimEnd().split('\n');
const putLines = (dir: string, lines: readonly string[]) =>
  writeFileSync(join(dir, 'events.jsonl'), `${lines.join('\n')}\n`);

function flip(file: string, position: number): void {
  const bytes = readFileSync(file);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

describe('a package that nobody changed', () => {
  it('verifies, and says what it is about', async () => {
    expect(await verify(good)).toEqual({
      ok: true,
      findings: [],
      run: 'drl-20261121-100000-region-failover',
      drill: 'region-failover',
      outcome: 'passed',
      keyId: sandbox.key.id,
      events: linesOf(good).length,
      children: [],
    });
  });

  it('verifies when the drill failed, too', async () => {
    const dir = join(sandbox.folder, 'failed');
    await writePackage({ ...inputOf(sandbox, { rtoMs: 1000 }), dir });
    expect(await verify(dir)).toMatchObject({ ok: true, outcome: 'failed' });
  });
});

describe('every changed byte', () => {
  it.each(FILES)('of %s is named', async (name) => {
    const { length } = readFileSync(join(good, name));
    const positions = [0, 1, Math.floor(length / 3), Math.floor(length / 2), length - 2, length - 1];
    for (const position of positions) {
      const { ok, findings } = await verify(tampered((dir) => flip(join(dir, name), position)));
      expect(ok, `byte ${position}`).toBe(false);
      expect(
        findings.map(({ file }) => file),
        `byte ${position}`,
      ).toContain(name);
    }
  });

  it('of an event is named with its line', async () => {
    const lines = linesOf(good);
    let start = 0;
    for (const [index, line] of lines.entries()) {
      const from = start;
      const dir = tampered((copy) => flip(join(copy, 'events.jsonl'), from + Math.floor(line.length / 2)));
      const broken = (await verify(dir)).findings.filter(({ code }) => code === 'chain-broken');
      expect(
        broken.some(({ detail }) => new RegExp(`line ${index + 1}\\b`).test(detail)),
        `line ${index + 1}`,
      ).toBe(true);
      rmSync(dir, { recursive: true });
      start += Buffer.byteLength(line) + 1;
    }
  });

  it.each(FILES)('that is missing at the end of %s is named', async (name) => {
    const { length } = readFileSync(join(good, name));
    for (const keep of [0, 1, Math.floor(length / 3), Math.floor(length / 2), length - 2, length - 1]) {
      const { ok, findings } = await verify(tampered((dir) => truncateSync(join(dir, name), keep)));
      expect(ok).toBe(false);
      expect(findings.map(({ file }) => file)).toContain(name);
    }
  });

  it.each(FILES)('that was added to %s is named', async (name) => {
    const dir = tampered((copy) => writeFileSync(join(copy, name), `${text(copy, name)}\n`));
    expect((await verify(dir)).findings.map(({ file }) => file)).toContain(name);
  });
});

describe('a chain of events', () => {
  it.each([
    { what: 'lost a line', change: (lines: string[]) => lines.toSpliced(5, 1), line: 6 },
    { what: 'lost its first line', change: (lines: string[]) => lines.slice(1), line: 1 },
    { what: 'has a line twice', change: (lines: string[]) => lines.toSpliced(5, 0, lines[5] ?? ''), line: 7 },
    {
      what: 'has two lines swapped',
      change: (lines: string[]) => lines.toSpliced(5, 2, lines[6] ?? '', lines[5] ?? ''),
      line: 6,
    },
    { what: 'has a foreign line', change: (lines: string[]) => lines.toSpliced(5, 0, '{"seq":6}'), line: 6 },
  ])('that $what is broken at line $line', async ({ change, line }) => {
    const { findings } = await verify(tampered((dir) => putLines(dir, change(linesOf(dir)))));
    expect(findings.find(({ code }) => code === 'chain-broken')).toMatchObject({ file: 'events.jsonl', line });
  });

  it('that lost its last lines is named by the head that was signed', async () => {
    const { findings } = await verify(tampered((dir) => putLines(dir, linesOf(dir).slice(0, -2))));
    expect(findings.find(({ code }) => code === 'chain-broken')?.detail).toContain('lines after it are gone');
  });
});

describe('the folder', () => {
  it.each(FILES)('without %s is refused', async (name) => {
    const { ok, findings } = await verify(tampered((dir) => rmSync(join(dir, name))));
    expect(ok).toBe(false);
    expect(findings).toContainEqual({ code: 'missing-file', file: name, detail: 'expected this file, found none' });
  });

  it.each([
    { what: 'one more file', tamper: (dir: string) => writeFileSync(join(dir, 'notes.txt'), 'x'), file: 'notes.txt' },
    { what: 'a hidden file', tamper: (dir: string) => writeFileSync(join(dir, '.x'), 'x'), file: '.x' },
    { what: 'a folder', tamper: (dir: string) => mkdirSync(join(dir, 'keys')), file: 'keys' },
    {
      what: 'a name that steers terminals',
      tamper: (dir: string) => writeFileSync(join(dir, 'a\u001B[2J\n'), ''),
      file: 'a\uFFFD[2J ',
    },
  ])('with $what is refused', async ({ tamper, file }) => {
    const { ok, findings } = await verify(tampered(tamper));
    expect(ok).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'unexpected-file', file }));
  });

  it.each([
    { what: 'a link', put: (path: string) => symlinkSync(join(good, 'plan.json'), path) },
    { what: 'a folder', put: (path: string) => mkdirSync(path) },
    { what: 'a pipe', put: (path: string) => execFileSync('sh', ['-c', 'mkfifo "$0"', path]) },
    {
      what: 'far too large',
      put: (path: string) => {
        writeFileSync(path, '');
        truncateSync(path, 17 * 1024 * 1024);
      },
    },
  ])('in which plan.json is $what is refused, and nobody waits', async ({ put }) => {
    const dir = tampered((copy) => {
      rmSync(join(copy, 'plan.json'));
      put(join(copy, 'plan.json'));
    });
    expect((await verify(dir)).findings).toContainEqual(
      expect.objectContaining({ code: 'unreadable-file', file: 'plan.json' }),
    );
  });

  it('that is absent is a mistake of the caller', async () => {
    await expect(verify(join(sandbox.folder, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the key', () => {
  const otherKey = () => openKey(join(sandbox.folder, 'other'));

  it('of somebody else verifies nothing', async () => {
    const { ok, findings, run } = await verify(good, exportPublicKey(otherKey()));
    expect([ok, run]).toEqual([false, null]);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'signature-invalid', file: 'attestation.dsse.json' }),
    );
  });

  it('of somebody else does not help to change a package', async () => {
    const dir = tampered((copy) => signAgain(copy, otherKey(), { 'report.md': 'all is well\n' }));
    expect((await verify(dir)).findings[0]).toMatchObject({ code: 'signature-invalid' });
  });

  it('must be a public key', async () => {
    await expect(verify(good, 'no key')).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('what the holder of the key signed untruly', () => {
  const resultIn = (dir: string) => JSON.parse(text(dir, 'result.json')) as DrillResult;
  const findingsAfter = async (change: (dir: string) => void) => (await verify(tampered(change))).findings;

  it('is found in the result', async () => {
    const findings = await findingsAfter((dir) => {
      const result = resultIn(dir);
      const systems = result.systems.map((system) => ({ ...system, rto: { ...system.rto, actualMs: 5 } }));
      signAgain(dir, sandbox.key, { 'result.json': resultText({ ...result, systems }) });
    });
    expect(findings).toEqual([
      {
        code: 'result-differs',
        file: 'result.json',
        detail: expect.stringMatching(/line \d+: expected ""actualMs": 22000,", found ""actualMs": 5,"/),
      },
    ]);
  });

  it.each(['report.html', 'report.md'])('is found in %s', async (name) => {
    const findings = await findingsAfter((dir) =>
      signAgain(dir, sandbox.key, { [name]: text(dir, name).replace('22 s', '2 s') }),
    );
    expect(findings).toMatchObject([{ code: 'report-differs', file: name }]);
  });

  it('is found in the statement', async () => {
    const findings = await findingsAfter((dir) => signAgain(dir, sandbox.key, {}, { outcome: 'failed' }));
    expect(findings).toMatchObject([{ code: 'statement-differs', file: 'attestation.dsse.json' }]);
  });

  it('is found in the plan', async () => {
    const findings = await findingsAfter((dir) =>
      signAgain(dir, sandbox.key, { 'plan.json': text(dir, 'plan.json').replace('"rtoMs":120000', '"rtoMs":999999') }),
    );
    expect(findings).toMatchObject([{ code: 'plan-differs', file: 'plan.json' }]);
  });

  it('cannot be looked for in a run of another machine, and that is said', async () => {
    const input = inputOf(sandbox);
    const { timed } = buildRun({}, (body) => (body.type === 'run.opened' ? { ...body, machine: 99 } : body));
    const lines = chainLines([...timed, ...ending('passed', [])]).map(({ stored }) => stored);
    const dir = join(sandbox.folder, 'another-machine');
    await writePackage({ ...input, dir, lines, result: { ...input.result, eventsHead: lines.at(-1)?.hash ?? '' } });
    const { ok, findings } = await verify(dir);
    expect(ok).toBe(false);
    expect(findings).toMatchObject([
      {
        code: 'machine-differs',
        file: 'events.jsonl',
        line: 1,
        detail: expect.stringContaining('found version 99 of drillmaster 0.1.0'),
      },
    ]);
  });

  it('is found in the outcome that the events claim', async () => {
    const dir = join(sandbox.folder, 'claimed');
    await writePackage({ ...inputOf(sandbox, { rtoMs: 1000 }, 'passed'), dir });
    const { findings } = await verify(dir);
    const last = linesOf(dir).length;
    expect(findings.map(({ code, line }) => [code, line])).toEqual([
      ['outcome-differs', last - 1],
      ['outcome-differs', last],
    ]);
  });

  it('is found in a proof of restoration that its own inventory contradicts', async () => {
    const { timed } = buildRun({}, (body) =>
      body.type === 'restoration.proved'
        ? { ...body, inventory: (body.inventory ?? []).map((item) => ({ ...item, facts: { state: 'Stopped' } })) }
        : body,
    );
    const lines = chainLines([...timed, ...ending('passed', [])]);
    const dir = join(sandbox.folder, 'contradicted');
    const input = inputOf(sandbox);
    const result = { ...input.result, eventsHead: lines.at(-1)?.stored.hash ?? '' };
    await writePackage({ ...input, dir, lines: lines.map(({ stored }) => stored), result });
    const { ok, findings } = await verify(dir);
    expect(ok).toBe(false);
    const codes = findings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['statement-differs', 'outcome-differs', 'result-differs']));
    expect(findings.find(({ code }) => code === 'outcome-differs')?.detail).toContain('expected the outcome stuck');
  });

  it('is found when the run never ended', async () => {
    const { timed } = buildRun();
    const lines = chainLines([...timed, ...ending('passed', []).slice(0, 1)]);
    const head = lines.at(-1)?.stored.hash ?? '';
    const dir = join(sandbox.folder, 'open');
    const input = inputOf(sandbox);
    await writePackage({
      ...input,
      dir,
      lines: lines.map(({ stored }) => stored),
      result: { ...input.result, eventsHead: head },
    });
    expect((await verify(dir)).findings).toMatchObject([
      { code: 'outcome-differs', detail: expect.stringContaining('none that closes it') },
    ]);
  });

  it('is found when plan and events are nonsense, without a crash', async () => {
    const findings = await findingsAfter((dir) => signAgain(dir, sandbox.key, { 'plan.json': 'null' }));
    expect(findings).toMatchObject([{ code: 'plan-differs', file: 'plan.json' }]);
  });
});

describe('a verification', () => {
  it('writes nothing', async () => {
    const before = readdirSync(good).map((name) => readFileSync(join(good, name)).toString('base64'));
    await verify(good);
    expect(readdirSync(good).map((name) => readFileSync(join(good, name)).toString('base64'))).toEqual(before);
  });
});
