import { beforeAll, describe, expect, it } from 'vitest';
import { fillTemplates, parseExpression, templateExpressions } from '../../src/model/expression.ts';
import { forgive } from './forgive.ts';

beforeAll(forgive);

describe('the references of an expression', () => {
  it.each([
    ['steps.promote.output.lsn', ['steps.promote.output.lsn']],
    ['steps["lose-region"].output', ['steps.lose-region.output']],
    ["probes['pay-page'].failing && probes.shop.failing", ['probes.pay-page.failing', 'probes.shop.failing']],
    ['rows[0].holes == 0', ['rows']],
    ['rows[index].name', ['rows', 'index']],
    ['size(resources.primary) > drill.size()', ['resources.primary', 'drill']],
    ['rows.all(row, row.ok && row.region == environment.name)', ['rows', 'environment.name']],
    ['rows.exists(row, rows.all(other, other.id != row.id))', ['rows']],
    ['{"a": environment.kind}.a', ['environment.kind']],
    ['[drill, drill]', ['drill']],
    ['1 + 2 == 3', []],
    ['drill == "x" ? resources.a : resources.b', ['drill', 'resources.a', 'resources.b']],
  ])('%s reads %j', (text, references) => {
    expect(parseExpression(text).references).toEqual(references);
  });
});

describe('the conditions that && joins', () => {
  it.each([
    ['a == 1 && (b == 1 || c) && true', ['a == 1', 'b == 1 || c']],
    ['(a && (b > 1)) && c["x-y"].all(r, r.z > a)', ['a', 'b > 1', 'c["x-y"].all(r, r.z > a)']],
    ['a - (b - c) > 0 && (a + 1) * (b + 2) == 3', ['a - (b - c) > 0', '(a + 1) * (b + 2) == 3']],
    ['!( c ) && (b).c == ")"', ['!( c )', '(b).c == ")"']],
    ['a ? b && c : d && e', ['a ? b && c : d && e']],
    ['a == 5u && (has(b.c) && ({"x": 1.5}.x < a))', ['a == 5u', 'has(b.c)', '{"x": 1.5}.x < a']],
  ])('%s', (text, expected) => {
    const expression = parseExpression(text);
    expression.mayBeCondition();
    expect(expression.conjuncts().map((one) => one.text)).toEqual(expected);
  });
});

describe('evaluating', () => {
  it.each([
    ['a + 1', { a: 2 }, 3],
    ['10 - a / 4 * 2', { a: 2 }, 9],
    ['1 + 2', {}, 3],
    ['7 / 2', {}, 3],
    ['a % 4 + a % b', { a: 7, b: 4 }, 6],
    ['status == 200 && size(body) > 1', { status: 200, body: 'ok' }, true],
    ['a.b == "x"', { a: { b: 'x' } }, true],
    ['rows[0].holes == 0', { rows: [{ holes: 0 }] }, true],
    ['["a", "b"].map(x, x + "!")', {}, ['a!', 'b!']],
    ['null', {}, null],
  ])('%s over %j is %j', (text, context, value) => {
    expect(parseExpression(text).evaluate(context)).toEqual(value);
  });

  it('throws a coded error when a name is missing', () => {
    expect(() => parseExpression('absent == 1').evaluate({})).toThrow(
      expect.objectContaining({ code: 'expression-failed' }),
    );
  });

  it('throws a coded error in one line that quotes the expression when it does not parse', () => {
    expect(() => parseExpression('a ==')).toThrow(
      expect.objectContaining({ code: 'expression-invalid', message: expect.stringMatching(/^[^\n]+ in "a =="$/) }),
    );
  });
});

describe('templates', () => {
  it('are found wherever they stand in a text', () => {
    expect(templateExpressions('a ${{ b }} c ${{d.e}}')).toEqual(['b', 'd.e']);
    expect(templateExpressions('a $b {{ c }}')).toEqual([]);
  });

  it('become their value when they are the whole text', () => {
    expect(fillTemplates('${{ a }}', { a: [1, 2] })).toEqual([1, 2]);
    expect(fillTemplates(' ${{ a }} ', { a: null })).toBeNull();
  });

  it('are joined as text otherwise', () => {
    expect(fillTemplates('${{ a }}-${{ b }}-${{ c }}', { a: 'x', b: 2, c: { d: true } })).toBe('x-2-{"d":true}');
  });

  it('are filled at any depth, and nothing else is touched', () => {
    const value = { list: ['${{ a }}', 1, null, true], deep: { text: 'plain', key: '${{ a }}' } };
    expect(fillTemplates(value, { a: 'x' })).toEqual({ list: ['x', 1, null, true], deep: { text: 'plain', key: 'x' } });
  });

  it('throw when they cannot be filled', () => {
    expect(() => fillTemplates({ a: '${{ b.c }}' }, {})).toThrow(
      expect.objectContaining({ code: 'expression-failed' }),
    );
  });
});
