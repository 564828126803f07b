import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import { type Action, defineAction } from '../../src/model/action.ts';
import { canonicalJson } from '../../src/model/json.ts';
import { planDigest } from '../../src/plan/digest.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';
import type { Limits } from '../../src/runtime/limits.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { createKernel } from '../../src/statechart/index.ts';

/** A whole drill of `steps` steps that do nothing, side by side, on a SQLite journal: wall time in milliseconds. */
export async function benchSteps(steps: number): Promise<{ readonly ms: number }> {
  return { ms: await benchDrill(sideBySide(steps, 0), {}) };
}

export interface MakespanWishes {
  readonly steps: number;
  readonly stepMs: number;
  /** Steps at work at the same time. */
  readonly wide: number;
}

/** The same with steps that take time, against the shortest time that so many places allow. */
export async function benchMakespan({
  steps,
  stepMs,
  wide,
}: MakespanWishes): Promise<{ readonly ms: number; readonly criticalPathMs: number }> {
  const ms = await benchDrill(sideBySide(steps, stepMs), { overall: wide, perSubscription: wide });
  return { ms, criticalPathMs: Math.ceil(steps / wide) * stepMs };
}

async function benchDrill(plan: Plan, limits: Partial<Limits>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-bench-'));
  const store = openSqliteStore(join(folder, 'journal.db'));
  try {
    const openedAt = systemClock.now();
    const record = { run: 'bench', drill: plan.drill, openedAt, plan: canonicalJson(plan) };
    const journal = await store.create(record, { at: openedAt, body: openedOf(plan) });
    const kernel = createKernel(plan);
    const started = performance.now();
    const outcome = await runDrill({
      plan,
      kernel,
      journal,
      limits,
      catalogue: { actions: new Map([[waiting.name, waiting]]), probes: new Map(), canaries: new Map() },
      inventory: { read: async () => [] },
      world: {},
      clock: systemClock,
      approve: () => Promise.reject(new Error('nobody is asked')),
      evaluate: () => ({ outcome: 'passed', reasons: [] }),
      signal: new AbortController().signal,
    });
    const ms = performance.now() - started;
    const done = (await store.events('bench')).filter(({ type }) => type === 'step.succeeded').length;
    if (outcome !== 'passed' || done !== plan.steps.length)
      throw new Error(`expected ${plan.steps.length} steps done, found ${done}`);
    return ms;
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** An action that nothing has done before. */
export const benchAction = (start: Action<{ ms: number }, unknown>['start']): Action<unknown, never> =>
  defineAction<{ ms: number }, unknown>({
    name: 'bench/wait',
    title: 'Wait',
    kind: 'write',
    input: z.strictObject({ ms: z.number().default(0) }),
    writes: () => [],
    permissions: [],
    undo: 'nothing-to-undo',
    changesDataRoles: false,
    forecast: { operation: 'wait', typicalMs: 0 },
    inspect: async () => ({ finding: 'not-started', detail: 'never done before' }),
    start,
    observe: async () => null,
  }) as Action<unknown, never>;

const waiting = benchAction(async ({ ms }) => {
  if (ms > 0) await sleep(ms);
  return { kind: 'done', output: null };
});

const STEP_TIMEOUT_MS = 600_000;

const sideBySide = (count: number, ms: number): Plan => ({
  formatVersion: 1,
  drill: 'bench',
  title: 'Bench',
  exercise: 'component',
  mode: 'isolated',
  environment: { kind: 'twin', name: 'bench', tenant: 'none', subscription: 'none' },
  systems: [],
  objectives: [],
  resources: {},
  scope: [],
  approvals: { required: 0, roles: [], expiresMs: 0 },
  declaration: { automatic: true, roles: [] },
  probes: [],
  canaries: [],
  guardrails: [],
  steps: Array.from({ length: count }, (_, index) => stepOf(`step-${index}`, ms)),
  baselineMs: 0,
  detectionTimeoutMs: 0,
  stabilityTimeoutMs: 0,
  values: {},
  permissions: [],
});

const stepOf = (id: string, ms: number): PlannedStep => ({
  id,
  phase: 'recovery',
  uses: waiting.name,
  kind: 'write',
  with: { ms },
  needs: [],
  timeoutMs: STEP_TIMEOUT_MS,
  retry: { attempts: 1, backoffMs: 0, maximumMs: 0 },
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  writes: [],
  forecastMs: ms,
  criticalMs: ms,
});

const openedOf = (plan: Plan) =>
  ({
    type: 'run.opened',
    run: 'bench',
    drill: plan.drill,
    planDigest: planDigest(plan),
    environment: { kind: plan.environment.kind, name: plan.environment.name },
    requestedBy: 'bench',
    unattended: true,
    rehearsal: false,
    tool: 'bench',
  }) as const;
