import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePackage } from '../../src/evidence/package.ts';
import { canonicalJson, sha256 } from '../../src/model/json.ts';
import { inputOf, openSandbox, pack, type Sandbox } from './packed.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox();
});
afterEach(() => sandbox.remove());
afterAll(() => sandbox.remove());

const read = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8');

describe('an evidence package', () => {
  it('holds exactly its files', async () => {
    const dir = await pack(sandbox);
    expect(readdirSync(dir).sort()).toEqual([
      'README.txt',
      'SHA256SUMS',
      'attestation.dsse.json',
      'events.jsonl',
      'plan.json',
      'report.html',
      'report.md',
      'result.json',
    ]);
    expect(readdirSync(dirname(dir))).toEqual(['run-1']);
  });

  it('keeps the lines of the journal byte for byte, and the plan as it was digested', async () => {
    const input = inputOf(sandbox);
    await writePackage(input);
    expect(read(input.dir, 'events.jsonl')).toBe(input.lines.map(({ line }) => `${line}\n`).join(''));
    expect(read(input.dir, 'plan.json')).toBe(canonicalJson(input.plan));
    expect(sha256(read(input.dir, 'plan.json'))).toBe(input.result.planDigest);
    expect(JSON.parse(read(input.dir, 'result.json'))).toEqual(input.result);
  });

  it('signs the few facts that a policy asks for', async () => {
    const dir = await pack(sandbox);
    const { payload } = JSON.parse(read(dir, 'attestation.dsse.json')) as { payload: string };
    const statement = JSON.parse(Buffer.from(payload, 'base64').toString()) as {
      subject: { name: string }[];
      predicate: object;
    };
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://drillmaster.dev/attestations/drill-result/v1',
    });
    expect(statement.predicate).toMatchObject({
      drill: 'region-failover',
      outcome: 'passed',
      tool: 'drillmaster 0.1.0',
    });
    expect(statement.subject.map(({ name }) => name)).toContain('SHA256SUMS');
  });

  it('has the same form when the drill failed', async () => {
    const dir = await pack(sandbox, { rtoMs: 1000 });
    expect(JSON.parse(read(dir, 'result.json'))).toMatchObject({ outcome: 'failed' });
    expect(readdirSync(dir)).toHaveLength(8);
  });

  it('is never written over what is there, even over an empty folder', async () => {
    const dir = await pack(sandbox);
    await expect(pack(sandbox)).rejects.toMatchObject({ code: 'package-exists' });
    const empty = join(sandbox.folder, 'empty');
    mkdirSync(empty);
    await expect(writePackage({ ...inputOf(sandbox), dir: empty })).rejects.toMatchObject({ code: 'package-exists' });
    expect(readdirSync(dirname(dir))).toEqual(['run-1']);
  });

  it('is one, when several processes write it at the same time', async () => {
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => pack(sandbox)));
    const codes = all.flatMap((one) => (one.status === 'rejected' ? [one.reason.code as string] : []));
    expect(codes).toEqual(Array(7).fill('package-exists'));
    expect(readdirSync(join(sandbox.folder, 'evidence'))).toEqual(['run-1']);
  });

  it.each([
    { what: 'lines of another chain', change: { lines: [{ line: '{}' }] }, message: 'event line 1' },
    {
      what: 'a result of another chain',
      change: { result: { eventsHead: '0'.repeat(64) } },
      message: 'expected a result made from the event chain',
    },
    { what: 'another plan', change: { plan: { title: 'another' } }, message: 'expected events of plan' },
  ])('is refused for $what, and leaves nothing behind', async ({ change, message }) => {
    const input = inputOf(sandbox);
    const plan = 'plan' in change ? { ...input.plan, ...change.plan } : input.plan;
    const result = 'result' in change ? { ...input.result, ...change.result } : input.result;
    const lines = 'lines' in change ? (change.lines ?? []) : input.lines;
    await expect(writePackage({ ...input, plan, result, lines })).rejects.toMatchObject({
      code: 'package-invalid',
      message: expect.stringContaining(message),
    });
    expect(existsSync(dirname(input.dir))).toBe(false);
  });

  it('leaves nothing behind when it cannot be written', async () => {
    const input = inputOf(sandbox);
    writeFileSync(join(sandbox.folder, 'evidence'), 'a file where a folder should be');
    await expect(writePackage(input)).rejects.toMatchObject({ code: expect.stringMatching(/ENOTDIR|EEXIST/) });
    expect(readdirSync(sandbox.folder).sort()).toEqual(['evidence', 'state']);
  });
});

describe('secrets', () => {
  const SECRET = `p"w<ü>&\\1'`;
  const titles = [
    { form: 'as they are', title: SECRET },
    { form: 'in a URL', title: `postgres://drill:${encodeURIComponent(SECRET)}@host` },
    { form: 'as Base64', title: Buffer.from(SECRET).toString('base64') },
    { form: 'inside JSON inside JSON', title: JSON.stringify({ password: SECRET }) },
  ];

  it.each(titles)('stop a package $form, and are not shown', async ({ title }) => {
    const input = { ...inputOf(sandbox, { title }), secrets: ['', SECRET] };
    const refused = await writePackage(input).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'secret-found' });
    expect(String(refused)).not.toContain(SECRET);
    expect(existsSync(dirname(input.dir))).toBe(false);
  });

  it('that are nowhere stop nothing', async () => {
    await writePackage({ ...inputOf(sandbox), secrets: ['', 'a-password-that-is-nowhere'] });
  });
});
