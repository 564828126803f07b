// The real program and files that no person would give it: it says what is wrong, exits with 2, waits for nothing and leaves all as it was.
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportPublicKey, openKey } from '../../src/evidence/keys.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import { canonicalJson } from '../../src/model/json.ts';
import { YAML_BOMBS } from '../corpus/bombs.ts';
import { buildRun } from '../report/run-builder.ts';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const CORPUS = join(ROOT, 'test', 'corpus');
const MEBIBYTE = 1024 * 1024;
const HEAP_MEBIBYTES = 512;
const LIMIT_MS = 120_000;
let root = '';
const inRoot = (...names: readonly string[]) => join(root, ...names);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-hostile-'));
  mkdirSync(inRoot('drills', 'worlds'), { recursive: true });
  mkdirSync(inRoot('runbooks'));
  for (const name of ['region-failover.yaml', 'worlds/region-failover.yaml'])
    cpSync(join(ROOT, 'drills', name), inRoot('drills', name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const pipe = (path: string) => execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
function sparse(path: string, bytes: number): void {
  closeSync(openSync(path, 'w'));
  truncateSync(path, bytes);
}

/** Every file below a folder with its kind, rights, size and time: whatever is written shows. */
const snapshot = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { mode, size, mtimeMs } = lstatSync(join(folder, name));
      return [name, mode, size, mtimeMs];
    });

/** The real program in a small heap, in the folder of the test. */
function program(...argv: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${HEAP_MEBIBYTES}`, join(ROOT, 'bin', 'drillmaster.mjs'), ...argv],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: LIMIT_MS,
      maxBuffer: 64 * MEBIBYTE,
      env: { ...process.env, DRILLMASTER_STATE: inRoot('state') },
    },
  );
  expect(error).toBeUndefined();
  return { status, said: `${stdout}${stderr}` };
}

describe('files that are no drills', () => {
  it('are refused by name: pipes, devices, folders, links to them, giants and other bytes', async () => {
    pipe(inRoot('pipe.yaml'));
    symlinkSync('/dev/zero', inRoot('zero.yaml'));
    symlinkSync(inRoot('pipe.yaml'), inRoot('link.yaml'));
    symlinkSync(inRoot('circle.yaml'), inRoot('circle.yaml'));
    mkdirSync(inRoot('folder.yaml'));
    sparse(inRoot('giant.yaml'), 100 * MEBIBYTE);
    const before = snapshot(root);
    const names = ['pipe', 'zero', 'link', 'folder', 'giant', 'circle'].map((name) => inRoot(`${name}.yaml`));
    const bytes = ['not-utf-8', 'utf-16'].map((name) => join(CORPUS, 'drills', `${name}.yaml`));
    const { status, out } = await runInProcess('validate', ...names, ...bytes);
    expect(status).toBe(2);
    const lines = out.trim().split('\n');
    expect(lines.map((line) => line.slice(line.lastIndexOf('.yaml: ') + '.yaml: '.length))).toEqual([
      'expected a plain file, found something else',
      'expected a plain file, found something else',
      'expected a plain file, found something else',
      'expected a plain file, found something else',
      'expected at most 4194304 bytes, found 104857600',
      'expected a readable file, found none (ELOOP)',
      'expected text in UTF-8, found other bytes',
      'expected text in UTF-8, found other bytes',
    ]);
    expect(snapshot(root)).toEqual(before);
  });

  it('are refused by the real program in a small heap: the corpus and the bombs', () => {
    for (const [at, [text]] of Object.values(YAML_BOMBS).entries()) writeFileSync(inRoot(`bomb-${at}.yaml`), text());
    const before = snapshot(root);
    const drills = readdirSync(join(CORPUS, 'drills')).map((name) => join(CORPUS, 'drills', name));
    const bombs = readdirSync(root)
      .filter((name) => name.startsWith('bomb-'))
      .map((name) => inRoot(name));
    const { status, said } = program('validate', ...drills, ...bombs);
    expect(status).toBe(2);
    for (const file of [...drills, ...bombs]) expect(said).toContain(file.slice(file.lastIndexOf('/') + 1));
    expect(said).not.toMatch(/: valid, |internal error|RangeError|Maximum call stack|heap/);
    expect(snapshot(root)).toEqual(before);
  });

  it('are refused beside a drill as well: its world, its list of programs, its pages', async () => {
    const drill = inRoot('drills', 'region-failover.yaml');
    const world = inRoot('drills', 'worlds', 'region-failover.yaml');
    const told = async () => (await runInProcess('validate', drill)).out;
    expect(await told()).toContain(': valid, ');
    pipe(inRoot('drills', 'programs.yaml'));
    expect(await told()).toContain('programs.yaml: expected a plain file');
    rmSync(inRoot('drills', 'programs.yaml'));
    rmSync(world);
    sparse(world, 100 * MEBIBYTE);
    expect(await told()).toContain('region-failover.yaml: expected at most 4194304 bytes');
  });
});

describe('a journal of somebody else', () => {
  const journal = () => inRoot('state', 'journal.db');
  const said = async (...argv: readonly string[]) => {
    const { status, out, err } = await runInProcess(...argv, '--state', inRoot('state'));
    expect(status, `${out}${err}`).toBe(2);
    expect(`${out}${err}`).not.toContain('internal error');
    return `${out}${err}`;
  };

  it.each([
    ['a pipe', pipe],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link to a file of somebody', (path: string) => symlinkSync(inRoot('precious'), path)],
    ['a giant of nothing', (path: string) => sparse(path, 100 * MEBIBYTE)],
    ['a letter', (path: string) => writeFileSync(path, 'Dear friend, '.repeat(1000))],
  ])('that is %s is refused and left alone', async (_what, put) => {
    mkdirSync(inRoot('state'), { mode: 0o700 });
    writeFileSync(inRoot('precious'), 'precious', { mode: 0o644 });
    put(journal());
    for (const argv of [['runs'], ['status'], ['evidence', 'run-1'], ['abort', 'run-1', '--reason', 'x']])
      expect(await said(...argv)).toContain('journal.db');
    expect(readFileSync(inRoot('precious'), 'utf8')).toBe('precious');
    expect(statSync(inRoot('precious')).mode & 0o777).toBe(0o644);
    expect(existsSync(inRoot('evidence'))).toBe(false);
  });

  it('in which something was changed is refused at its place, and nothing is written', async () => {
    const { plan, timed } = buildRun();
    const [first, ...more] = timed.toSorted((one, other) => one.at - other.at).slice(0, 3);
    const store = openSqliteStore(journal());
    const record = { run: 'run-1', drill: plan.drill, openedAt: 0, plan: canonicalJson(plan) };
    const run = await store.create(record, first);
    await run.append(more);
    await store.close();
    const whole = readFileSync(journal());
    const changes: readonly (readonly [sql: string, says: string])[] = [
      [`UPDATE events SET line = replace(line, '2026', '2025') WHERE seq = 2`, 'line 2'],
      [`UPDATE events SET hash = '${'0'.repeat(64)}' WHERE seq = 2`, 'line 2'],
      [`DELETE FROM events WHERE seq = 2`, 'line 2'],
      [`UPDATE events SET line = '{"seq":1}' WHERE seq = 1`, 'line 1'],
      [`UPDATE events SET line = '${'['.repeat(100_000)}', hash = 'x'`, 'line 1'],
      [`UPDATE events SET seq = 9 WHERE seq = 3; UPDATE events SET line = '' WHERE seq = 9`, 'line 3'],
      [`PRAGMA foreign_keys = OFF; UPDATE runs SET run = 'etc/x'; UPDATE events SET run = 'etc/x'`, 'no path'],
      ['PRAGMA user_version = 99', 'journal format'],
      ['DROP TABLE events', 'no such table'],
    ];
    for (const [sql, says] of changes) {
      writeFileSync(journal(), whole);
      const database = new DatabaseSync(journal());
      database.exec(sql);
      database.close();
      // Without a name it is the newest.
      expect(await said('status'), sql).toContain(says);
    }
    for (const keep of [0.3, 0.6, 0.9]) {
      for (const side of ['-wal', '-shm']) rmSync(`${journal()}${side}`, { force: true });
      writeFileSync(journal(), whole.subarray(0, Math.floor(whole.length * keep)));
      // What is missing may be what nobody needs for this.
      const { status, err } = await runInProcess('status', 'run-1', '--state', inRoot('state'));
      expect([0, 2], err).toContain(status);
    }
    expect(existsSync(inRoot('evidence'))).toBe(false);
  });
});

it('a state folder names no folder elsewhere that a twin would remove', async () => {
  const victim = inRoot('precious');
  mkdirSync(victim);
  writeFileSync(join(victim, 'letter'), 'x');
  const twin = inRoot('state', 'twins', 'planted');
  mkdirSync(twin, { recursive: true });
  // A process that is long gone.
  const claimedBy = { pid: 4_194_303, startTicks: 1 };
  writeFileSync(
    join(twin, 'request.json'),
    JSON.stringify({ formatVersion: 1, name: 'planted', owner: 'person', data: victim, claimedBy }),
  );
  await runInProcess('twin', 'down', 'planted', '--state', inRoot('state'));
  expect(readFileSync(join(victim, 'letter'), 'utf8')).toBe('x');
  for (const name of ['../../precious', '..', '/', 'planted/../../..', '\u001b[2J']) {
    expect((await runInProcess('twin', 'down', name, '--state', inRoot('state'))).status).toBe(2);
    expect(existsSync(join(victim, 'letter'))).toBe(true);
  }
});

describe('a package of somebody else', () => {
  const key = () => {
    writeFileSync(inRoot('key.pem'), exportPublicKey(openKey(inRoot('keys-state'))));
    return inRoot('key.pem');
  };

  const isToldApart = ({ status, said }: { readonly status: number | null; readonly said: string }) => {
    expect(said).not.toContain('internal error');
    expect(status).toBe(1);
    expect(said).toMatch(/chain-broken|attestation-invalid/);
    expect(said.split('\n').length).toBeLessThan(60);
  };

  it('with a hundred million empty lines is told apart in a small heap', () => {
    mkdirSync(inRoot('package'));
    writeFileSync(inRoot('package', 'events.jsonl'), '\n'.repeat(100 * MEBIBYTE));
    isToldApart(program('verify', inRoot('package'), '--key', key()));
    expect(readdirSync(inRoot('package'))).toEqual(['events.jsonl']);
  });

  it.each([
    ['one line of forty megabytes', 'events.jsonl', () => '\0'.repeat(40 * MEBIBYTE)],
    ['two million brackets', 'events.jsonl', () => '['.repeat(2 * MEBIBYTE)],
    ['an attestation of brackets', 'attestation.dsse.json', () => '['.repeat(MEBIBYTE - 1)],
    [
      'sums of other places',
      'SHA256SUMS',
      () => `${'0'.repeat(64)}  ../../etc/passwd\n${'0'.repeat(64)}  /etc/passwd\n`,
    ],
  ])('with %s is told apart', async (_what, name, text) => {
    mkdirSync(inRoot('package'));
    writeFileSync(inRoot('package', 'events.jsonl'), '\n');
    writeFileSync(inRoot('package', name), text());
    const { status, out, err } = await runInProcess('verify', inRoot('package'), '--key', key());
    isToldApart({ status, said: `${out}${err}` });
    expect(`${out}${err}`).not.toContain('etc/passwd');
  });

  it('is not opened with a key that is a pipe, a giant or of another kind', async () => {
    mkdirSync(inRoot('package'));
    pipe(inRoot('pipe.pem'));
    sparse(inRoot('giant.pem'), 100 * MEBIBYTE);
    const { publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(inRoot('ed.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    const files = ['pipe.pem', 'giant.pem', 'ed.pem', 'none.pem'];
    for (const file of files)
      expect((await runInProcess('verify', inRoot('package'), '--key', inRoot(file))).status, file).toBe(2);
  });
});
