import { loadDefinition } from '../definition/load.ts';
import type { Problem } from '../definition/problem.ts';
import type { Definition } from '../definition/schema.ts';
import { makePlan, type PlanFacts } from './make-plan.ts';
import type { Plan } from './plan.ts';

export type LoadedPlan =
  | { readonly ok: true; readonly plan: Plan; readonly definition: Definition }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Drill text → plan, or every problem at once: form, meaning, and what this environment lacks. `file` is only a name for messages. */
export function loadPlan(text: string, file: string, facts: PlanFacts): LoadedPlan {
  const loaded = loadDefinition(text, file, facts);
  if (!loaded.ok) return loaded;
  return { ok: true, definition: loaded.definition, plan: makePlan(loaded.definition, facts) };
}
