// People break files in ways that nobody lists. Whatever they do: no exception, and every problem points into the file.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadDefinition } from '../../src/definition/load.ts';
import { formatProblem } from '../../src/definition/problem.ts';
import { fakeCatalogue, fakeEnvironment } from './catalogue.ts';
import { DRILL } from './drill-text.ts';
import { SEED } from './seed.ts';

const against = { catalogue: fakeCatalogue(), environment: fakeEnvironment() };
const PIECES = [
  '',
  ':',
  '- ',
  '{',
  ']',
  '"',
  "'",
  '&a ',
  '*a',
  '!!x ',
  'null',
  '7',
  '${' + '{ ',
  ' }}',
  '\n',
  '  ',
  '\t',
  '#',
  '__proto__',
  'é',
  '[]',
  '{}',
];

const edit = fc.record({
  at: fc.integer({ min: 0, max: DRILL.length }),
  remove: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 400 })),
  insert: fc.constantFrom(...PIECES),
});

const apply = (text: string, edits: readonly { at: number; remove: number; insert: string }[]) =>
  edits.reduce((before, { at, remove, insert }) => before.slice(0, at) + insert + before.slice(at + remove), text);

describe('loadDefinition', () => {
  it(`answers for any broken drill with problems that point into it (seed ${SEED})`, () => {
    const property = fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const text = apply(DRILL, edits);
      const loaded = loadDefinition(text, 'drill.yaml', against);
      if (loaded.ok) return;
      const lines = text.split('\n');
      expect(loaded.problems.length).toBeGreaterThan(0);
      for (const problem of loaded.problems) {
        expect(formatProblem(problem)).toMatch(/^drill\.yaml:\d+:\d+: expected /);
        expect(problem.line).toBeLessThanOrEqual(lines.length);
        expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1);
      }
      expect(new Set(loaded.problems.map(formatProblem)).size).toBe(loaded.problems.length);
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  it(`answers for any YAML that is no drill at all (seed ${SEED})`, () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      const loaded = loadDefinition(JSON.stringify(value), 'drill.yaml', against);
      expect(loaded.ok).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });
});
