import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { drillSchema } from '../../src/definition/schema.ts';
import { knownKeysOf } from '../../src/model/known-keys.ts';

describe('knownKeysOf', () => {
  const known = knownKeysOf(drillSchema);

  it.each([
    [
      ['recovery', 3],
      ['id', 'title', 'system', 'uses', 'with', 'needs', 'timeout', 'retry'],
    ],
    [
      ['recovery', 0, 'retry'],
      ['attempts', 'backoff', 'maximum'],
    ],
    [
      ['resources', 'primary'],
      ['type', 'group', 'name', 'subscription'],
    ],
    [['declaration'], ['roles']],
    [['title'], []],
    [['no', 'such', 'place'], []],
    [['recovery', 0, 'with'], []],
  ])('at %j are %j', (path, keys) => {
    expect(known(path)).toEqual(keys);
  });

  it('merges alternatives, and follows a schema that holds itself', () => {
    const tree = z.strictObject({
      leaf: z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.number() })]),
      get branches() {
        return z.array(tree);
      },
    });
    expect(knownKeysOf(tree)(['leaf'])).toEqual(['a', 'b']);
    expect(knownKeysOf(tree)(['branches', 0, 'branches', 1])).toEqual(['leaf', 'branches']);
  });
});
