// The drills that come with the product, planned as the command line plans them, for trials in virtual time.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadDrill } from '../../src/cli/compose.ts';
import type { Plan } from '../../src/plan/plan.ts';

const FOLDER = resolve(import.meta.dirname, '../../drills');

/** Looks and canary writes are rarer than in the file: each is an event of its own, and says nothing more here. */
const OBSERVED_EVERY_MS = 1000;
const WRITTEN_EVERY_MS = 2000;
/** Whoever waits for a time-out waits for it in looks at the service: hours of them say no more than minutes. */
const TIMEOUT_MS_MAX = 150_000;

export interface Sample {
  readonly name: string;
  readonly plan: Plan;
}

/** Every drill of `drills/`, for the world of its name. */
export const samples: readonly Sample[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => ({
    name: file.replace(/\.yaml$/, ''),
    plan: calm(loadDrill(join(FOLDER, file), undefined, {} as never).plan),
  }));

function calm(plan: Plan): Plan {
  return {
    ...plan,
    probes: plan.probes.map((probe) => ({ ...probe, everyMs: OBSERVED_EVERY_MS })),
    steps: plan.steps.map((step) => ({ ...step, timeoutMs: Math.min(step.timeoutMs, TIMEOUT_MS_MAX) })),
    canaries: plan.canaries.map((canary) => ({ ...canary, everyMs: WRITTEN_EVERY_MS })),
  };
}

/** The same drill with so many attempts for every step that sends something. */
export const withAttempts = (plan: Plan, attempts: number): Plan => ({
  ...plan,
  steps: plan.steps.map((step) =>
    step.kind === 'check' ? step : { ...step, retry: { attempts, backoffMs: 1000, maximumMs: 8000 } },
  ),
});
