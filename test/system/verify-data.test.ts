// The drill that only looks, through the front door: it passes on a good replica, and is red on a stale one. It measures how far behind that is.
import { afterEach, describe, expect, it } from 'vitest';
import { findTwin } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { resultOf } from './ran-drill.ts';
import { BACKUP, CAUGHT_UP, COMPARE, COMPARE_BLOBS, NAME, observedOf, redOf, sql, until } from './verify-data-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

describe('the verify data drill', () => {
  it('passes while customers order, changes nothing, asks nobody, and leaves nothing', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(0);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'passed', reasons: [], leftOvers: [], stuck: [], approvals: [] });
    expect(result.checks).toHaveLength(16);
    expect(observedOf(result)).toMatch(/orders: [1-9]\d* rows equal, .*order lines: [1-9]\d* rows equal/);
    expect(observedOf(result, BACKUP)).toMatch(/orders: [1-9]\d* rows equal; order lines: [1-9]\d* rows equal/);
    expect(result.steps.find(({ id }) => id === 'restore-newest-backup')?.status).toBe('undone');
    expect(findTwin(workspace.state, NAME)).toBeUndefined();
  });

  it('is red when the link is slower than the replica may be behind, and green again without the fault', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    await workspace.up();
    const slow = ['twin', 'fault', NAME, 'link', '--between', 'westeurope,northeurope', '--latency', 'PT5S'];
    const fault = await workspace.run(...slow);
    expect(fault.status, fault.stderr).toBe(0);
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('failed');
    expect(redOf(result)).toEqual([COMPARE, COMPARE_BLOBS]);
    expect(observedOf(result, COMPARE_BLOBS)).toContain('the copy is stale: its last sync was');
    expect(observedOf(result)).toMatch(/^the replica is stale: \d+ bytes of log were missing after/);
    const { id } = JSON.parse(fault.stdout) as { id: string };
    expect((await workspace.look('twin', 'fault', NAME, id, '--end')).status).toBe(0);
    await until(
      'the replica catches up',
      async () => (await sql(workspace, 'orders-db-neu', CAUGHT_UP))[0]?.['fresh'] === true,
    );
    expect((await workspace.run('run', workspace.drill, '--yes')).status).toBe(0);
  });
});
