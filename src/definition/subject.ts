import type { Catalogue } from '../model/action.ts';
import type { ListedChild } from '../model/child.ts';
import type { Environment } from '../model/environment.ts';
import type { Page } from '../model/page.ts';
import type { ListedProgram } from '../model/program.ts';
import type { ExpressionContext } from './expression-context.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Definition } from './schema.ts';

/** What a definition is held against. Without an environment, what depends on it is left for the plan to check. */
export interface CheckAgainst {
  /** Of any world: a check never acts. */
  readonly catalogue: Catalogue<never>;
  readonly environment?: Environment;
  /** Runbook pages by their path inside the workspace. Without them, pages are left for the plan to check. */
  readonly pages?: ReadonlyMap<string, Page>;
  /** The page that was probably meant by a path that leads to none. */
  readonly nearPage?: (file: string) => { readonly suggestion?: string };
  /** Child drills by the id of their step. Without them, they are left for the plan to check. */
  readonly children?: ReadonlyMap<string, ListedChild>;
  /** The workspace's allow list. Without one, programs are left for the plan to check. */
  readonly programs?: readonly ListedProgram[];
}

/** What every check sees. */
export interface Subject extends CheckAgainst {
  readonly definition: Definition;
  readonly steps: readonly PlacedStep[];
  readonly context: ExpressionContext;
}
