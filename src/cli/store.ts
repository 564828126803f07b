// The journal store of a workspace, opened for as long as it is needed.
import { join } from 'node:path';
import type { JournalStore, RunRecord } from '../journal/journal.ts';
import { openSqliteStore } from '../journal/sqlite.ts';
import { parentRunOf } from '../model/child.ts';
import { toErrorData, UsageError } from '../model/errors.ts';
import type { GlobalOptions } from './command.ts';
import { makeFolder } from './make-folder.ts';
import { findWorkspace, type Workspace } from './workspace.ts';

export async function openStore(workspace: Workspace): Promise<JournalStore> {
  makeFolder(workspace.state, 0o700);
  if (workspace.journal !== undefined) {
    // Loaded where it is asked for: it brings the Azure clients with it.
    const { openFarStore } = await import('./far-store.ts');
    return openFarStore(workspace.journal, workspace);
  }
  try {
    return openSqliteStore(join(workspace.state, 'journal.db'));
  } catch (cause) {
    throw new UsageError('refused', toErrorData(cause).message, { cause });
  }
}

/** Opens the store of the workspace around the current folder, uses it, and closes it. */
export async function withStore<T>(options: GlobalOptions, use: (store: JournalStore) => Promise<T>): Promise<T> {
  const store = await openStore(findWorkspace(process.cwd(), options));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Why a closed run takes nothing any more, and what can still be done with it. */
export function closedText({ run, outcome }: Pick<RunRecord, 'run' | 'outcome'>): string {
  const way = outcome === 'stuck' ? `: drillmaster restore ${run} restores what is left` : '';
  return `${run} is closed (${outcome})${way}`;
}

const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A run by its name, or the newest one that is nobody's child. Throws UsageError when there is none. */
export async function findRun(store: JournalStore, run: string | undefined): Promise<RunRecord> {
  const newest = async () =>
    [...(await store.runs())]
      .filter(({ run: name }) => parentRunOf(name) === undefined)
      .sort((a, b) => b.openedAt - a.openedAt)[0];
  const found = await (run === undefined ? newest() : store.find(run));
  // A journal that somebody gave may hold any name, and a run's name is that of a folder and of a file.
  if (found !== undefined && !RUN_NAME.test(found.run))
    throw new UsageError('refused', `expected a run whose name is no path, found "${found.run}"`);
  if (found !== undefined) return found;
  throw new UsageError(
    'not-found',
    run === undefined ? 'there are no runs yet' : `expected a run of this state folder, found "${run}"`,
  );
}
