import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { loadDefinition } from '../../src/definition/load.ts';
import { formatProblem } from '../../src/definition/problem.ts';
import type { ListedProgram } from '../../src/model/program.ts';
import { planDigest } from '../../src/plan/digest.ts';
import { loadPlan } from '../../src/plan/load-plan.ts';
import { renderPlan } from '../../src/plan/render.ts';
import { fakeAction, fakeCatalogue, fakeEnvironment } from './catalogue.ts';
import { DRILL, edited } from './drill-text.ts';

const SHA = 'a'.repeat(64);
const script = fakeAction(
  'script/run',
  z.strictObject({ program: z.string().regex(/^[a-z-]+$/), arguments: z.array(z.string()).default([]) }),
  { kind: 'check', runs: (input) => [{ program: input.program, arguments: input.arguments, environment: {} }] },
);
const PROGRAMS: readonly ListedProgram[] = [
  {
    name: 'count-orders',
    path: '/opt/count',
    sha256: SHA,
    arguments: ['--since=\\d+'],
    environment: [],
    timeoutMs: 60_000,
  },
  { name: 'gone', problem: 'expected a program that can be run at /opt/gone, found none (ENOENT)' },
];
const catalogue = fakeCatalogue(script);
const environment = fakeEnvironment();

const withStep = (given: string, approvals = 'approvals: { required: 1 }') =>
  edited(
    'restoration:',
    `  - { id: script, uses: script/run, with: ${given} }\nrestoration:`,
    edited('canaries:', `${approvals}\ncanaries:`),
  );
const facts = (programs: readonly ListedProgram[] = PROGRAMS) => ({ catalogue, environment, programs });

function problemsOf(text: string, programs = PROGRAMS): readonly string[] {
  const loaded = loadPlan(text, 'drill.yaml', facts(programs));
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

function planOf(text: string, programs = PROGRAMS) {
  const loaded = loadPlan(text, 'drill.yaml', facts(programs));
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.plan;
}

const GOOD = withStep('{ program: count-orders, arguments: [--since=5] }');

describe('a program of the workspace', () => {
  it('stands in the plan with its digest, and only when a step runs it', () => {
    expect(planOf(GOOD).programs).toEqual([PROGRAMS[0]]);
    expect(planOf(DRILL)).not.toHaveProperty('programs');
    const text = renderPlan(planOf(GOOD));
    expect(text).toContain(`Programs of the workspace\n  count-orders: ends within 1 min;`);
    expect(text).toContain(`    /opt/count\n    sha256 ${SHA}`);
  });

  it('changes the digest of the plan when its bytes change, so that an approval of the old one is void', () => {
    const changed = PROGRAMS.map((program) => ('sha256' in program ? { ...program, sha256: 'b'.repeat(64) } : program));
    expect(planDigest(planOf(GOOD, changed))).not.toBe(planDigest(planOf(GOOD)));
    expect(planDigest(planOf(DRILL, changed))).toBe(planDigest(planOf(DRILL)));
  });

  it('needs people who approve it', () => {
    const text = withStep('{ program: count-orders }', '');
    expect(problemsOf(text)).toEqual([
      expect.stringContaining(
        'expected approvals.required of at least 1, because script/run runs a program of the workspace; found 0',
      ),
    ]);
  });

  it.each([
    [
      '{ program: count-order }',
      'expected the name of a program in drills/programs.yaml (count-orders, gone), found "count-order"; did you mean "count-orders"?',
    ],
    ['{ program: gone }', 'expected a program that can be run at /opt/gone, found none (ENOENT)'],
    [
      '{ program: count-orders, arguments: [--all] }',
      'expected an argument that count-orders is allowed to get ("--since=\\\\d+"), found "--all"',
    ],
    ["{ program: '${{ steps.promote.output.program }}' }", 'expected a program that is known when the plan is made'],
    [
      "{ program: count-orders, arguments: '${{ steps.promote.output.list }}' }",
      'expected a program that is known when the plan is made',
    ],
  ])('is refused in the step %s', (given, problem) => {
    const problems = problemsOf(withStep(given));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^drill\.yaml:\d+:\d+: /);
    expect(problems[0]).toContain(problem);
  });

  it('may get an argument that only the run knows: the run judges it', () => {
    expect(
      problemsOf(withStep("{ program: count-orders, arguments: ['--since=${{ steps.promote.output.at }}'] }")),
    ).toEqual([]);
  });

  it('is refused when the workspace allows none, and left to the plan where nothing is known of the workspace', () => {
    expect(problemsOf(GOOD, [])).toHaveLength(1);
    expect(loadDefinition(GOOD, 'drill.yaml', { catalogue }).ok).toBe(true);
  });
});
