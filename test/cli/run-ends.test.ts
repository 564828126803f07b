// A run that cannot begin or cannot be packed still ends, and its evidence can be written later.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
let root = '';
let drill = '';
let places: readonly string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-cli-'));
  mkdirSync(join(root, 'drills', 'worlds'), { recursive: true });
  for (const name of ['region-failover.yaml', 'worlds/region-failover.yaml'])
    copyFileSync(join(ROOT, 'drills', name), join(root, 'drills', name));
  drill = join(root, 'drills', 'region-failover.yaml');
  places = ['--state', join(root, 'state'), '--evidence', join(root, 'evidence')];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Somebody else is just bringing the twin up, so that the run cannot. */
function occupyTwin(): void {
  const folder = join(root, 'state', 'twins', 'region-failover');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Young for as long as the test may take.
  const later = Date.now() / 1000 + 3600;
  utimesSync(folder, later, later);
}

const runDrill = async () => {
  occupyTwin();
  const ran = await runInProcess('run', drill, '--yes', '--json', ...places);
  return { ran, result: JSON.parse(ran.out) as { run: string; outcome: string; reasons: string[]; evidence: string } };
};

describe('a run whose twin does not come up', () => {
  it('is aborted with the reason, exits with 1 and leaves a package that verifies', async () => {
    const { ran, result } = await runDrill();
    expect(ran.status, ran.err).toBe(1);
    expect(result.outcome).toBe('aborted');
    expect(result.reasons.join()).toContain('the twin did not come up: ');
    const key = join(root, 'key.pem');
    writeFileSync(key, (await runInProcess('keys', 'export', ...places)).out);
    expect(await runInProcess('verify', result.evidence, '--key', key)).toMatchObject({ status: 0 });
    expect((await runInProcess('runs', '--unfinished', ...places)).out).toBe('no runs\n');
  });
});

describe('evidence', () => {
  it('writes the package of a closed run that has none, and never another', async () => {
    const { result } = await runDrill();
    const first = readFileSync(join(result.evidence, 'events.jsonl'), 'utf8');
    const status = async () => (await runInProcess('status', result.run, ...places)).out;
    expect(await status()).not.toContain('missing');
    rmSync(join(result.evidence, 'report.md'));
    expect(await status()).toContain(
      `evidence is missing: ${result.evidence} lacks report.md; move it away, then drillmaster evidence ${result.run} writes it again`,
    );
    rmSync(result.evidence, { recursive: true });
    expect(await status()).toContain(`found none; drillmaster evidence ${result.run} writes it`);
    expect(JSON.parse((await runInProcess('status', result.run, '--json', ...places)).out)).toMatchObject({
      missingEvidence: { dir: result.evidence, files: expect.arrayContaining(['events.jsonl']) },
    });
    expect((await runInProcess('abort', result.run, ...places)).err).toContain(`drillmaster evidence ${result.run}`);
    const again = await runInProcess('evidence', result.run, ...places);
    expect(again, again.err).toMatchObject({ status: 0 });
    expect(readFileSync(join(result.evidence, 'events.jsonl'), 'utf8')).toBe(first);
    const third = await runInProcess('evidence', result.run, ...places);
    expect(third).toMatchObject({ status: 2, err: expect.stringContaining('stands and verifies') });
  });

  it('refuses with 2 a run that is not there', async () => {
    expect(await runInProcess('evidence', 'nothing', ...places)).toMatchObject({ status: 2, out: '' });
  });

  it.skipIf(!existsSync('/proc'))('cannot lie, and state neither, where the file system takes no folders', async () => {
    for (const option of ['--state', '--evidence']) {
      const ran = await runInProcess('run', drill, '--yes', ...places, option, '/proc/nothing/here');
      expect(ran).toMatchObject({ status: 2, out: '' });
      expect(ran.err).toContain('/proc/nothing: expected a folder that can be made, found none (ENOENT)');
    }
  });

  it('that could not be written at the end refuses the run before it begins', async () => {
    writeFileSync(join(root, 'evidence'), '');
    occupyTwin();
    const ran = await runInProcess('run', drill, '--yes', ...places);
    expect(ran).toMatchObject({ status: 2, err: expect.stringContaining('expected a folder that can be written') });
    expect(existsSync(join(root, 'state', 'journal.db'))).toBe(false);
  });
});
