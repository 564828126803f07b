// Expressions come from drill files, and read what strangers answered. None may take for ever, fill the memory or reach beyond its context.
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { EXPRESSION_CHARACTERS_MAX, fillTemplates, parseExpression } from '../../src/model/expression.ts';
import { SEED } from '../definition/seed.ts';
import { forgive } from './forgive.ts';

const LIMIT_MS = 10_000;
const rows = Array.from({ length: 1000 }, (_, id) => ({ id }));

/** What is said of an expression, and how long that took. */
function told(text: string, context: Readonly<Record<string, unknown>> = {}): string {
  const startedAt = performance.now();
  try {
    return JSON.stringify(parseExpression(text).evaluate(context));
  } catch (error) {
    expect(error).toMatchObject({ name: 'CodedError' });
    return (error as Error).message;
  } finally {
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  }
}

describe('an expression that loops or explodes', () => {
  beforeEach(forgive);

  it.each<[what: string, text: string, context: Readonly<Record<string, unknown>>, said: string]>([
    ['loops in loops', 'rows.map(a, rows.map(b, rows.map(c, a.id + b.id + c.id)))', { rows }, 'takes longer'],
    ['a pattern that backtracks', `body.matches('^(a+)+$')`, { body: `${'a'.repeat(40)}!` }, 'takes longer'],
    ['a text that doubles', `['x']${'.map(a, a + a)'.repeat(28)}`, {}, 'at most 4000000 characters'],
    ['a text longer than any', `['x']${'.map(a, a + a)'.repeat(40)}`, {}, 'Invalid string length'],
    ['too many loops in loops', 'a.all(b, b.all(c, c.all(d, d.all(e, e))))', {}, 'at most 3 deep, found 4'],
    ['too many characters', 'true && '.repeat(2000), {}, `at most ${EXPRESSION_CHARACTERS_MAX} characters`],
    ['depth', `${'('.repeat(4000)}1${')'.repeat(4000)}`, {}, 'maxDepth'],
    ['signs', `${'!'.repeat(9000)}true`, {}, 'in "!!!'],
    ['a chain', Array(3000).fill('1').join('+'), {}, 'in "1+1'],
    ['a list that is long', `[${Array(2000).fill('1').join(',')}]`, {}, 'maxListElements'],
  ])('ends with a reason: %s', (_what, text, context, said) => {
    const message = told(text, context);
    expect(message).toContain(said);
    expect(message.length).toBeLessThan(600);
  });

  it('keeps no file of them for hours: after three the next ones are not tried', () => {
    const hostile = (nth: number) => `'${'a'.repeat(40)}!${nth}'.matches('^(a+)+$')`;
    const startedAt = performance.now();
    const said = Array.from({ length: 500 }, (_, nth) => told(hostile(nth)));
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
    expect(said.at(0)).toContain('takes longer');
    expect(said.at(-1)).toContain('did not try');
    expect(told('[1].all(one, one == 1)')).toContain('did not try');
    // The thousandth is tried again, so that one bad file does not last for ever.
    forgive();
    expect(told('[1].all(one, one == 1)')).toBe('true');
  });

  it('may have loops one behind the other', () => {
    expect(told('rows.filter(a, a.id > 5).map(a, a.id).filter(a, a < 8).map(a, a + 1).all(a, a > 6)', { rows })).toBe(
      'true',
    );
  });
});

describe('an expression that reaches for what is not its own', () => {
  it.each(['__proto__', 'constructor', 'toString', 'x.__proto__', 'x.constructor', 'x.constructor.constructor'])(
    'gets nothing: %s',
    (text) => {
      expect(told(text, { x: {} })).toMatch(/No such key|Unsupported type|Reserved identifier/);
    },
  );

  it('changes no prototype', () => {
    told('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('a text with templates', () => {
  it('is read in linear time, closed or not', () => {
    const startedAt = performance.now();
    for (const text of ['${{'.repeat(300_000), `}}${'${{'.repeat(300_000)}`, `\${{${' '.repeat(500_000)}`])
      expect(fillTemplates(text, {})).toBe(text);
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  });

  it('keeps braces that belong to its expression', () => {
    expect(fillTemplates('${{ {"a": {"b": 1}} }}', {})).toEqual({ a: { b: 1 } });
    expect(fillTemplates('${{ 1 }} and ${{ "two" }}', {})).toBe('1 and two');
  });
});

it(`any text is an expression or is refused with a coded error (seed ${SEED})`, () => {
  const piece = fc.constantFrom(
    ...'()[]{}.,:?!-+*/%<>=&|"\'\\ \n'.split(''),
    'a',
    '1',
    'in',
    'size',
    'has(',
    '.map(',
    'b"',
    '\u0000',
  );
  const property = fc.property(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((all) => all.join('')),
    ),
    (text) => {
      told(text, { a: [1, { b: 'c' }] });
    },
  );
  fc.assert(property, { seed: SEED, numRuns: 300 });
});
