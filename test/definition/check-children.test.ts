import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { loadDefinition } from '../../src/definition/load.ts';
import { formatProblem } from '../../src/definition/problem.ts';
import { fakeAction, fakeCatalogue, fakeEnvironment } from './catalogue.ts';

const runChild = fakeAction('drill/run', z.strictObject({ drill: z.string() }), { child: ({ drill }) => ({ drill }) });
const TEXT = `drill: both
title: Two drills in one
exercise: component
systems: [orders]
scope: []
recovery:
  - { id: one, uses: drill/run, with: { drill: one.yaml } }
  - { id: two, uses: drill/run, with: { drill: two.yaml } }
`;
const DISKS = 'twin a /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks';

function problems(one: string, two: string): readonly string[] {
  const child = (touch: string) => ({ plan: {}, mode: 'live' as const, forecastMs: 1, touches: [touch] });
  const children = new Map([
    ['one', child(one)],
    ['two', child(two)],
  ]);
  const against = { catalogue: fakeCatalogue(runChild), environment: fakeEnvironment(), children };
  const loaded = loadDefinition(TEXT, 'drill.yaml', against);
  return (loaded.ok ? [] : loaded.problems.map(formatProblem)).filter((problem) => problem.includes('both touch'));
}

describe('two child drills of one drill', () => {
  it.each([
    ['the same', `${DISKS}/a`, `${DISKS.toUpperCase()}/A`],
    ['a part of the other', `${DISKS}/a/parts/b`, `${DISKS}/a`],
    ['what may be one of many', `${DISKS}/Archive-*`, `${DISKS}/archive-osdisk`],
    ['many of which it may be one', `${DISKS}/archive-osdisk`, `${DISKS}/archive-*`],
  ])('wait for each other when one touches %s', (_, one, two) => expect(problems(one, two)).toHaveLength(1));

  it.each([
    ['other names', `${DISKS}/archive-*`, `${DISKS}/orders-osdisk`],
    ['other worlds', `${DISKS}/archive-*`, `${DISKS.replace('twin a', 'twin b')}/archive-osdisk`],
  ])('need not wait for each other with %s', (_, one, two) => expect(problems(one, two)).toEqual([]));
});
