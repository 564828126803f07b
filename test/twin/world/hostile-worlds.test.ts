// World files of strangers: each is refused where it is wrong, soon.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { parseWorld } from '../../../src/twin/world/load-world.ts';
import { YAML_BOMBS } from '../../corpus/bombs.ts';
import { SEED } from '../../definition/seed.ts';

const CORPUS = join(import.meta.dirname, '..', '..', 'corpus', 'worlds');
const LIMIT_MS = 30_000;

function told(text: string): readonly string[] {
  const startedAt = performance.now();
  const parsed = parseWorld(text);
  expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  return parsed.ok ? [] : parsed.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

afterEach(() => expect(({} as { polluted?: unknown }).polluted).toBeUndefined());

it.each(readdirSync(CORPUS))('of the corpus is refused where it is wrong: %s', (file) => {
  const problems = told(readFileSync(join(CORPUS, file), 'utf8'));
  expect(problems.length).toBeGreaterThan(0);
  for (const problem of problems) expect(problem).toMatch(/^\d+:\d+: expected .*, found/s);
});

it.each(Object.entries(YAML_BOMBS))('that is a bomb of %s is refused, soon', (_what, [text, said]) => {
  expect(told(text()).join('\n')).toContain(said);
});

it(`of any value that is no world is refused with places (seed ${SEED})`, () => {
  const key = fc.constantFrom(
    'name',
    'regions',
    'resourceGroups',
    'servers',
    '__proto__',
    'constructor',
    'toString',
    'operations',
  );
  const value = fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(key, fc.jsonValue()))));
  const property = fc.property(value, (world) => {
    expect(told(JSON.stringify(world)).length).toBeGreaterThan(0);
  });
  fc.assert(property, { seed: SEED, numRuns: 30 });
});
