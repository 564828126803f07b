import { describe, expect, it } from 'vitest';
import { suggest } from '../../src/model/suggest.ts';

describe('suggest', () => {
  it.each([
    ['neds', ['needs', 'uses'], 'needs'],
    ['azure/postgres.promote', ['azure/postgresql.promote', 'azure/postgresql.replica'], 'azure/postgresql.promote'],
    ['tiemout', ['timeout', 'title'], 'timeout'],
  ])('finds what %s was meant to be', (found, known, suggestion) => {
    expect(suggest(found, known)).toEqual({ suggestion });
  });

  it.each([
    ['nothing is near', 'entirely-different', ['needs']],
    ['nothing is known', 'needs', []],
    ['only names of two letters are known, which are near to everything', 'x', ['a', 'id']],
  ])('says nothing when %s', (_, found, known) => {
    expect(suggest(found, known)).toEqual({});
  });
});
