import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { DrillResult } from '../../src/model/result.ts';
import { findTwin, twinFaults, twinOperations, twinStatus } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { eventsOf, expectVerified, resultOf, untilStep } from './ran-drill.ts';
import { type Changes, makeWorkspace, type TestWorkspace } from './workspace.ts';

const NAME = 'restore-backup';
const SERVER = 'Microsoft.DBforPostgreSQL/flexibleServers';
const HOST = 'orders-db-weu.postgres.database.azure.com';
const sample: Changes = { sample: NAME };
/** Compressed and with less going on, for tests that need no exact times and losses. */
const calm = (drill: Changes['drill'] = {}): Changes => ({
  sample: NAME,
  drill: { 'canaries.0.every': 'PT0.1S', 'probes.0.stableFor': 'PT2S', ...drill },
  world: {
    'customers.every': 'PT0.4S',
    operations: {
      [`PUT ${SERVER}`]: 'PT5S',
      [`DELETE ${SERVER}`]: 'PT1S',
      'POST Microsoft.RecoveryServices/vaults/restore': 'PT5S',
      'DELETE Microsoft.Compute/virtualMachines': 'PT1S',
      'DELETE Microsoft.Compute/disks': 'PT1S',
      'DELETE Microsoft.Network/networkInterfaces': 'PT1S',
    },
  },
});

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

/** Sequence numbers that were acknowledged and are absent, by the canary's own log and what was read back. */
function acknowledgedAndAbsent(evidence: string): readonly number[] {
  const events = eventsOf(evidence);
  const present = events.flatMap((event) => (event.type === 'canary.survivors' ? event.present : []));
  const isPresent = (sequence: number) => present.some(([first, last]) => first <= sequence && sequence <= last);
  return events
    .flatMap((event) => (event.type === 'canary.writes' ? event.writes : []))
    .filter(([sequence, , acknowledgedAt]) => acknowledgedAt !== null && !isPresent(sequence))
    .map(([sequence]) => sequence);
}

const statusOf = ({ steps }: DrillResult, step: string) => steps.find(({ id }) => id === step)?.status;
const twinUp = () => findTwin(workspace.state, NAME) ?? expect.fail('expected a twin that is up, found none');

async function sql(text: string): Promise<Record<string, unknown>> {
  const twin = twinUp();
  const client = new pg.Client({ ...twin.hosts[HOST], ...twin.postgres });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows[0] ?? {};
  } finally {
    await client.end();
  }
}

/** Production as it was: whole orders, open for writing, without a canary, a fault or a second server. */
async function expectAsBefore(): Promise<void> {
  const { wrong } = await sql(
    'SELECT count(*)::int AS wrong FROM orders o WHERE total IS DISTINCT FROM (SELECT sum(quantity * price) FROM order_lines WHERE order_id = o.id)',
  );
  const { readonly, canary } = await sql(
    "SELECT current_setting('default_transaction_read_only') AS readonly, to_regclass('drillmaster_canary') AS canary",
  );
  expect({ wrong, readonly, canary }).toEqual({ wrong: 0, readonly: 'off', canary: null });
  expect(await twinFaults(twinUp())).toEqual([]);
  expect((await twinStatus(twinUp())).servers.map(({ name }) => name)).toEqual(['orders-db-weu']);
  await expectNoRestoredMachine();
}

/** What the restores of machines made, their deletions took away. */
async function expectNoRestoredMachine(): Promise<void> {
  const done = (await twinOperations(twinUp())).filter(({ status }) => status === 'Succeeded');
  const count = (kind: RegExp) => done.filter(({ operation }) => kind.test(operation)).length;
  const restored = count(/^POST .*vaults\/restore/);
  expect([count(/^DELETE .*virtualMachines$/), count(/^DELETE .*Compute\/disks$/)]).toEqual([restored, restored]);
}

const operationsOn = async (server: string) =>
  (await twinOperations(twinUp()))
    .filter(({ resource }) => resource.endsWith(`/${server}`))
    .map(({ operation, status }) => `${operation} ${status}`);

describe('the restore drill', () => {
  it('passes, counts as lost what its own log shows as acknowledged and absent, and removes its server', async () => {
    workspace = makeWorkspace(NAME, sample);
    await workspace.up();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--rehearsal', '--json');
    expect(ran.status, ran.stderr).toBe(0);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'passed', reasons: [], leftOvers: [], stuck: [] });
    expect(['damage', 'restore', 'machine'].map((step) => statusOf(result, step))).toEqual([
      'undone',
      'undone',
      'undone',
    ]);
    const lost = acknowledgedAndAbsent(result.evidence);
    expect(lost.length).toBeGreaterThan(10);
    const rpo = result.systems[0]?.rpo;
    expect(rpo).toMatchObject({ verdict: 'met', lost: lost.length, lostAfterT0: 0 });
    expect(rpo?.formula).toContain('Ts = end of service by step close');
    // The point in time lies a second before the damage, and the damage before the end of service.
    expect(rpo?.actualMs).toBeGreaterThan(900);
    await expectVerified(workspace, result.evidence);
    await expectAsBefore();
    expect(await operationsOn('orders-db-restored')).toEqual([`PUT ${SERVER} Succeeded`, `DELETE ${SERVER} Succeeded`]);
  });

  it('fails when more was lost than may be lost, and leaves nothing either', async () => {
    workspace = makeWorkspace(NAME, calm({ 'objectives.0.rpo': 'PT0.5S' }));
    await workspace.up();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--rehearsal', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    expect(result.systems[0]?.rpo.verdict).toBe('missed');
    await expectAsBefore();
  });

  it('leaves no restored server when it was killed during the restore and is aborted', async () => {
    workspace = makeWorkspace(NAME, calm());
    await workspace.up();
    const running = workspace.start('run', workspace.drill, '--yes', '--rehearsal');
    await untilStep(workspace, 'restore', 'observing');
    const run = await untilStep(workspace, 'machine', 'observing');
    running.child.kill('SIGKILL');
    await running.ended;
    const aborted = await workspace.run('abort', run, '--json');
    expect(aborted.status, aborted.stderr).toBe(0);
    const result = resultOf(aborted);
    expect(result).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    expect(['close', 'restore', 'machine'].map((step) => statusOf(result, step))).toEqual([
      'undone',
      'undone',
      'undone',
    ]);
    await expectVerified(workspace, result.evidence);
    await expectAsBefore();
    expect(await operationsOn('orders-db-restored')).toEqual([`PUT ${SERVER} Succeeded`, `DELETE ${SERVER} Succeeded`]);
  });

  it('fails and puts everything back when the restore fails at its end', async () => {
    workspace = makeWorkspace(NAME, calm());
    await workspace.up();
    const fault = ['failing-operation', '--match', 'PUT *orders-db-restored'];
    expect((await workspace.look('twin', 'fault', NAME, ...fault)).status).toBe(0);
    const ran = await workspace.run('run', workspace.drill, '--yes', '--rehearsal', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    expect(result.reasons.join()).toContain('step restore failed');
    await expectAsBefore();
  });
});
