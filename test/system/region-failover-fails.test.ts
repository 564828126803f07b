// The sample drill does not pass when something is wrong, and says what.
import { afterEach, describe, expect, it } from 'vitest';
import { findTwin } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { expectVerified, observedOf, resultOf } from './ran-drill.ts';
import { invoicesOf, OPERATION, quick } from './region-failover-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

describe('the region failover drill', () => {
  it('fails when an invoice is deleted and another one belongs to no order, and names both', async () => {
    workspace = makeWorkspace('unreconciled', quick());
    await workspace.up();
    const { container, close } = await invoicesOf(
      workspace,
      findTwin(workspace.state, 'unreconciled') ?? expect.fail('no twin'),
    );
    // Two orders a second: the first one is older than the loss window by then.
    await expect.poll(() => container.getBlobClient('000000000010.json').exists()).toBe(true);
    await container.deleteBlob('000000000001.json');
    const metadata = { placedat: new Date(Date.now() - 3600_000).toISOString() };
    await container.getBlockBlobClient('000000999999.json').upload('{}', 2, { metadata });
    close();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--rehearsal', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    expect(result.checks.filter(({ passed }) => !passed).map(({ id }) => id)).toEqual(['orders-and-invoices-agree']);
    expect(observedOf(result, 'orders-and-invoices-agree')).toMatch(
      /^1 rows without a blob \(000000000001\), 1 blobs without a row \(000000999999\);/,
    );
  });

  it('fails when the RTO objective is below the time of the promotion, also of one that is faster than on Azure', async () => {
    workspace = makeWorkspace('rto', quick({ 'objectives.0.rto': 'PT1S' }));
    const ran = await workspace.run('run', workspace.drill, '--yes', '--rehearsal', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('failed');
    expect(result.systems[0]?.rto).toMatchObject({
      verdict: 'missed',
      reason: expect.stringMatching(/^at the least: /),
    });
    await expectVerified(workspace, result.evidence);
  });

  it('is inconclusive, not passed, when the twin was faster than any recorded promotion', async () => {
    workspace = makeWorkspace('faster', quick());
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('inconclusive');
    expect(result.systems[0]?.rto.verdict).toBe('not-measured');
    expect(result.environment.fasterThanRecorded.map(({ operation }) => operation).join()).toContain(OPERATION);
  });
});
