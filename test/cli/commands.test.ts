// The contract of the command line that needs no twin: what goes to stdout, what to stderr, and the exit status.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
let root = '';
let drill = '';
let state = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-cli-'));
  mkdirSync(join(root, 'drills', 'worlds'), { recursive: true });
  for (const name of ['region-failover.yaml', 'worlds/region-failover.yaml'])
    copyFileSync(join(ROOT, 'drills', name), join(root, 'drills', name));
  drill = join(root, 'drills', 'region-failover.yaml');
  state = join(root, 'state');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const edit = (change: (text: string) => string) => writeFileSync(drill, change(readFileSync(drill, 'utf8')));

describe('validate', () => {
  it('accepts the sample and says so', async () => {
    const { status, out } = await runInProcess('validate', drill);
    expect(status).toBe(0);
    expect(out).toContain('valid, 17 steps');
  });

  it('names every problem of every file with line and column, and exits with 2', async () => {
    edit((text) =>
      text
        .replace('uses: azure/postgresql.replica', 'uses: azure/postgresql.replicas')
        .replace('systems: [orders, invoices]', 'sistems: [orders, invoices]'),
    );
    const { status, out } = await runInProcess('validate', drill, drill);
    expect(status).toBe(2);
    expect(out).toMatch(/region-failover\.yaml:\d+:\d+: .*"sistems".*did you mean "systems"/);
    expect(out).toMatch(/region-failover\.yaml:\d+:\d+: .*did you mean "azure\/postgresql\.replica"/);
    expect(out.match(/sistems/g)).toHaveLength(2);
  });

  it('shows what is wrong with a file before it misses the file of its world', async () => {
    writeFileSync(drill, 'drill: [');
    const { status, out } = await runInProcess('validate', drill);
    expect(status).toBe(2);
    expect(out).toMatch(/region-failover\.yaml:1:\d+: expected valid YAML/);
  });

  it('says which environments there are when the named one is not among them', async () => {
    const { status, out } = await runInProcess('validate', drill, '--environment', 'production');
    expect(status).toBe(2);
    expect(out).toContain('(region-failover), found "production"');
  });
});

describe('plan', () => {
  it('prints one JSON document whose digest follows from the plan', async () => {
    const { status, out } = await runInProcess('plan', drill, '--json');
    const document = JSON.parse(out) as { digest: string; blastRadius: unknown[]; criticalPath: { steps: string[] } };
    expect(status).toBe(0);
    expect(document.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(document.blastRadius).toHaveLength(5);
    expect((await runInProcess('plan', drill, '--json')).out).toBe(out);
  });

  it('warns of a resource that the environment does not hold and no step makes', async () => {
    edit((text) => text.replace('name: orders-db-neu }', 'name: orders-db-new }'));
    const { status, err } = await runInProcess('plan', drill);
    expect(status).toBe(0);
    expect(err.trim()).toBe(
      'warning: expected the resource replica in region-failover, or a step that makes it, found no flexibleServers "orders-db-new" in group rg-orders-neu; did you mean "orders-db-neu"?',
    );
  });

  it('warns of no drill of this project', async () => {
    const drills = readdirSync(join(ROOT, 'drills')).filter((name) => name.endsWith('.yaml'));
    expect(drills).toContain('quarterly-rehearsal.yaml');
    for (const name of drills) {
      const { status, err } = await runInProcess('plan', join(ROOT, 'drills', name));
      expect([name, status, err]).toEqual([name, 0, '']);
    }
  });

  it('changes its digest when the drill changes', async () => {
    const digest = async () =>
      (JSON.parse((await runInProcess('plan', drill, '--json')).out) as { digest: string }).digest;
    const before = await digest();
    edit((text) => text.replace('rto: PT2M', 'rto: PT3M'));
    expect(await digest()).not.toBe(before);
  });

  it('refuses with 2 a drill that writes outside its scope', async () => {
    edit((text) =>
      text.replace('scope: [primary, replica, traffic, documents, shop]', 'scope: [primary, replica, documents, shop]'),
    );
    const { status, err } = await runInProcess('plan', drill);
    expect(status).toBe(2);
    expect(err).toContain('scope');
  });
});

describe('commands that only read', () => {
  it('print the editor schema that lies beside the drills', async () => {
    const { status, out } = await runInProcess('schema');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(join(ROOT, 'drills', 'drill.schema.json'), 'utf8')));
  });

  it('list the actions, and describe one with its input, undo and permissions', async () => {
    expect((await runInProcess('actions')).out).toContain('azure/postgresql.promote');
    const { out } = await runInProcess('actions', 'azure/postgresql.promote', '--json');
    expect(JSON.parse(out)).toMatchObject({
      name: 'azure/postgresql.promote',
      undo: 'failback',
      changesDataRoles: true,
    });
  });

  it('suggest an action for a misspelt name and exit with 2', async () => {
    const { status, err } = await runInProcess('actions', 'azure/postgresql.promot');
    expect(status).toBe(2);
    expect(err).toContain('did you mean "azure/postgresql.promote"?');
  });

  it('draw the statechart', async () => {
    const { status, out } = await runInProcess('chart', drill);
    expect(status).toBe(0);
    expect(out).toContain('stateDiagram-v2');
  });

  it('know no run in an empty state folder', async () => {
    expect(await runInProcess('runs', '--json', '--state', state)).toMatchObject({ status: 0, out: '[]\n' });
    expect(await runInProcess('status', '--state', state)).toMatchObject({ status: 2 });
    expect(await runInProcess('status', 'nothing', '--state', state)).toMatchObject({ status: 2 });
    expect(await runInProcess('abort', 'nothing', '--state', state)).toMatchObject({ status: 2 });
  });
});

describe('keys export', () => {
  it('makes the key on first use, for its owner alone, and prints the same public key again', async () => {
    const first = await runInProcess('keys', 'export', '--state', state);
    expect(first.out).toContain('BEGIN PUBLIC KEY');
    expect(await runInProcess('keys', 'export', '--state', state)).toEqual(first);
    expect(statSync(join(state, 'keys', 'evidence.key.pem')).mode & 0o777).toBe(0o600);
  });

  it('refuses a key that others can read, with 2', async () => {
    await runInProcess('keys', 'export', '--state', state);
    chmodSync(join(state, 'keys', 'evidence.key.pem'), 0o644);
    expect(await runInProcess('keys', 'export', '--state', state)).toMatchObject({ status: 2 });
  });
});

describe('wrong usage', () => {
  it.each([
    ['an unknown command', ['rum']],
    ['a missing argument', ['plan']],
    ['an unknown option', ['plan', 'x', '--fast']],
    ['a file that is not there', ['plan', '/nowhere/x.yaml']],
    ['verify without a key', ['verify', '/nowhere']],
    ['a twin that is not up', ['twin', 'status', 'nothing']],
    ['an unknown fault', ['twin', 'fault', 'nothing', 'meteor']],
  ])('exits with 2 and one message on stderr: %s', async (_, argv) => {
    const { status, out, err } = await runInProcess(...argv, '--state', state);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
    expect(err).not.toContain('internal error');
  });

  it('exits with 2 when the folder above the packages is verified, and names them', async () => {
    const { out: pem } = await runInProcess('keys', 'export', '--state', state);
    const key = join(state, 'key.pem');
    writeFileSync(key, pem);
    const folder = join(state, 'evidence');
    mkdirSync(join(folder, 'run-a'), { recursive: true });
    writeFileSync(join(folder, 'run-a', 'attestation.dsse.json'), '');
    expect(await runInProcess('verify', folder, '--key', key)).toEqual({
      status: 2,
      out: '',
      err: `expected an evidence package at ${folder}, found a folder of 1 package; verify one of them:\n  ${join(folder, 'run-a')}\n`,
    });
  });

  it('shows help for the asking, with 0', async () => {
    const { status, out } = await runInProcess('--help');
    expect(status).toBe(0);
    for (const name of [
      'validate',
      'plan',
      'run',
      'runs',
      'status',
      'abort',
      'evidence',
      'verify',
      'actions',
      'chart',
      'schema',
      'keys',
      'twin',
    ])
      expect(out).toContain(`  ${name} `);
    expect(out).not.toContain('supervise');
  });
});
