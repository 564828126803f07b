import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainEvents, EMPTY, formatLine, LINE_LENGTH_MAX, parseLine, readChain } from '../../src/journal/chain.ts';
import type { DrillEvent } from '../../src/model/events.ts';
import { SEED } from '../definition/seed.ts';
import { aborted, at, failsWith, START } from './suite.ts';

const event: DrillEvent = {
  type: 'step.succeeded',
  step: 's',
  attempt: 1,
  output: { b: 1, a: 'ü' },
  seq: 1,
  at: START,
};
const LINE = `{"seq":1,"prev":"${EMPTY.hash}","at":"2026-11-21T10:00:00.000Z","type":"step.succeeded","attempt":1,"output":{"a":"ü","b":1},"step":"s"}`;

describe('a line', () => {
  it('begins with its place, and sorts the rest', () => {
    expect(formatLine(event, EMPTY.hash)).toBe(LINE);
    expect(parseLine(LINE, 1)).toEqual({ event, prev: EMPTY.hash });
  });

  it(`comes back from any JSON as it went (seed ${SEED})`, () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.string(),
        fc.integer({ min: 0, max: 4e12 }),
        (value, text, when) => {
          const output = JSON.parse(JSON.stringify(value)) as never;
          const [chained] = chainEvents(
            [{ at: when, body: { type: 'undo.succeeded', step: text, attempt: 1, output } }],
            EMPTY,
          );
          const line = chained?.stored.line ?? '';
          expect(parseLine(line, 1).event).toEqual(chained?.event);
          expect(line).not.toContain('\n');
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"seq":1,'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['a deep nest', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['another order', LINE.replace('"seq":1,', '').replace('{', '{').replace('"type"', '"seq":1,"type"')],
    ['white space', LINE.replace('{"seq"', '{ "seq"')],
    ['an unknown member', LINE.replace('"step":"s"', '"step":"s","zzz":1')],
    ['a doubled member', LINE.replace('"step":"s"', '"step":"t","step":"s"')],
    ['an unknown type', LINE.replace('step.succeeded', 'step.guessed')],
    ['a time of another zone', LINE.replace('10:00:00.000Z', '11:00:00.000+01:00')],
    ['a time without milliseconds', LINE.replace('.000Z', 'Z')],
    ['a number as text', LINE.replace('"seq":1', '"seq":"1"')],
    ['another spelling of a number', LINE.replace('"b":1', '"b":1.0')],
    ['a lone carriage return at its end', `${LINE}\r`],
  ])('is refused when it is %s', (_, line) => {
    expect(() => parseLine(line, 7)).toThrow(failsWith('line-invalid', 7));
  });

  it('is refused when it is too long, before it is read', () => {
    expect(() => parseLine('x'.repeat(LINE_LENGTH_MAX + 1), 1)).toThrow(failsWith('line-invalid', 1));
  });
});

describe('a chain', () => {
  const lines = chainEvents([at(0, aborted('a')), at(1, aborted('b')), at(2, aborted('c'))], EMPTY).map(
    ({ stored }) => stored.line,
  );
  const read = (input: readonly string[]) => [...readChain(input)];

  it('reads whole, and its end is the digest that comes next', () => {
    const chained = read(lines);
    expect(chained.map((one) => one.event.seq)).toEqual([1, 2, 3]);
    const [next] = chainEvents([at(3, aborted('d'))], chained[2]?.stored ?? EMPTY);
    expect(read([...lines, next?.stored.line ?? ''])).toHaveLength(4);
  });

  it.each([
    ['a missing line', [lines[0], lines[2]], 2],
    ['a missing beginning', [lines[1], lines[2]], 1],
    ['a repeated line', [lines[0], lines[0], lines[1]], 2],
    ['a changed line, at the one after it', [lines[0]?.replace('"a"', '"x"'), lines[1]], 2],
    ['a line of another chain', [lines[0], lines[1]?.replace(/"prev":"./, '"prev":"_')], 2],
  ])('breaks at %s', (_, input, seq) => {
    expect(() => read(input.map((line) => line ?? ''))).toThrow(failsWith('broken-chain', seq));
  });

  it(`breaks for any changed character of any line but the last, whose digest somebody else must keep (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.nat(1), fc.nat(), fc.integer({ min: 32, max: 126 }), (index, place, code) => {
        const line = lines[index] ?? '';
        const where = place % line.length;
        const character = String.fromCharCode(code);
        fc.pre(line[where] !== character);
        const changed = [...lines];
        changed[index] = line.slice(0, where) + character + line.slice(where + 1);
        expect(() => read(changed)).toThrow(expect.objectContaining({ name: 'JournalError' }));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
