// The disposable twin of a proof: in a state folder of its own below the workspace's, so that it never meets the twin of the run.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalStore } from '../../journal/journal.ts';
import { bringUp, endTwin, type RunningTwin, runningTwin } from '../twins.ts';
import type { Workspace } from '../workspace.ts';

const PROOFS = 'proofs';

const proofWorkspace = (workspace: Workspace, run: string): Workspace => ({
  ...workspace,
  state: join(workspace.state, PROOFS, run),
});

interface Wanted {
  readonly workspace: Workspace;
  readonly run: string;
  readonly signal: AbortSignal;
}

/** Brings it up. What a dead process left of an earlier proof of this run is ended first. */
export async function proofTwin(
  { workspace, run, signal }: Wanted,
  worldFile: string,
  name: string,
): Promise<RunningTwin> {
  await endProofTwin(workspace, run, name);
  return runningTwin(worldFile, await bringUp(proofWorkspace(workspace, run), worldFile, { run }, signal));
}

/** Ends it, up or coming up, and removes its state: of one that does not end, the state stays and says which process it is. Again, it changes nothing. */
export async function endProofTwin(workspace: Workspace, run: string, name: string): Promise<void> {
  const { state } = proofWorkspace(workspace, run);
  await endTwin({ state }, name);
  rmSync(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Ends the twins of proofs whose runs are over: their processes died before they could. */
export async function endLeftProofs(workspace: Workspace, store: Pick<JournalStore, 'find'>): Promise<void> {
  for (const run of runsWithProofs(workspace)) {
    const record = await store.find(run);
    if (record === undefined) continue;
    if (record.outcome !== null) await endProofTwin(workspace, run, environmentOf(record.plan));
  }
}

function runsWithProofs({ state }: Workspace): readonly string[] {
  try {
    return readdirSync(join(state, PROOFS));
  } catch {
    return [];
  }
}

const environmentOf = (plan: string): string =>
  (JSON.parse(plan) as { readonly environment: { readonly name: string } }).environment.name;
