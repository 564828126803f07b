import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '../../src/journal/journal.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import type { EventBody } from '../../src/model/events.ts';
import { canonicalJson } from '../../src/model/json.ts';
import { benchPlan, driven, openedOf } from './fold.ts';

/** The run of the bench that `resume-process.ts` goes on with. */
export const RUN = 'bench';
/** So many of the last events have not happened yet. */
const OPEN_EVENTS = 20;
const GROUP_EVENTS = 1000;

/**
 * A run of `steps` steps on a SQLite journal, all but its last ones done: milliseconds from the start of a process that resumes it, as
 * `drillmaster resume` does, to the first effect that it sends.
 */
export async function benchResume(steps: number): Promise<{ readonly events: number; readonly ms: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-bench-'));
  try {
    const events = await interrupted(folder, steps);
    const started = performance.now();
    await firstEffect(folder);
    return { events, ms: performance.now() - started };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function interrupted(folder: string, steps: number): Promise<number> {
  const plan = benchPlan(steps);
  const [opened, ...rest] = driven(plan)
    .slice(0, -OPEN_EVENTS)
    .map(({ seq: _, at, ...body }): NewEvent => ({ at, body: body as EventBody }));
  const store = openSqliteStore(join(folder, 'journal.db'), {
    self: { pid: 1, startedAt: 'gone' },
    isAlive: () => false,
  });
  const record = { run: RUN, drill: plan.drill, openedAt: 1, plan: canonicalJson(plan) };
  const journal = await store.create(record, { at: opened?.at ?? 1, body: openedOf(plan) });
  for (let from = 0; from < rest.length; from += GROUP_EVENTS)
    await journal.append(rest.slice(from, from + GROUP_EVENTS));
  await store.close();
  return rest.length + 1;
}

function firstEffect(folder: string): Promise<void> {
  const program = join(import.meta.dirname, 'resume-process.ts');
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => {
      child.kill('SIGKILL');
      resolve();
    });
    child.once('exit', (status) => reject(new Error(`expected a first effect, found exit status ${status}`)));
  });
}
