// What a parent records of a child that is closed: how it ended, and the digest of a package that verifies.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportPublicKey, openKey } from '../../evidence/keys.ts';
import { packageDigest } from '../../evidence/package-digest.ts';
import { verifyPackage } from '../../evidence/verify.ts';
import type { JournalStore, RunRecord } from '../../journal/journal.ts';
import type { ChildRecord } from '../../model/child.ts';
import { toErrorData } from '../../model/errors.ts';
import { OUTCOMES } from '../../model/phase.ts';
import { resultSchema } from '../../model/result.ts';
import { packageDir } from '../newest-package.ts';
import { packageOfRecord } from '../package-run.ts';
import type { Workspace } from '../workspace.ts';

interface Place {
  readonly workspace: Workspace;
  readonly store: JournalStore;
}

/**
 * Writes the package that is missing: its process died before it could, or is about to. A package appears whole or not at all, and that of
 * the newest end counts. `why` is the first reason of the outcome, or why there is no digest.
 */
export async function childEvidence(
  { workspace, store }: Place,
  record: RunRecord,
): Promise<ChildRecord & { readonly why: string }> {
  const { run, drill } = record;
  const outcome = OUTCOMES.find((known) => known === record.outcome) ?? 'stuck';
  try {
    const dir = packageDir(workspace, run, await store.events(run));
    if (!existsSync(dir)) await packageOfRecord(workspace, store, record);
    const { ok, findings } = await verifyPackage(dir, exportPublicKey(openKey(workspace.state)));
    if (!ok) return { drill, run, outcome, digest: null, why: `${dir} does not verify: ${findings[0]?.detail}` };
    const { reasons } = resultSchema.parse(JSON.parse(readFileSync(join(dir, 'result.json'), 'utf8')));
    return { drill, run, outcome, digest: await packageDigest(dir), why: reasons[0] ?? '' };
  } catch (error) {
    return { drill, run, outcome, digest: null, why: toErrorData(error).message };
  }
}
