import type * as z from 'zod';
import { type ActionContext, defineAction } from '../model/action.ts';
import type { Claim } from '../model/corruption.ts';
import type { Environment } from '../model/environment.ts';
import type { Check } from '../model/events.ts';
import type { ProgramCall } from '../model/program.ts';
import { ProviderError } from './provider-error.ts';
import type { World } from './world.ts';

export interface CheckDefinition<Input> {
  readonly name: string;
  readonly title: string;
  readonly input: z.ZodType<Input>;
  /** ARM ids that a drill must name among its resources. */
  readonly reads?: (input: Input) => readonly string[];
  /** Programs of the workspace that it runs. */
  readonly runs?: (input: Input) => readonly ProgramCall[];
  /** What it claims to find, and what a twin plants to see it turn red. Absent: nothing is known to plant. */
  readonly claims?: (input: Input, environment: Environment) => readonly Claim[];
  readonly permissions: readonly string[];
  readonly typicalMs: number;
  /** Throws ProviderError `check-failed` when it judges false. */
  readonly judge: (input: Input, context: ActionContext<World>) => Promise<Check>;
}

/** An action that only judges: it is never done before, changes nothing, and answers at once. */
export function defineCheck<Input>(definition: CheckDefinition<Input>) {
  const { name, title, input, reads, runs, claims, permissions, typicalMs, judge } = definition;
  return defineAction<Input, World>({
    name,
    title,
    kind: 'check',
    input,
    writes: () => [],
    ...(reads === undefined ? {} : { reads }),
    ...(runs === undefined ? {} : { runs }),
    ...(claims === undefined ? {} : { claims }),
    permissions,
    undo: 'nothing-to-undo',
    changesDataRoles: false,
    forecast: { operation: name, typicalMs },
    inspect: async () => ({ finding: 'not-started', detail: 'a check is judged afresh each time' }),
    start: async (given, context) => {
      const check = await judge(given, context);
      return { kind: 'done', output: { observed: check.observed }, check };
    },
    observe: async () => {
      throw new ProviderError('answer-invalid', `${name} answers at once: there is nothing to wait for`);
    },
  });
}
