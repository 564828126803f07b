import { afterEach, describe, expect, it } from 'vitest';
import { findTwin, twinOperations } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { eventsOf, expectVerified, resultOf, untilStep } from './ran-drill.ts';
import { type Changes, makeWorkspace, type TestWorkspace } from './workspace.ts';

const NAME = 'restore-random-point';
const RESTORE = 'POST Microsoft.RecoveryServices/vaults/restore [machine]';
const sample = (drill: Changes['drill'] = {}): Changes => ({ sample: NAME, drill });

let workspace: TestWorkspace;
afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

const outputOf = (evidence: string, step: string) =>
  eventsOf(evidence).flatMap((event) =>
    event.type === 'step.succeeded' && event.step === step ? [event.output] : [],
  )[0];

const twinUp = () => findTwin(workspace.state, NAME) ?? expect.fail('expected a twin that is up, found none');
const operations = async () =>
  (await twinOperations(twinUp())).map(({ operation, status }) => `${operation} ${status}`).sort();

const REMOVED = ['Compute/disks', 'Compute/virtualMachines', 'Network/networkInterfaces'].map(
  (type) => `DELETE Microsoft.${type} Succeeded`,
);

describe('the drill of a random recovery point', () => {
  it('passes, says which point it was, and removes the machine and its disk', async () => {
    workspace = makeWorkspace(NAME, sample());
    await workspace.up();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(0);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'passed', reasons: [], leftOvers: [], stuck: [] });
    expect(outputOf(result.evidence, 'machine')).toMatchObject({
      point: expect.stringMatching(/^\d+$/),
      consistency: 'AppConsistent',
      largestGapMs: expect.any(Number),
      usablePoints: expect.any(Number),
    });
    expect(await operations()).toEqual([...REMOVED, `${RESTORE} Succeeded`]);
    await expectVerified(workspace, result.evidence);
  });

  it('fails when the gaps are larger than they may be, and leaves nothing either', async () => {
    workspace = makeWorkspace(
      NAME,
      sample({ 'verification.3.with.expect': 'usablePoints >= 3 && largestGapMs <= 500' }),
    );
    await workspace.up();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    expect(result.reasons.join()).toContain('gaps-are-small');
    expect(await operations()).toEqual([...REMOVED, `${RESTORE} Succeeded`]);
  });

  it('fails with the words of a job that failed after its operation had succeeded', async () => {
    workspace = makeWorkspace(NAME, sample());
    await workspace.up();
    expect((await workspace.look('twin', 'fault', NAME, 'failing-operation', '--match', 'POST */restore')).status).toBe(
      0,
    );
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    expect(result.reasons.join()).toContain('step machine failed');
    expect(await operations()).toEqual([`${RESTORE} Failed`]);
  });

  it('leaves no machine when it was killed during the restore and is aborted', async () => {
    workspace = makeWorkspace(NAME, sample());
    await workspace.up();
    const running = workspace.start('run', workspace.drill, '--yes');
    const run = await untilStep(workspace, 'machine', 'observing');
    running.child.kill('SIGKILL');
    await running.ended;
    const aborted = await workspace.run('abort', run, '--json');
    expect(aborted.status, aborted.stderr).toBe(0);
    const result = resultOf(aborted);
    expect(result).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    expect(await operations()).toEqual([...REMOVED, `${RESTORE} Succeeded`]);
    await expectVerified(workspace, result.evidence);
  });
});
