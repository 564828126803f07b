import { describe, expect, it } from 'vitest';
import { expectedLines, observedLines } from '../../src/report/check-words.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { summaryText } from '../../src/report/text.ts';
import { resultOf } from './measure.ts';
import { buildRun } from './run-builder.ts';

const NEWEST = Date.UTC(2026, 10, 21, 14, 23, 19, 637);
const EXPECTED = `body.newestAt <= ${NEWEST + 42} && body.broken == 0`;
const OBSERVED = JSON.stringify({ status: 200, headers: { date: 'Sat' }, body: { newestAt: NEWEST, broken: 0 } });

describe('what a check observed', () => {
  it('is shown as one line a value, an instant with its time beside the number', () => {
    expect(observedLines(OBSERVED)).toEqual([
      'status: 200',
      'headers.date: Sat',
      `body.newestAt: ${NEWEST} (2026-11-21T14:23:19.637Z)`,
      'body.broken: 0',
    ]);
    expect(observedLines('{"rows":[{"orders":98,"fresh":true},{"orders":0,"fresh":null}]}')).toEqual([
      'rows[0].orders: 98',
      'rows[0].fresh: true',
      'rows[1].orders: 0',
      'rows[1].fresh: null',
    ]);
  });

  it('keeps apart what would look alike', () => {
    expect(observedLines('{"a":"5","b":5,"c":"","d":" x","e":"true","f":"null","g":[],"h":{},"i":["x",1]}')).toEqual([
      'a: "5"',
      'b: 5',
      'c: ""',
      'd: " x"',
      'e: "true"',
      'f: "null"',
      'g: []',
      'h: {}',
      'i: ["x", 1]',
    ]);
  });

  it('leaves a name or a date that begins with a digit as it is', () => {
    expect(observedLines('{"name":"000031.json","at":"2026-11-21T14:23:19Z","n":"1e5"}')).toEqual([
      'name: 000031.json',
      'at: 2026-11-21T14:23:19Z',
      'n: "1e5"',
    ]);
  });

  it('calls no number an instant that only has the size of one', () => {
    expect(observedLines(`{"bytes":${NEWEST},"newestAgeMs":1512,"format":${NEWEST},"createdAt":12}`)).toEqual([
      `bytes: ${NEWEST}`,
      'newestAgeMs: 1512',
      `format: ${NEWEST}`,
      'createdAt: 12',
    ]);
  });

  it.each([
    ['words', '95 rows equal, 22 newer left out'],
    ['one number', '5'],
    ['JSON that ends too early', '{"status":200,"body":'],
    ['nothing', ''],
    ['something nested without end', `${'['.repeat(9_000)}${']'.repeat(9_000)}`],
  ])('stays as it is when it is %s', (_, text) => {
    expect(observedLines(text)).toEqual([text]);
  });

  it('is cut after many values, and says where the rest stands', () => {
    const lines = observedLines(JSON.stringify({ rows: Array.from({ length: 60 }, (_, nth) => ({ nth })) }));
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('and 10 more values, all of them in result.json');
  });
});

describe('what a check expected', () => {
  it('stands as it is, with the time of each instant below', () => {
    expect(expectedLines(EXPECTED)).toEqual([EXPECTED, `${NEWEST + 42} is 2026-11-21T14:23:19.679Z`]);
    expect(expectedLines(`body.newestAt > ${NEWEST} && body.newestAt > ${NEWEST} - 5000`)).toHaveLength(2);
  });

  it('has no time where nothing says that a number is one', () => {
    for (const text of [`body.bytes < ${NEWEST}`, `body.startedAt == "${NEWEST}"`, 'the same rows', 'newestAt > 5'])
      expect(expectedLines(text)).toEqual([text]);
  });
});

describe('every form of the report', () => {
  const { plan, events } = buildRun({}, (body) =>
    body.type === 'step.succeeded' && body.step === 'shop-answers'
      ? { ...body, check: { expected: EXPECTED, observed: OBSERVED } }
      : body,
  );
  const result = resultOf(plan, events);

  it('shows values as lines, and result.json the exact text', () => {
    expect(reportHtml(result, plan, events)).toContain(
      `<td>status: 200<br/>headers.date: Sat<br/>body.newestAt: ${NEWEST} (2026-11-21T14:23:19.637Z)<br/>body.broken: 0</td>`,
    );
    expect(reportMarkdown(result, plan, events)).toContain(
      `status: 200<br/>headers.date: Sat<br/>body.newestAt: ${NEWEST} (2026-11-21T14:23:19.637Z)<br/>body.broken: 0 |`,
    );
    expect(summaryText(result, plan, events).replaceAll(/\s+/g, ' ')).toContain(
      `observed status: 200; headers.date: Sat; body.newestAt: ${NEWEST} (2026-11-21T14:23:19.637Z); body.broken: 0`,
    );
    expect(result.checks[0]).toMatchObject({ expected: EXPECTED, observed: OBSERVED });
  });
});
