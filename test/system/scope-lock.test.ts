// Two people start a drill on the same resources at the same instant: one of them drills. What an interrupted run holds, it goes on holding.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processesMentioning } from './left-behind.ts';
import { LOOK_EVERY_MS } from './ran-drill.ts';
import { makeWorkspace, type Ran, type TestWorkspace } from './workspace.ts';

const NAME = 'scope-lock';
const WORLD = `
name: ${NAME}
subscription: 5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c19
tenant: 0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b19
regions: [westeurope]
resourceGroups: [{ name: rg, region: westeurope }]
dnsZones: [{ name: shop.example, group: rg, records: [{ name: www, type: A, ttl: 60, values: [10.0.0.1] }] }]
`;
/** Its page is waited for: a run holds what it holds for as long as the test needs it to. */
const DRILL = `
drill: ${NAME}
title: A page is worked through
exercise: component
mode: isolated
systems: [orders]
resources: { zone: { type: Microsoft.Network/dnsZones, group: rg, name: shop.example } }
scope: [zone]
approvals: { required: 0 }
timing: { baseline: PT0S }
recovery:
  - { id: wait, uses: runbook/page, with: { page: runbooks/wait.md } }
verification:
  - { id: stands, uses: resource/assert, with: { resource: '\${{ resources.zone }}', expect: status == 200 } }
`;
const PAGE = `---
owner: orders-team
roles: [ops]
reviewed: 2026-01-01
expectedDuration: PT1M
---
# Wait
- [ ] The other one is refused
`;
const LOOKS_MAX = 300;

let workspace: TestWorkspace;
const started: ReturnType<TestWorkspace['start']>[] = [];
beforeEach(async () => {
  workspace = makeWorkspace(NAME);
  writeFileSync(join(workspace.root, 'drills', 'worlds', `${NAME}.yaml`), WORLD);
  writeFileSync(workspace.drill, DRILL);
  mkdirSync(join(workspace.root, 'runbooks'));
  writeFileSync(join(workspace.root, 'runbooks', 'wait.md'), PAGE);
  await workspace.up();
});
afterEach(async () => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

function start() {
  const running = workspace.start('run', workspace.drill, '--rehearsal', '--json');
  started.push(running);
  return running;
}

const resultOf = ({ stdout, stderr }: Ran) => {
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as { run: string; outcome: string; reasons: readonly string[] };
};

it('exactly one of two that start at once goes on, and a run whose process was killed holds its scope until it is ended', async () => {
  const first = await race();
  expect(first.why).toContain(`run ${first.run} has not ended and may write to or disturb`);
  first.going.child.kill('SIGKILL');
  await first.going.ended;
  const second = resultOf(await start().ended);
  expect(second.outcome).toBe('not-ready');
  expect(second.reasons.join()).toContain(`nobody drives it any more; drillmaster resume ${first.run} goes on with it`);
  await workspace.run('abort', first.run, '--reason', 'its process is gone');

  const { run, going } = await race();
  const answered = await workspace.look('answer', run, 'wait', '--result', 'done', '--as', 'lea', '--role', 'ops');
  expect(answered.status, answered.stderr).toBe(0);
  expect(resultOf(await going.ended).outcome).toBe('passed');
});

/** Starts two at once: the one that goes on, its run, and why the other is refused. */
async function race() {
  const [one, two] = [start(), start()];
  const [going, ran] = await Promise.race([
    one.ended.then((ended) => [two, ended] as const),
    two.ended.then((ended) => [one, ended] as const),
  ]);
  const refused = resultOf(ran);
  expect(refused.outcome).toBe('not-ready');
  return { going, run: await atItsPage(refused.run), why: refused.reasons.join() };
}

/** The name of the one run that is not closed, once it waits for an answer. */
async function atItsPage(refused: string): Promise<string> {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const open = JSON.parse((await workspace.look('runs', '--unfinished', '--json')).stdout) as { run: string }[];
    const run = open[0]?.run;
    expect(open.map((one) => one.run)).not.toContain(refused);
    expect(open).toHaveLength(1);
    const { phase } = JSON.parse((await workspace.look('status', run ?? '', '--json')).stdout) as { phase: string };
    if (run !== undefined && phase === 'recovery') return run;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error('the run did not come to its page');
}
