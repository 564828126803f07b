// The room that is kept beside the journals of a workspace.
import { join } from 'node:path';
import { JournalError } from '../journal/journal-error.ts';
import { fileReserve, type Reserve } from '../journal/reserve.ts';
import { UsageError } from '../model/errors.ts';
import type { Workspace } from './workspace.ts';

export const reserveOf = ({ state }: Pick<Workspace, 'state'>): Reserve => fileReserve(join(state, 'journal.reserve'));

/** Refuses before anything starts what could not record its restoration on a disk that fills up. Throws UsageError `refused`. */
export function requireReserve(workspace: Pick<Workspace, 'state'>): void {
  const why = keepReserve(workspace);
  if (why !== undefined) throw new UsageError('refused', why);
}

/** Keeps room again where there is some. The reason why not, if so: a run that was begun is restored without a reserve, too. */
export function keepReserve(workspace: Pick<Workspace, 'state'>): string | undefined {
  try {
    reserveOf(workspace).make();
    return undefined;
  } catch (error) {
    if (error instanceof JournalError) return error.message;
    throw error;
  }
}
