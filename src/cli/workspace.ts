// Where things are: the workspace is the folder that holds `drills/`; state and evidence lie in it unless said otherwise.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { GlobalOptions } from './command.ts';

export interface Workspace {
  readonly root: string;
  readonly state: string;
  /** Address of the journals, where they do not lie in the state folder. */
  readonly journal?: string;
  readonly evidence: string;
  readonly worlds: string;
}

/** Finds the workspace upwards from `start` (a file or folder); without one, `start`'s own folder is it. */
export function findWorkspace(start: string, options: GlobalOptions): Workspace {
  const root = holderOfDrills(resolve(start)) ?? resolve(process.cwd());
  const journal = options.journal ?? process.env['DRILLMASTER_JOURNAL'] ?? '';
  return {
    root,
    ...(journal !== '' && { journal }),
    state: resolve(options.state ?? process.env['DRILLMASTER_STATE'] ?? join(root, '.drillmaster')),
    evidence: resolve(options.evidence ?? join(root, 'evidence')),
    worlds: join(root, 'drills', 'worlds'),
  };
}

function holderOfDrills(folder: string): string | undefined {
  if (existsSync(join(folder, 'drills'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : holderOfDrills(parent);
}
