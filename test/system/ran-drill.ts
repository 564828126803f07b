// What a drill that ran through the front door left, and waiting for what it does meanwhile.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventSchema } from '../../src/model/events.ts';
import { type DrillResult, resultSchema } from '../../src/model/result.ts';
import type { Ran, TestWorkspace } from './workspace.ts';

/** How often a test looks how a run stands: each look reads its whole journal. */
export const LOOK_EVERY_MS = 300;

/** The one JSON document of `run --json`. */
export function resultOf({ stdout, stderr }: Ran): DrillResult & { readonly evidence: string } {
  if (stdout === '') throw new Error(`expected a result, found ${stderr}`);
  const { evidence, ...result } = JSON.parse(stdout) as DrillResult & { evidence: string };
  return { ...resultSchema.parse(result), evidence };
}

export const observedOf = ({ checks }: DrillResult, check: string) =>
  checks.find(({ id }) => id === check)?.observed ?? '';

export async function expectVerified(workspace: TestWorkspace, evidence: string): Promise<void> {
  const key = join(workspace.root, 'evidence.pub.pem');
  writeFileSync(key, (await workspace.look('keys', 'export')).stdout);
  const verified = await workspace.look('verify', evidence, '--key', key);
  expect(verified.status, verified.stdout).toBe(0);
}

/** Waits until the newest run has a step in a status. */
export async function untilStep(workspace: TestWorkspace, step: string, status: string): Promise<string> {
  for (let tries = 0; tries < 300; tries += 1) {
    const shown = await workspace.look('status', '--json');
    if (shown.status === 0) {
      const { run, steps } = JSON.parse(shown.stdout) as { run: string; steps: { id: string; status: string }[] };
      if (steps.some((entry) => entry.id === step && entry.status === status)) return run;
    }
    await wait(LOOK_EVERY_MS);
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

/** The record of a run, as its package has it. */
export const eventsOf = (evidence: string) =>
  readFileSync(join(evidence, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => eventSchema.parse(JSON.parse(line)));
