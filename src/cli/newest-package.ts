// Where the evidence packages of a run lie: one for each of its ends, and none is ever written over.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DrillEvent } from '../model/events.ts';
import type { Workspace } from './workspace.ts';

type Place = Pick<Workspace, 'evidence'>;

/**
 * Folder of the package of a run's newest end. The first one bears the name of the run; each further one, of a run that was taken up again,
 * a number.
 */
export const packageDir = ({ evidence }: Place, run: string, events: readonly DrillEvent[]): string =>
  join(evidence, nameOf(run, endsOf(events)));

/** The newest package that stands; null when none does. */
export function newestPackage({ evidence }: Place, run: string, events: readonly DrillEvent[]): string | null {
  for (let end = endsOf(events); end > 0; end -= 1) {
    const dir = join(evidence, nameOf(run, end));
    if (existsSync(dir)) return dir;
  }
  return null;
}

const endsOf = (events: readonly DrillEvent[]) => events.filter(({ type }) => type === 'run.closed').length;

const nameOf = (run: string, end: number) => (end > 1 ? `${run}-reopened-${end - 1}` : run);
