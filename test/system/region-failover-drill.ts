// What the tests of the region failover drill share: its changes, its result, and waiting for it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { type DrillResult, resultSchema } from '../../src/model/result.ts';
import { openContainer } from '../../src/providers/blob/blob-service.ts';
import { openWorld } from '../../src/providers/world.ts';
import { connectionOf, type findTwin } from '../../src/twin/index.ts';
import { loadWorld } from '../../src/twin/world/load-world.ts';
import type { Changes, Ran, TestWorkspace } from './workspace.ts';

export const OPERATION = 'PATCH Microsoft.DBforPostgreSQL/flexibleServers';
export const FAILOVER = 'POST Microsoft.Storage/storageAccounts/failover';
/** Compressed, for tests that judge something else than time. */
export const quick = (drill: Changes['drill'] = {}, world: Changes['world'] = {}): Changes => ({
  drill: { 'probes.0.stableFor': 'PT2S', timing: { baseline: 'PT2S' }, ...drill },
  world: {
    operations: { [`${OPERATION} [forced]`]: 'PT3S', [`${OPERATION} [planned]`]: 'PT2S', [FAILOVER]: 'PT2S' },
    ...world,
  },
});

/** The one JSON document of `run --json`. */
export function resultOf({ stdout }: Ran): DrillResult & { readonly evidence: string } {
  const { evidence, ...result } = JSON.parse(stdout) as DrillResult & { evidence: string };
  return { ...resultSchema.parse(result), evidence };
}

export const observedOf = ({ checks }: DrillResult, check: string) =>
  checks.find(({ id }) => id === check)?.observed ?? '';

export async function expectVerified(workspace: TestWorkspace, evidence: string): Promise<void> {
  const key = join(workspace.root, 'evidence.pub.pem');
  writeFileSync(key, (await workspace.run('keys', 'export')).stdout);
  const verified = await workspace.run('verify', evidence, '--key', key);
  expect(verified.status, verified.stdout).toBe(0);
}

/** The shop's invoices, as the account's own clients see them. */
export async function invoicesOf(workspace: TestWorkspace, twin: NonNullable<ReturnType<typeof findTwin>>) {
  const { subscription, tenant } = loadWorld(join(workspace.root, 'drills', 'worlds', `${twin.name}.yaml`));
  const environment = { kind: 'twin', name: twin.name, tenant, subscription, values: {}, resources: [] } as const;
  const account = `/subscriptions/${subscription}/resourceGroups/rg-orders-shared/providers/Microsoft.Storage/storageAccounts/ordersdocs`;
  return openContainer(openWorld(environment, connectionOf(twin)), account, 'invoices');
}

/** Waits until the newest run has a step in a status. */
export async function untilStep(workspace: TestWorkspace, step: string, status: string): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    const shown = await workspace.look('status', '--json');
    if (shown.status === 0) {
      const { run, steps } = JSON.parse(shown.stdout) as { run: string; steps: { id: string; status: string }[] };
      if (steps.some((entry) => entry.id === step && entry.status === status)) return run;
    }
    await wait(100);
  }
  throw new Error(`${step} did not become ${status}`);
}

/** Waits until a process has said something on stderr. */
export const untilSaid = (child: ReturnType<TestWorkspace['start']>['child'], text: string) =>
  new Promise<void>((settle) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes(text)) settle();
    });
  });
