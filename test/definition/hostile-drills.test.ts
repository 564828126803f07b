// The corpus of bad files: each is refused where it is wrong, soon, and leaves no trace in the program.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { loadDefinition } from '../../src/definition/load.ts';
import { parsePage } from '../../src/definition/parse-page.ts';
import { formatProblem } from '../../src/definition/problem.ts';
import { readYaml } from '../../src/definition/read-yaml.ts';
import { catalogue } from '../../src/providers/catalogue.ts';
import { manyComments, YAML_BOMBS } from '../corpus/bombs.ts';
import { SEED } from './seed.ts';

const CORPUS = join(import.meta.dirname, '..', 'corpus');
const LIMIT_MS = 30_000;
const filesOf = (kind: string) => readdirSync(join(CORPUS, kind));
const textOf = (kind: string, file: string) => readFileSync(join(CORPUS, kind, file), 'utf8');

/** What is told of a drill, a line each. */
function told(text: string): readonly string[] {
  const startedAt = performance.now();
  const loaded = loadDefinition(text, 'x.yaml', { catalogue });
  expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

afterEach(() => expect(({} as { polluted?: unknown }).polluted).toBeUndefined());

/** Files whose bytes are refused before they are read as YAML. */
const BYTES = new Set(['not-utf-8.yaml', 'utf-16.yaml']);

describe('a drill of the corpus', () => {
  it.each(filesOf('drills').filter((file) => !BYTES.has(file)))('is refused where it is wrong: %s', (file) => {
    const problems = told(textOf('drills', file));
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/^x\.yaml:\d+:\d+: expected .*, found/s);
  });

  it.each([
    ['prototype-input.yaml', '6:41: expected another key, found "__proto__"'],
    ['alias-loop.yaml', '5:24: expected at most 100 levels of nesting, found more'],
    ['alias-unknown.yaml', '5:14: expected an anchor before the alias, found none'],
    ['alias-bomb.yaml', '6:10: expected readable YAML'],
    ['tag-set.yaml', '5:12: expected valid YAML, found: Unresolved tag'],
    ['durations.yaml', '5:21: expected a duration of at most P7D'],
    ['escape-title.yaml', '2:8: expected one line of text, without control characters'],
    ['lines-in-title.yaml', '2:8: expected one line of text, without control characters'],
    ['traversal-runbook-in-lines.yaml', '5:10: expected a path inside the workspace'],
    ['expression-loops.yaml', '6:81: expected an expression in CEL, found: expected loops to nest at most 3 deep'],
    ['expression-constant-bomb.yaml', 'takes longer'],
    ['nesting.yaml', '6:142: expected at most 100 levels of nesting, found more'],
  ])('says so at the place: %s', (file, said) => {
    expect(told(textOf('drills', file)).join('\n')).toContain(said);
  });
});

describe('a page of the corpus', () => {
  it.each(filesOf('pages'))('is refused where it is wrong: %s', (file) => {
    const parsed = parsePage(textOf('pages', file), file);
    expect(parsed.ok ? [] : parsed.problems.map(formatProblem)).not.toEqual([]);
  });

  it.each([
    ['a heading of spaces', `# ${' '.repeat(90_000)}x`],
    ['a heading of signs', `# ${'# '.repeat(40_000)}x`],
    ['a box of spaces', `- [ ] ${' '.repeat(90_000)}x`],
    ['a line of spaces', `${' '.repeat(90_000)}x`],
  ])('is read in linear time: %s', (_what, body) => {
    const startedAt = performance.now();
    parsePage(`---\nowner: a\nreviewed: 2026-10-01\nexpectedDuration: PT1M\n---\n# A\n${body}\n`, 'p.md');
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('a bomb', () => {
  it.each(Object.entries(YAML_BOMBS))('of %s is refused, soon', (_what, [text, said]) => {
    const problems = told(text());
    expect(problems.join('\n')).toContain(said);
    expect(problems.length).toBeLessThanOrEqual(20_001);
  });

  it('of a million comments is not read to its end', () => {
    expect(told(manyComments())).toEqual(['x.yaml:500001:1: expected at most 1000000 words and signs, found more']);
  });
});

describe('YAML', () => {
  it(`means what JSON means (seed ${SEED})`, () => {
    const property = fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
      const text = JSON.stringify(value);
      if (text.includes('"__proto__"')) return;
      const read = readYaml(text, 'x.json');
      expect(read.problems).toEqual([]);
      // JSON has no minus zero of its own kind either.
      expect(JSON.stringify(read.value)).toBe(JSON.stringify(JSON.parse(text)));
    });
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });

  it(`of any characters is a value or problems with places (seed ${SEED})`, () => {
    const piece = fc.constantFrom(
      ...'[]{}:,-?&*!|>\'"%@`# \n\t'.split(''),
      'a',
      '*a',
      '&a',
      '<<',
      '__proto__',
      '\u0000',
      '\ud800',
      '---\n',
    );
    const property = fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const { value, problems } = readYaml(pieces.join(''), 'x.yaml');
      if (value === undefined && problems.length === 0) expect(pieces.join('').trim()).toBeDefined();
      for (const { line, column } of problems) expect(Math.min(line, column)).toBeGreaterThan(0);
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});
