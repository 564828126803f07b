import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, sha256 } from '../../src/model/json.ts';
import { SEED } from '../definition/seed.ts';

describe('canonicalJson', () => {
  it('sorts keys at every depth, keeps lists in order, and writes no white space', () => {
    expect(canonicalJson({ b: [2, 1, { z: 1, a: 2 }], a: { d: null, c: 'é"\n' } })).toBe(
      '{"a":{"c":"é\\"\\n","d":null},"b":[2,1,{"a":2,"z":1}]}',
    );
  });

  it('leaves out members without a value', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it(`says the same as JSON, and the same whatever the order of keys (seed ${SEED})`, () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(text);
    });
    fc.assert(property, { seed: SEED });
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('digests', () => {
  it('are SHA-256 in lower-case hex', () => {
    // The test vector "abc" of FIPS 180-4.
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(new TextEncoder().encode('abc'))).toBe(sha256('abc'));
  });

  it('of values are those of their canonical JSON', () => {
    expect(digestOf({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'));
  });
});
