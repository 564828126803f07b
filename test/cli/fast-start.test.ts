// What a command loads before it does anything is most of its time: a short one brings no part of the program that it does not use.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..', '..');
const state = mkdtempSync(join(tmpdir(), 'drillmaster-start-'));
afterAll(() => rmSync(state, { recursive: true }));

/** Says at its end what it loaded. */
const WITNESS = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  process.on('exit', () => process.stderr.write('loaded ' + loaded.join(' ')));
`)}`;

/** Files that a command loads, below the root of the project. */
function loadedBy(...args: readonly string[]): readonly string[] {
  const program = join(ROOT, 'bin', 'drillmaster.mjs');
  const { stderr } = spawnSync(process.execPath, ['--import', WITNESS, program, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const root = `${pathToFileURL(ROOT)}/`;
  const urls = stderr.slice(stderr.indexOf('loaded ')).split(' ');
  return urls.filter((url) => url.startsWith(root)).map((url) => url.slice(root.length));
}

/** Those of them in folders that it could do without. */
const needless = (loaded: readonly string[], folders: readonly string[]) =>
  loaded.filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)));

const PACKAGES = ['zod', 'yaml', 'xstate', 'pg'].map((name) => `node_modules/${name}`);
const SERVERS = ['src/twin/control', 'src/twin/data/shop', 'src/twin/data/storage', 'node_modules/@peculiar/x509'];
const CLIENTS = ['node_modules/@azure/storage-blob', 'node_modules/@azure/identity'];

describe('the start of a command', () => {
  it('of help loads the command line alone', () => {
    const loaded = loadedBy('--help');
    expect(loaded).toContain('src/cli/program.ts');
    expect(needless(loaded, [...PACKAGES, 'src/runtime', 'src/providers', 'src/twin', 'src/statechart'])).toEqual([]);
  });

  it.each([
    ['runs', '--state', state],
    ['twin', 'status', 'none', '--state', state],
    ['plan', join('drills', 'region-failover.yaml')],
    ['verify', join('drills', 'none')],
  ])('%s %s loads neither the servers of a twin nor the clients that it does not ask', (...args) => {
    const loaded = loadedBy(...args);
    expect(loaded).toContain('src/cli/program.ts');
    expect(needless(loaded, [...SERVERS, ...CLIENTS])).toEqual([]);
  });
});
