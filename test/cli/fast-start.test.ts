// What a command loads before it does anything is most of its time: a short one brings no part of the program that it does not use.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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

/** Packages, and folders of this program, that a command loads. */
function loadedBy(...args: readonly string[]): ReadonlySet<string> {
  const program = join(ROOT, 'bin', 'drillmaster.mjs');
  const { stderr } = spawnSync(process.execPath, ['--import', WITNESS, program, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const urls = stderr.slice(stderr.indexOf('loaded ')).split(' ');
  const names = urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)|\/(src\/.+)\/[^/]+\.ts$/.exec(url) ?? []);
  return new Set(names.filter((name) => name !== undefined));
}

describe('the start of a command', () => {
  it('of help loads the command line alone', () => {
    const loaded = loadedBy('--help');
    expect(loaded).toContain('commander');
    expect(loaded.intersection(new Set(['zod', 'yaml', 'xstate', 'src/runtime', 'src/providers', 'src/twin']))).toEqual(
      new Set(),
    );
  });

  it.each([
    ['runs', '--state', state],
    ['twin', 'status', 'none', '--state', state],
    ['plan', join('drills', 'region-failover.yaml')],
    ['verify', join('drills', 'none')],
  ])('%s %s loads neither the servers of a twin nor the clients that it does not ask', (...args) => {
    const loaded = loadedBy(...args);
    expect(loaded).toContain('commander');
    expect(
      loaded.intersection(new Set(['src/twin/control', '@peculiar/x509', '@azure/storage-blob', '@azure/identity'])),
    ).toEqual(new Set());
  });
});
