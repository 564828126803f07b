import type * as z from 'zod';
import { type ActionContext, defineAction } from '../model/action.ts';
import type { Check } from '../model/events.ts';
import { ProviderError } from './provider-error.ts';
import type { World } from './world.ts';

export interface CheckDefinition<Input> {
  readonly name: string;
  readonly title: string;
  readonly input: z.ZodType<Input>;
  readonly permissions: readonly string[];
  readonly typicalMs: number;
  /** Throws ProviderError `check-failed` when it judges false. */
  readonly judge: (input: Input, context: ActionContext<World>) => Promise<Check>;
}

/** An action that only judges: it is never done before, changes nothing, and answers at once. */
export function defineCheck<Input>({ name, title, input, permissions, typicalMs, judge }: CheckDefinition<Input>) {
  return defineAction<Input, World>({
    name,
    title,
    kind: 'check',
    input,
    writes: () => [],
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
