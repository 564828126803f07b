import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { loadPlan } from '../../src/plan/load-plan.ts';
import { renderPlan } from '../../src/plan/render.ts';
import { fakeAction, fakeCatalogue, fakeEnvironment, SUBSCRIPTION } from './catalogue.ts';
import { DRILL, edited, problemsOf } from './drill-text.ts';

const restore = fakeAction(
  'azure/postgresql.restore',
  z.strictObject({ source: z.string(), server: z.string(), at: z.union([z.int(), z.iso.datetime()]) }),
  { undo: 'reversible', creates: ({ server }) => [server], takeBack: async () => null },
);
const catalogue = fakeCatalogue(restore);
const ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-weu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-copy`;

const step = (server = '${{ resources.copy }}', id = 'restore') =>
  `  - { id: ${id}, uses: azure/postgresql.restore, with: { source: '\${{ resources.primary }}', server: '${server}', at: '2026-11-21T10:00:00Z' } }\n`;
const withCopy = edited(
  'scope: [primary, replica, traffic]',
  'scope: [primary, replica, traffic]',
  edited(
    '  traffic: {',
    '  copy: { type: Microsoft.DBforPostgreSQL/flexibleServers, group: rg-weu, name: orders-copy }\n  traffic: {',
  ),
);
const drill = (steps: string, text = withCopy) => edited('recovery:\n', `recovery:\n${steps}`, text);
const problems = (text: string) => problemsOf(text, catalogue).map((problem) => problem.replace(/^[^ ]+ /, ''));

const isolated = (steps: string, rest = '') => `drill: restore-only
title: A server is restored aside
exercise: component
systems: [orders]
resources:
  primary: { type: Microsoft.DBforPostgreSQL/flexibleServers, group: rg-weu, name: orders-weu }
  copy: { type: Microsoft.DBforPostgreSQL/flexibleServers, group: rg-weu, name: orders-copy }
scope: [primary]
${rest}recovery:
${steps}`;

describe('a step that creates', () => {
  it('needs no scope for what it makes, and other steps may write to it', () => {
    expect(problems(drill(step()))).toEqual([]);
    const promoted = `${step()}  - { id: use, needs: [restore], uses: azure/postgresql.promote, with: { server: '\${{ resources.copy }}', mode: forced } }\n`;
    expect(problems(drill(promoted))).toEqual([]);
  });

  it('is refused where its resource stands before the drill', () => {
    expect(problems(drill(step('${{ resources.primary }}')))).toEqual([
      expect.stringMatching(
        /^expected a new resource, found primary \(.*\), which is in scope and stands before the drill$/,
      ),
    ]);
  });

  it('is refused outside recovery, where nobody would take it back', () => {
    const text = edited('restoration:\n', `restoration:\n${step()}`, withCopy);
    expect(problems(text)).toEqual(['expected what the drill creates under recovery, found it under restoration']);
  });

  it('is refused when another step makes the same', () => {
    expect(problems(drill(step() + step(undefined, 'again')))).toEqual([
      `expected each resource to be created once, found copy (${ID}) again`,
    ]);
  });

  it('is refused when only the run would know what it makes', () => {
    const text = drill(
      step('${{ steps.promote.output.server }}').replace('{ id: restore,', '{ id: restore, needs: [promote],'),
    );
    expect(problems(text).join()).toContain('expected the name of what is created to be known when the plan is made');
  });

  it('stands in mode isolated, where everything else that writes is refused', () => {
    expect(problems(isolated(step()))).toEqual([]);
    const own = `canaries:\n  - { id: rows, system: orders, uses: postgres/canary, with: { write: '\${{ resources.copy }}', read: '\${{ resources.copy }}' } }\n`;
    expect(problems(isolated(step(), own))).toEqual([]);
    const theirs = own.replace("write: '${{ resources.copy }}'", "write: '${{ resources.primary }}'");
    expect(problems(isolated(step(), theirs)).join()).toContain('expected no write in mode isolated');
  });

  it('shows in the plan what is created, and that it goes after success too', () => {
    const loaded = loadPlan(isolated(step()), 'drill.yaml', { catalogue, environment: fakeEnvironment() });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.plan.steps[0]).toMatchObject({ writes: [], creates: [ID] });
    expect(renderPlan(loaded.plan)).toContain(`  ${ID}\n    created by restore, and removed again\n`);
    expect(renderPlan(loaded.plan)).toContain('restore (removes what it created; after success too)');
  });

  it('leaves plans of drills that create nothing as they were', () => {
    const loaded = loadPlan(DRILL, 'drill.yaml', { catalogue, environment: fakeEnvironment() });
    expect(loaded.ok && JSON.stringify(loaded.plan)).not.toContain('creates');
  });
});
