import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resultJsonSchema, schemaFiles } from '../../scripts/write-schemas.ts';
import { drillJsonSchema } from '../../src/definition/json-schema.ts';
import { DRILL, edited } from './drill-text.ts';

describe('the JSON Schemas in the repository', () => {
  it.each(Object.entries(schemaFiles()))(
    '%s is what the code says (else: node scripts/write-schemas.ts)',
    (path, text) => {
      expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
    },
  );
});

describe('drillJsonSchema', () => {
  const accepts = new Ajv({ strict: false }).compile(drillJsonSchema());

  it('accepts what the parser accepts', () => {
    expect(accepts(parse(DRILL))).toBe(true);
    expect(accepts(parse(`$schema: ./drill.schema.json\n${DRILL}`))).toBe(true);
  });

  it.each([
    ['an unknown key', 'title:', 'titel:'],
    ['an unknown key of a step', 'needs: [promote]', 'neds: [promote]'],
    ['a duration in words', 'rto: PT2M', 'rto: 2 minutes'],
    ['a guardrail without during', 'during: [recovery], ', ''],
    ['an unknown kind of exercise', 'functional', 'fun'],
  ])('refuses %s', (_, from, to) => {
    expect(accepts(parse(edited(from, to)))).toBe(false);
  });

  it('describes keys for people who write', () => {
    const { properties } = drillJsonSchema() as { properties: Record<string, { description?: string }> };
    expect(properties['scope']?.description).toBe(
      'The blast radius: a write to any other resource is refused, and so is a fault that reaches one.',
    );
  });
});

describe('resultJsonSchema', () => {
  const accepts = new Ajv({ strict: false }).compile(resultJsonSchema());
  const refused = {
    formatVersion: 1,
    run: 'r',
    drill: 'd',
    planDigest: '0',
    outcome: 'not-ready',
    reasons: ['the shop does not answer'],
    verdictReasons: ['the shop does not answer'],
    environment: { kind: 'twin', name: 'd', fasterThanRecorded: [] },
    systems: [],
    steps: [],
    checks: [],
    leftOvers: [],
    differences: [],
    orchestratorGaps: [],
    attestations: [],
    stuck: [],
    approvals: [],
    pauses: [],
    eventsHead: '0',
  };

  it('accepts the result of a drill that a preflight refused', () => {
    expect(accepts(refused)).toBe(true);
  });

  it('refuses an outcome that does not exist, and a missing part', () => {
    expect(accepts({ ...refused, outcome: 'fine' })).toBe(false);
    expect(accepts({ ...refused, eventsHead: undefined })).toBe(false);
  });
});
