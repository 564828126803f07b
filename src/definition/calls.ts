import type { Action } from '../model/action.ts';
import type { Json } from '../model/json.ts';
import type { ProgramCall } from '../model/program.ts';

/** Programs that a step with this input runs. Of an input that is wrong, or open where its form shows, nothing is known. */
export function callsOf(
  { input, runs }: Pick<Action<unknown, never>, 'input' | 'runs'>,
  filled: Json,
): readonly ProgramCall[] {
  const parsed = input.safeParse(filled);
  return parsed.success ? (runs?.(parsed.data) ?? []) : [];
}
