// The commands of README.txt, run as an auditor would: with sh, openssl, jq and coreutils, and with none of our code.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS_BEGIN, COMMANDS_END } from '../../src/evidence/readme.ts';
import { openSandbox, pack, type Sandbox } from './packed.ts';

const hasTools = ['openssl', 'jq', 'sha256sum', 'base64'].every(
  (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0,
);
const TIMEOUT_MS = 30_000;

describe.skipIf(!hasTools)('the commands of README.txt', () => {
  let sandbox: Sandbox;
  let good = '';
  beforeAll(async () => {
    sandbox = openSandbox();
    good = await pack(sandbox);
    writeFileSync(join(sandbox.folder, 'pub.pem'), sandbox.pem);
  });
  afterAll(() => sandbox.remove());

  const run = (dir: string) => {
    const readme = readFileSync(join(good, 'README.txt'), 'utf8');
    const commands = readme.slice(readme.indexOf(COMMANDS_BEGIN) + COMMANDS_BEGIN.length, readme.indexOf(COMMANDS_END));
    const env = { ...process.env, KEY: join(sandbox.folder, 'pub.pem'), LC_ALL: 'C' };
    const { stdout, stderr } = spawnSync('sh', ['-c', commands], {
      cwd: dir,
      env,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    });
    return { lines: stdout.trimEnd().split('\n'), stderr };
  };
  const tampered = (name: string, change: (text: string) => string) => {
    const dir = join(sandbox.folder, `copy-${name}`);
    cpSync(good, dir, { recursive: true });
    writeFileSync(join(dir, name), change(readFileSync(join(dir, name), 'utf8')));
    return dir;
  };

  it(
    'accept a good package and say nothing that sounds like trouble',
    () => {
      const { lines, stderr } = run(good);
      expect(stderr).toBe('');
      expect(lines[0]).toBe('Verified OK');
      const [planDigest, planned, head, signed] = lines.slice(-4);
      expect([planDigest, head]).toEqual([planned, signed]);
      expect(lines.slice(1, -4)).toEqual(
        expect.arrayContaining(['plan.json: OK', 'events.jsonl: OK', 'SHA256SUMS: OK']),
      );
      expect(lines.slice(1, -4).filter((line) => !line.endsWith(': OK'))).toEqual([]);
      expect(readdirSync(good)).toHaveLength(8);
    },
    TIMEOUT_MS,
  );

  it(
    'refuse a changed result',
    () => {
      const { lines } = run(tampered('result.json', (text) => text.replace('"passed"', '"failed"')));
      expect(lines).toContain('result.json: FAILED');
    },
    TIMEOUT_MS,
  );

  it(
    'refuse a changed event and say where the chain is broken',
    () => {
      const { lines } = run(
        tampered('events.jsonl', (text) => text.replace('"requestedBy":"dana"', '"requestedBy":"erin"')),
      );
      expect(lines).toContain('events.jsonl: FAILED');
      expect(lines).toContain('2c2');
    },
    TIMEOUT_MS,
  );

  it(
    'name a file that does not belong there',
    () => {
      const { lines } = run(tampered('README.txt', (text) => text));
      expect(lines.filter((line) => line.includes('extra.txt'))).toEqual([]);
      const dir = tampered('plan.json', (text) => text);
      writeFileSync(join(dir, 'extra.txt'), 'x');
      expect(run(dir).lines).toContain('\textra.txt');
    },
    TIMEOUT_MS,
  );

  it('compute the id of the key as the attestation names it', () => {
    const command = `openssl pkey -pubin -in pub.pem -outform DER | openssl dgst -sha256 -binary | base64`;
    expect(execFileSync('sh', ['-c', command], { cwd: sandbox.folder, encoding: 'utf8' }).trim()).toBe(sandbox.key.id);
  });
});
