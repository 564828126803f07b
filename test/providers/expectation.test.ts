import { describe, expect, it } from 'vitest';
import { expectationOver } from '../../src/providers/expectation.ts';

const condition = expectationOver('rows', 'status');
const problem = (text: string) => condition.safeParse(text).error?.issues[0]?.message;

describe('a condition of a check', () => {
  it('may read what the check sees, bound names of macros, and references that are filled in', () => {
    for (const text of [
      'rows[0].holes == 0',
      'status == 200 && rows.exists(row, row.id == 1)',
      'rows.all(a, rows.exists(b, a.id == b.id))',
      '"${{ resources.primary }}".lowerAscii() == rows[0].id',
    ])
      expect([text, problem(text)]).toEqual([text, undefined]);
  });

  it('that reads a name that nobody gives it is refused before anything runs', () => {
    expect(problem('row[0].holes == 0')).toBe('expected a condition over rows, status, found row');
    expect(problem('steps.steer.output.x == 1')).toBe('expected a condition over rows, status, found steps');
  });

  it('that reads nothing and is no condition is refused', () => {
    expect(problem('5')).toContain('expected a condition that is true or false, found "5"');
    expect(problem('true')).toBeUndefined();
  });

  it('that gives a number, a text or a list is refused, and one of which nobody can tell yet is not', () => {
    for (const text of [
      'status',
      ' rows ',
      '(status)',
      'rows.size()',
      'string(status)',
      'status == 200 ? "up" : "down"',
    ])
      expect([text, problem(text)]).toEqual([
        text,
        `expected a condition that is true or false, found ${JSON.stringify(text)}`,
      ]);
    for (const text of ['rows[0].fresh', '!rows[0].late', 'rows.size() > 0', 'status == 200 ? rows[0].a : rows[0].b'])
      expect([text, problem(text)]).toEqual([text, undefined]);
  });

  it('may be one name where what the check sees is true or false itself', () => {
    for (const name of ['authorized', 'body', 'json'])
      expect([name, expectationOver(name).safeParse(name).success]).toEqual([name, true]);
  });

  it('that does not parse is refused', () => {
    expect(problem('rows[0].holes =')).toContain('expected an expression in CEL');
  });
});
