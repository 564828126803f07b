import { describe, expect, it } from 'vitest';
import { describeValue, formatProblem, inFileOrder, orList, placeIssues } from '../../src/definition/problem.ts';

describe('formatProblem', () => {
  const problem = { file: 'drills/a.yaml', line: 3, column: 7, message: 'expected "a", found "b"' };

  it('gives place, expectation and finding in one line', () => {
    expect(formatProblem(problem)).toBe('drills/a.yaml:3:7: expected "a", found "b"');
  });

  it('asks whether something else was meant', () => {
    expect(formatProblem({ ...problem, suggestion: 'a' })).toBe(
      'drills/a.yaml:3:7: expected "a", found "b"; did you mean "a"?',
    );
  });
});

describe('inFileOrder', () => {
  it('sorts by place and drops what is said twice', () => {
    const at = (line: number, column: number, message = 'expected a, found b') => ({
      file: 'f',
      line,
      column,
      message,
    });
    const problems = [at(2, 1), at(1, 9), at(1, 2), at(2, 1), at(2, 1, 'expected c, found b')];
    expect(inFileOrder(problems)).toEqual([at(1, 2), at(1, 9), at(2, 1), at(2, 1, 'expected c, found b')]);
  });
});

describe('placeIssues', () => {
  it('gives each issue the place of its value or key', () => {
    const locate = (path: readonly (string | number)[], at?: 'key') => ({
      line: path.length,
      column: at === 'key' ? 1 : 5,
    });
    const issues = [
      { path: ['a'], message: 'm' },
      { path: ['a', 0], at: 'key' as const, message: 'n', suggestion: 's' },
    ];
    expect(placeIssues(issues, 'f', locate)).toEqual([
      { file: 'f', line: 1, column: 5, message: 'm' },
      { file: 'f', line: 2, column: 1, message: 'n', suggestion: 's' },
    ]);
  });
});

describe('describeValue', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'nothing'],
    ['a "b"', '"a \\"b\\""'],
    [[], 'an empty list'],
    [[1], 'a list'],
    [{}, 'a mapping'],
    [false, 'false'],
    [1.5, '1.5'],
    ['x'.repeat(70), `"${'x'.repeat(60)}…"`],
  ])('calls %j %s', (value, words) => {
    expect(describeValue(value)).toBe(words);
  });
});

describe('orList', () => {
  it('joins words as a person would', () => {
    expect([orList([]), orList(['a']), orList(['a', 'b']), orList(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a or b',
      'a, b or c',
    ]);
  });
});
