// Writes the evidence package of a run and says how it ended. The package of a failed run has the same form.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportPublicKey, openKey, type SigningKey } from '../evidence/keys.ts';
import { writePackage } from '../evidence/package.ts';
import { verifyPackage } from '../evidence/verify.ts';
import type { JournalStore, RunRecord } from '../journal/journal.ts';
import { toErrorData, UsageError } from '../model/errors.ts';
import type { DrillEvent } from '../model/events.ts';
import { type DrillResult, resultSchema } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { secretsOf } from '../providers/redact-value.ts';
import { makeResult } from '../report/result.ts';
import { createKernel } from '../statechart/index.ts';
import { connectionOf, findTwin } from '../twin/index.ts';
import { requireWritable } from './make-folder.ts';
import { packageDir } from './newest-package.ts';
import { planOfRun } from './plan-of-run.ts';
import type { Workspace } from './workspace.ts';

export interface Finished {
  readonly result: DrillResult;
  readonly plan: Plan;
  readonly events: readonly DrillEvent[];
  /** Folder of the evidence package. */
  readonly evidence: string;
}

interface Packing {
  readonly workspace: Workspace;
  readonly store: JournalStore;
  readonly plan: Plan;
  readonly run: string;
  readonly secrets: readonly string[];
}

/**
 * Refuses before anything starts when a package could not be written at the end: no folder, no right to write, no usable key. Throws
 * UsageError `refused`, or what `openKey` throws.
 */
export function requireEvidencePlace({ evidence, state }: Workspace): void {
  requireWritable(state, 0o700);
  requireWritable(evidence);
  openKey(state);
}

/** Writes the package of a closed run. Throws UsageError `refused` with the way to write it later when that fails. */
export async function packageRun(packing: Packing): Promise<Finished> {
  try {
    return await writeRun(packing);
  } catch (cause) {
    const { code, message } = toErrorData(cause);
    // What holds a secret is not mended by asking again.
    const way = code === 'secret-found' ? '' : `; once that is mended, drillmaster evidence ${packing.run} writes it`;
    throw new UsageError('refused', `the evidence package of ${packing.run} was not written: ${message}${way}`, {
      cause,
    });
  }
}

async function writeRun({ workspace, store, plan, run, secrets }: Packing): Promise<Finished> {
  const [events, lines] = await Promise.all([store.events(run), store.lines(run)]);
  const result = makeResult(plan, createKernel(plan), events, lines.at(-1)?.hash ?? '');
  const evidence = packageDir(workspace, run, events);
  const key = openKey(workspace.state);
  await writePackage({ dir: evidence, plan, lines, result, key, secrets }).catch(async (error: unknown) => {
    if (!(await isWritten(evidence, key, result, error))) throw error;
  });
  return { result, plan, events, evidence };
}

/**
 * True when another process wrote the package of the same events meanwhile: whoever sees the end of a child writes what is missing, and a
 * package appears whole or not at all.
 */
async function isWritten(dir: string, key: SigningKey, { eventsHead }: DrillResult, error: unknown): Promise<boolean> {
  if (toErrorData(error).code !== 'package-exists') return false;
  const { ok } = await verifyPackage(dir, exportPublicKey(key));
  return ok && resultOf(dir).eventsHead === eventsHead;
}

const resultOf = (dir: string): DrillResult =>
  resultSchema.parse(JSON.parse(readFileSync(join(dir, 'result.json'), 'utf8')));

/**
 * Writes the package that a closed run does not have: writing it failed, or its process died first. What stands is never overwritten;
 * throws UsageError `refused` and says whether it verifies.
 */
export async function packageAgain(workspace: Workspace, store: JournalStore, record: RunRecord): Promise<Finished> {
  const { run } = record;
  const dir = packageDir(workspace, run, await store.events(run));
  if (existsSync(dir)) {
    const { ok } = await verifyPackage(dir, exportPublicKey(openKey(workspace.state)));
    const found = ok ? 'one that stands and verifies' : 'one that does not verify: move it away first';
    throw new UsageError('refused', `${dir}: expected no evidence package yet, found ${found}`);
  }
  return packageOfRecord(workspace, store, record);
}

/** The package of a closed run whose process died before it was written; undefined when it is there. Throws UsageError `refused`. */
export async function packageUnlessThere(
  workspace: Workspace,
  store: JournalStore,
  record: RunRecord,
): Promise<Finished | undefined> {
  const dir = packageDir(workspace, record.run, await store.events(record.run));
  return existsSync(dir) ? undefined : packageOfRecord(workspace, store, record);
}

/** The package of a closed run, written unless it stands already. Throws UsageError `refused`. */
export async function packageOfRecord(workspace: Workspace, store: JournalStore, record: RunRecord): Promise<Finished> {
  const { run } = record;
  const plan = planOfRun(record, await store.events(run));
  // The run's own twin is gone, and its password and token with it; one that a person brought up may still stand.
  const twin = findTwin(workspace.state, plan.environment.name);
  const secrets = twin === undefined ? [] : secretsOf(connectionOf(twin));
  return packageRun({ workspace, store, plan, run, secrets });
}
