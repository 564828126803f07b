import type * as z from 'zod';
import type { Action } from '../model/action.ts';
import type { Environment } from '../model/environment.ts';
import type { Json } from '../model/json.ts';
import { isOpen } from './expression-context.ts';

/** An action or a canary, as far as its writes are concerned. */
interface Writer {
  readonly input: z.ZodType<unknown>;
  readonly writes: (input: unknown) => readonly string[];
}

/**
 * ARM ids that a step or canary with this input writes to, each once. A target that only the run knows stays `${{ … }}` text.
 * An input that is wrong writes nowhere.
 */
export const writesOf = ({ input, writes }: Writer, filled: Json): readonly string[] =>
  targetsOf({ input, targets: writes }, filled);

/** ARM ids that a step with this input makes, each once. */
export const createdBy = (
  { input, creates = () => [] }: Pick<Action<unknown, never>, 'input' | 'creates'>,
  filled: Json,
): readonly string[] => targetsOf({ input, targets: creates }, filled);

/** ARM ids that a step with this input deletes, each once. */
export const removedBy = (
  { input, removes = () => [] }: Pick<Action<unknown, never>, 'input' | 'removes'>,
  filled: Json,
): readonly string[] => targetsOf({ input, targets: removes }, filled);

interface Targeting {
  readonly input: z.ZodType<unknown>;
  readonly targets: (input: unknown) => readonly string[];
}

function targetsOf({ input, targets }: Targeting, filled: Json): readonly string[] {
  const parsed = input.safeParse(filled);
  if (!parsed.success && !isOpen(filled)) return [];
  try {
    const found: unknown = targets(parsed.success ? parsed.data : filled);
    // A whole list that only the run knows is a text still.
    return typeof found === 'string' ? [found] : [...new Set(found as readonly string[])];
  } catch {
    // Only an input that is still open can surprise an action: what it would say then is not known.
    return [];
  }
}

/** True when a step with this input takes the original out of service. An input that is still open does not say so. */
export function endsServiceOf(
  { input, endsService }: Pick<Action<unknown, never>, 'input' | 'endsService'>,
  filled: Json,
): boolean {
  const parsed = input.safeParse(filled);
  return parsed.success && (endsService?.(parsed.data) ?? false);
}

/** ARM ids that a step with this input can disturb in an environment, each once. An input that is wrong or still open reaches nothing. */
export function reachOf(
  { input, reach }: Pick<Action<unknown, never>, 'input' | 'reach'>,
  filled: Json,
  environment: Environment,
): readonly string[] {
  const parsed = input.safeParse(filled);
  return parsed.success && !isOpen(filled) ? [...new Set(reach?.(parsed.data, environment))] : [];
}
