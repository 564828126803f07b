import type { Issue } from './problem.ts';
import type { Subject } from './subject.ts';

/** A nested resource type needs a name for each of its segments, else its ARM id would name another resource. */
export function checkResources({ definition }: Subject): readonly Issue[] {
  return Object.entries(definition.resources).flatMap(([key, { type, name }]) => {
    const expected = type.split('/').length - 1;
    const found = name.split('/').filter((segment) => segment !== '').length;
    if (expected === found && name.split('/').length === found) return [];
    const message = `expected ${expected} ${expected === 1 ? 'name' : 'names joined by /'} for ${type}, found "${name}"`;
    return [{ path: ['resources', key, 'name'], message }];
  });
}
