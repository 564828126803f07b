// Journals on append blobs from the command line: another machine with nothing but the address goes on with a run.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { touchedAccount } from '../../src/cli/far-store.ts';
import { findTwinUser } from '../../src/cli/twins.ts';
import type { EventBody } from '../../src/model/events.ts';
import { canonicalJson } from '../../src/model/json.ts';
import { planDigest } from '../../src/plan/digest.ts';
import { opened, ready } from '../statechart/bodies.ts';
import { drillPlan, fault, recovery } from '../statechart/drills.ts';
import { type JournalAzurite, journalAzurite } from '../system/journal-azurite.ts';
import { runInProcess } from './terminal.ts';

const ACCOUNT = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/journals';
const plan = drillPlan([fault('lose'), recovery('promote')], {
  approvals: { required: 2, roles: ['dr-lead', 'ops'], expiresMs: 3_600_000 },
});

let azurite: JournalAzurite;
let folder = '';
beforeAll(async () => {
  azurite = await journalAzurite();
});
afterAll(() => azurite?.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-far-'));
  process.env['DRILLMASTER_JOURNAL_KEY'] = azurite.key;
});
afterEach(() => {
  delete process.env['DRILLMASTER_JOURNAL_KEY'];
  delete process.env['DRILLMASTER_JOURNAL'];
  rmSync(folder, { recursive: true, force: true });
});

/** A run that waits for its second approval, and whose machine is gone. */
async function leaveRun(): Promise<string> {
  const { url } = await azurite.newJournal();
  const store = await azurite.open(url);
  const first = { ...opened, planDigest: planDigest(plan), requestedBy: 'kim' } as EventBody;
  const record = { run: 'run-1', drill: plan.drill, openedAt: 1, plan: canonicalJson(plan) };
  const journal = await store.create(record, { at: 1, body: first });
  await journal.append([{ at: 2, body: ready }]);
  await journal.release(null);
  return url;
}

const machine = (name: string) => ['--state', join(folder, name), '--evidence', join(folder, `${name}-evidence`)];

describe('--journal', () => {
  it('lets other machines see a run, approve it and bring it to its end, with nothing but the address', async () => {
    const url = await leaveRun();
    const seen = JSON.parse((await runInProcess('runs', '--json', '--journal', url, ...machine('one'))).out);
    expect(seen).toMatchObject([{ run: 'run-1', state: 'interrupted', outcome: null }]);
    const approved = await runInProcess(
      ...['approve', 'run-1', '--as', 'dana', '--role', 'ops', '--journal', url, ...machine('two')],
    );
    expect(approved).toMatchObject({ status: 0, err: expect.stringContaining('its process is gone') });
    const aborted = await runInProcess(
      ...['abort', 'run-1', '--as', 'sam', '--reason', 'not today', '--journal', url, ...machine('three')],
    );
    expect(aborted.status, aborted.err).toBe(0);
    expect(existsSync(join(folder, 'three-evidence', 'run-1', 'SHA256SUMS'))).toBe(true);
    process.env['DRILLMASTER_JOURNAL'] = url;
    const status = JSON.parse((await runInProcess('status', 'run-1', '--json', ...machine('four'))).out);
    expect(status).toMatchObject({ outcome: 'aborted', approvals: [{ as: 'dana', role: 'ops' }] });
    // Nothing but keys and logs stays on a machine.
    expect(existsSync(join(folder, 'three', 'journal.db'))).toBe(false);
  });

  it('refuses with 2 an address with a signature in it, and does not repeat it', async () => {
    const url = 'https://journals.blob.core.windows.net/drills?sv=2026-01-01&sig=VERYSECRET';
    const { status, out, err } = await runInProcess('runs', '--journal', url, ...machine('one'));
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('expected https://<account>.blob.core.windows.net/<container>');
    expect(err).not.toContain('VERYSECRET');
  });

  it('refuses with 2 a container that is not there, and an emulator without its key', async () => {
    const { url } = await azurite.newJournal();
    const other = url.replace(/drills-\d+$/, 'nothing');
    expect(await runInProcess('runs', '--journal', other, ...machine('one'))).toMatchObject({
      status: 2,
      err: expect.stringContaining('container nothing'),
    });
    delete process.env['DRILLMASTER_JOURNAL_KEY'];
    expect(await runInProcess('runs', '--journal', url, ...machine('one'))).toMatchObject({
      status: 2,
      err: expect.stringContaining('DRILLMASTER_JOURNAL_KEY'),
    });
  });
});

describe('the run that a twin came up for', () => {
  it('is looked for where its journal lies, not where the command looks', async () => {
    const journal = await leaveRun();
    const workspace = { root: folder, state: join(folder, 'one'), evidence: folder, worlds: folder };
    expect(await findTwinUser('world', { run: 'run-1', journal }, workspace)).toMatchObject({
      run: 'run-1',
      outcome: null,
    });
    expect(await findTwinUser('world', { run: 'run-1' }, { ...workspace, journal })).toBeUndefined();
    expect(await findTwinUser('world', 'person', workspace)).toBeUndefined();
  });
});

describe('a journal in reach of its drill', () => {
  const place = { account: 'Journals', shown: 'https://journals.blob.core.windows.net/drills' };
  const inAzure = { environment: 'twin world', resources: [ACCOUNT] };
  const drill = (reach: readonly string[], scope: readonly string[] = []) => ({
    ...plan,
    environment: { ...plan.environment, name: 'world' },
    scope: [...scope],
    steps: plan.steps.map((step) => (step.id === 'lose' ? { ...step, reach: [...reach] } : step)),
  });

  it.each([
    ['a fault takes its region', drill([ACCOUNT.toUpperCase()])],
    ['its account is in scope', drill([], [ACCOUNT])],
    ['its resource group is in scope', drill([], ['/subscriptions/s/resourceGroups/g'])],
  ])('is refused where %s', (_, found) => {
    expect(touchedAccount(place, found, inAzure)).toEqual([expect.stringContaining(`found it on ${ACCOUNT}`)]);
  });

  it.each([
    ['the drill touches other accounts', drill([ACCOUNT.replace('journals', 'invoices')]), inAzure],
    ['the account of that name is in another world', drill([ACCOUNT]), { environment: 'azure', resources: [ACCOUNT] }],
    ['nobody knows where it lies', drill([]), { environment: 'twin world', resources: [] }],
  ])('is let be where %s', (_, found, where) => {
    expect(touchedAccount(place, found, where)).toEqual([]);
  });
});
