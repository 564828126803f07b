// Somebody changes the configuration of resources while a drill runs: the run is not passed, and names exactly what was changed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { resultSchema } from '../../src/model/result.ts';
import { openWorld, type World } from '../../src/providers/world.ts';
import { connectionOf, environmentOf, findTwin, loadWorld } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { LOOK_EVERY_MS } from './ran-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

const NAME = 'planted-difference';
const WORLD = `
name: ${NAME}
subscription: 5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c09
tenant: 0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b09
regions: [westeurope, northeurope]
links: [{ between: [westeurope, northeurope], latency: PT0.01S }]
resourceGroups: [{ name: rg, region: westeurope }]
postgresServers: [{ name: orders-db, group: rg, region: westeurope, role: primary }]
storageAccounts: [{ name: ordersdocs, group: rg, region: westeurope, secondary: northeurope }]
`;
const DRILL = `
drill: ${NAME}
title: A page is worked through
exercise: component
mode: isolated
systems: [orders]
resources:
  db: { type: Microsoft.DBforPostgreSQL/flexibleServers, group: rg, name: orders-db }
  docs: { type: Microsoft.Storage/storageAccounts, group: rg, name: ordersdocs }
scope: [db, docs]
approvals: { required: 0 }
timing: { baseline: PT0S }
recovery:
  - { id: wait, uses: runbook/page, with: { page: runbooks/wait.md } }
verification:
  - { id: stands, uses: resource/assert, with: { resource: '\${{ resources.db }}', expect: status == 200 } }
`;
const PAGE = `---
owner: orders-team
roles: [ops]
reviewed: 2026-01-01
expectedDuration: PT1M
---
# Wait
- [ ] Somebody has changed something
`;
const LOOKS_MAX = 300;

let workspace: TestWorkspace;
let kill = (): boolean => false;
afterEach(async () => {
  kill();
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

it('a firewall rule, a parameter, a tag and a sku that were changed meanwhile are named, and nothing else is', async () => {
  workspace = makeWorkspace(NAME);
  const worldFile = join(workspace.root, 'drills', 'worlds', `${NAME}.yaml`);
  mkdirSync(join(workspace.root, 'runbooks'));
  for (const [file, text] of [
    [worldFile, WORLD],
    [workspace.drill, DRILL],
    [join(workspace.root, 'runbooks', 'wait.md'), PAGE],
  ] as const)
    writeFileSync(file, text);
  const { child, ended } = workspace.start('run', workspace.drill, '--rehearsal', '--json');
  kill = () => child.kill('SIGKILL');
  const run = await Promise.race([whenItWaits(), ended.then(({ stderr }) => expect.fail(stderr))]);
  const twin = findTwin(workspace.state, NAME);
  if (twin === undefined) return expect.fail('the twin is not up');
  const { db, docs } = await plant(openWorld(environmentOf(loadWorld(worldFile)), connectionOf(twin)));
  const answered = await workspace.look('answer', run, 'wait', '--result', 'done', '--as', 'lea', '--role', 'ops');
  expect(answered.status, answered.stderr).toBe(0);
  const ran = await ended;
  expect(ran.status).toBe(1);
  const { evidence: _, ...result } = JSON.parse(ran.stdout) as Record<string, unknown>;
  const { outcome, reasons } = resultSchema.parse(result);
  expect(outcome).toBe('stuck');
  expect(reasons.toSorted()).toEqual(
    [
      `${db}: configurations["work_mem"].properties.value expected "4096", found "8192"`,
      `${db}: firewallRules["anybody"].properties.endIpAddress expected nothing, found "255.255.255.255"`,
      `${db}: firewallRules["anybody"].properties.startIpAddress expected nothing, found "0.0.0.0"`,
      `${db}: tags.owner expected nothing, found "somebody else"`,
      `${docs}: properties.secondaryEndpoints.blob expected "https://ordersdocs-secondary.blob.core.windows.net/", found nothing`,
      `${docs}: properties.secondaryLocation expected "northeurope", found nothing`,
      `${docs}: properties.statusOfSecondary expected "available", found nothing`,
      `${docs}: sku.name expected "Standard_RAGRS", found "Standard_LRS"`,
    ].map((difference) => `differs from the baseline: ${difference}`),
  );
});

/** The name of the run once its page waits for an answer: its baseline is on record then. */
async function whenItWaits(): Promise<string> {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const shown = await workspace.look('status', '--json');
    if (shown.status === 0) {
      const { run, phase } = JSON.parse(shown.stdout) as { run: string; phase: string };
      if (phase === 'recovery') return run;
      expect(phase).not.toBe('closed');
    }
    await wait(LOOK_EVERY_MS);
  }
  throw new Error('the run did not come to its page');
}

async function plant({ environment, arm }: World) {
  const group = `/subscriptions/${environment.subscription}/resourceGroups/rg/providers`;
  const [db, docs] = [
    `${group}/Microsoft.DBforPostgreSQL/flexibleServers/orders-db`,
    `${group}/Microsoft.Storage/storageAccounts/ordersdocs`,
  ];
  const put = (method: 'PUT' | 'PATCH', path: string, apiVersion: string, body: object) =>
    arm.mutate(
      { method, path, apiVersion, body: JSON.parse(JSON.stringify(body)), requestId: 'plant' },
      AbortSignal.timeout(5000),
    );
  const properties = { startIpAddress: '0.0.0.0', endIpAddress: '255.255.255.255' };
  await put('PUT', `${db}/firewallRules/anybody`, '2025-08-01', { properties });
  await put('PATCH', `${db}/configurations/work_mem`, '2025-08-01', { properties: { value: '8192' } });
  await put('PATCH', db, '2025-08-01', { tags: { owner: 'somebody else' } });
  await put('PATCH', docs, '2025-01-01', { sku: { name: 'Standard_LRS' } });
  return { db, docs };
}
