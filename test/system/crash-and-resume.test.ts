// The first drill, killed where it hurts, and resumed to its end each time by a new process.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import { orchestratorGaps } from '../../src/report/orchestrator-gaps.ts';
import { findTwin, twinOperations } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { expectVerified, resultOf } from './ran-drill.ts';
import { FAILOVER, OPERATION, quick } from './region-failover-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

/** The newest run's events. */
async function recorded() {
  const store = openSqliteStore(join(workspace.state, 'journal.db'));
  try {
    const run = (await store.runs()).at(-1)?.run ?? '';
    return { run, events: await store.events(run) };
  } finally {
    await store.close();
  }
}

/** How often each service was asked for what cannot be taken back. */
async function destructive() {
  const twin = findTwin(workspace.state, 'crashed') ?? expect.fail('the twin of a person was ended');
  const counts: Record<string, number> = {};
  for (const { operation, resource } of await twinOperations(twin)) {
    const name = `${operation} ${resource.split('/').at(-1)}`;
    if ([OPERATION, FAILOVER].some((known) => operation.startsWith(known))) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('two processes that resume the same run', () => {
  it('are one that goes on and one that is told who does, and since when', async () => {
    workspace = makeWorkspace('raced', quick());
    await workspace.runWith({ DRILLMASTER_CRASH_AT: '1' }, 'run', workspace.drill, '--yes');
    const { run } = await recorded();
    const racers = [1, 2].map(() => workspace.start('resume', run));
    const first = await Promise.race(racers.map(async (racer) => ({ racer, ran: await racer.ended })));
    expect(first.ran.status, first.ran.stderr).toBe(2);
    const goingOn = racers.find((racer) => racer !== first.racer) ?? expect.fail('there are two');
    expect(first.ran.stderr).toMatch(new RegExp(`held by process ${goingOn.child.pid} since (20|just now)`));
    expect(first.ran.stderr).not.toContain('is not closed');
    goingOn.child.kill('SIGINT');
    expect((await goingOn.ended).stderr).toContain('takes the run over and goes on');
    // Nobody takes a lock file away: the next one just takes over.
    const aborted = await workspace.run('abort', run, '--json');
    expect(aborted.status, aborted.stderr).toBe(0);
    expect((await recorded()).events.filter(({ type }) => type === 'run.resumed')).toHaveLength(1);
  });
});

describe('the region failover drill, killed again and again', () => {
  it('ends as it would have, with every destructive operation done once', async () => {
    workspace = makeWorkspace('crashed', quick());
    expect(await workspace.run('twin', 'up', 'crashed')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('up at https://'),
    });
    const dies = async (variables: NodeJS.ProcessEnv, ...args: readonly string[]) => {
      const { status, stderr } = await workspace.runWith(variables, ...args);
      expect(status, stderr).toBeNull();
      return recorded();
    };
    // The promotion was sent and answered, and nobody knows the answer.
    const { run, events } = await dies(
      { DRILLMASTER_CRASH_BEFORE: 'step.accepted:promote' },
      'run',
      workspace.drill,
      '--yes',
    );
    const told = events.filter((event) => 'step' in event && event.step === 'promote').map(({ type }) => type);
    expect(told).toEqual(['step.started']);
    // Restoration has begun to end the outage.
    await dies({ DRILLMASTER_CRASH_AT: 'undo.started' }, 'resume', run);
    // Production is switched back, as nobody knows.
    await dies({ DRILLMASTER_CRASH_BEFORE: 'step.accepted:switch-back' }, 'resume', run);
    // All is over but the evidence, of which a part was written.
    expect((await dies({ DRILLMASTER_CRASH_AT: 'run.closed' }, 'resume', run)).events.at(-1)?.type).toBe('run.closed');
    const half = join(workspace.root, 'evidence', `.${run}.0123456789ab`);
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, 'README.txt'), 'half');
    expect((await workspace.look('runs', '--unfinished')).stdout).toContain(run);
    const ran = await workspace.run('resume', run, '--json');
    const result = resultOf(ran);
    expect(result, ran.stderr).toMatchObject({ leftOvers: [], stuck: [] });
    expect(result.outcome, result.reasons.join('\n')).not.toBe('failed');
    await expectVerified(workspace, result.evidence);
    expect(orchestratorGaps((await recorded()).events)).toHaveLength(3);
    const counts = await destructive();
    expect(new Set(Object.values(counts)), JSON.stringify(counts)).toEqual(new Set([1]));
  });
});
