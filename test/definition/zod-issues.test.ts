import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { issuesOf, valueAt } from '../../src/definition/zod-issues.ts';

const messages = (schema: z.ZodType, value: unknown) => issuesOf(schema, value).map(({ message }) => message);

describe('issuesOf', () => {
  it('has nothing to say of a value that fits', () => {
    expect(issuesOf(z.string(), 'a')).toEqual([]);
  });

  it.each<[string, z.ZodType, unknown, string]>([
    ['a text', z.string(), 1, 'expected a text, found 1'],
    ['a number', z.number(), 'x', 'expected a number, found "x"'],
    ['a whole number', z.int(), 1.5, 'expected a whole number, found 1.5'],
    ['a boolean', z.boolean(), 'yes', 'expected true or false, found "yes"'],
    ['a list', z.array(z.string()), { a: 1 }, 'expected a list, found a mapping'],
    ['a mapping', z.strictObject({}), [], 'expected a mapping, found an empty list'],
    ['free keys', z.record(z.string(), z.string()), 'x', 'expected a mapping, found "x"'],
    ['one value', z.literal('on'), 'off', 'expected "on", found "off"'],
    ['a shortest text', z.string().min(2), 'a', 'expected at least 2 characters, found "a"'],
    ['a longest list', z.array(z.int()).max(1), [1, 2], 'expected at most 1 entry, found a list'],
    ['an exclusive limit', z.number().gt(0), 0, 'expected more than 0, found 0'],
    ['an exclusive upper limit', z.number().lt(9), 9, 'expected less than 9, found 9'],
    ['a multiple', z.number().multipleOf(5), 7, 'expected a multiple of 5, found 7'],
    [
      'a rule without words of its own',
      z.string().refine(() => false),
      'a',
      'expected a valid value (Invalid input), found "a"',
    ],
    [
      'a rule in our words',
      z.string().refine(() => false, { error: 'expected a name' }),
      'a',
      'expected a name, found "a"',
    ],
    [
      'a rule that says both',
      z.string().refine(() => false, { error: 'expected a name, found a number' }),
      '1',
      'expected a name, found a number',
    ],
    ['alternatives', z.union([z.string(), z.array(z.string())]), 1, 'expected a text or a list, found 1'],
  ])('tells %s in our own words', (_, schema, value, message) => {
    const inObject = message.replace(/^expected (.*), found nothing$/, 'expected "key" ($1), found nothing');
    expect(messages(z.strictObject({ key: schema }), { key: value })).toEqual([inObject]);
  });

  it('looks into the alternative that was meant', () => {
    const schema = z.union([z.literal('off'), z.strictObject({ every: z.string(), times: z.int() })]);
    expect(issuesOf(schema, { every: 1, times: 2 })).toEqual([
      { path: ['every'], message: 'expected a text, found 1' },
    ]);
  });

  it('puts every issue under the path of the value', () => {
    const [issue] = issuesOf(z.strictObject({ list: z.array(z.int()) }), { list: [1, 'x'] }, ['recovery', 0, 'with']);
    expect(issue?.path).toEqual(['recovery', 0, 'with', 'list', 1]);
  });

  it('points at a key that is not allowed, not at its value', () => {
    const [issue] = issuesOf(z.record(z.string().regex(/^[a-z]$/, { error: 'expected one letter' }), z.int()), {
      AB: 1,
    });
    expect(issue).toEqual({ path: ['AB'], at: 'key', message: 'expected one letter, found "AB"' });
  });

  it('does not miss a key whose misspelling it has just explained', () => {
    const schema = z.strictObject({ server: z.string(), mode: z.string() });
    expect(messages(schema, { sever: 'x' })).toEqual([
      'expected "mode" (a text), found nothing',
      'expected one of the keys server or mode, found "sever"',
    ]);
  });
});

describe('valueAt', () => {
  it('walks lists and mappings, and stops at what is not there', () => {
    const root = { a: [{ b: 1 }] };
    expect(valueAt(root, [])).toBe(root);
    expect(valueAt(root, ['a', 0, 'b'])).toBe(1);
    expect(valueAt(root, ['a', 1, 'b'])).toBeUndefined();
    expect(valueAt(root, ['toString'])).toBeUndefined();
  });
});
