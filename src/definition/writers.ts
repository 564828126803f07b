import type { Json } from '../model/json.ts';
import { fillKnown } from './expression-context.ts';
import type { Path } from './problem.ts';
import type { Subject } from './subject.ts';
import { writesOf } from './writes.ts';

/** A step or canary of the file, with its input as far as it can be filled, and the ARM ids that it writes to. */
export interface PlacedWriter {
  readonly path: Path;
  readonly filled: Json;
  readonly writes: readonly string[];
}

/** Every step, then every canary. */
export function placedWriters({ definition, catalogue, context, steps }: Subject): readonly PlacedWriter[] {
  const takers = [
    ...steps.map(({ step, path }) => ({ path, with: step.with, taker: catalogue.actions.get(step.uses) })),
    ...definition.canaries.map((canary, index) => ({
      path: ['canaries', index],
      with: canary.with,
      taker: catalogue.canaries.get(canary.uses),
    })),
  ];
  return takers.map(({ path, taker, with: given }) => {
    const filled = fillKnown(given, context);
    return { path, filled, writes: taker === undefined ? [] : writesOf(taker, filled) };
  });
}
