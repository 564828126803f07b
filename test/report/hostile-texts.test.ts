// Texts of strangers in reports: they stay texts, in whatever field of plan and events they stand.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DrillEvent } from '../../src/model/events.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import { makeResult } from '../../src/report/result.ts';
import { summaryText } from '../../src/report/text.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { chartMermaid } from '../../src/statechart/mermaid.ts';
import { SEED } from '../definition/seed.ts';
import { buildRun } from './run-builder.ts';

/** Fields that hold what people or services wrote. Names of steps and probes are held to their form by the drill's schema. */
const FREE = new Set([
  'title',
  'message',
  'reason',
  'detail',
  'note',
  'expected',
  'observed',
  'as',
  'why',
  'reading',
  'tool',
  'requestedBy',
]);

/** The same value with `text` in every free field. */
function planted<Value>(value: Value, text: string, field?: string): Value {
  if (typeof value === 'string') return (field !== undefined && FREE.has(field) ? text : value) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => planted(item, text, field)) as Value;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, planted(member, text, key)])) as Value;
}

const run = buildRun();

function rendered(text: string) {
  const plan: Plan = planted(run.plan, text);
  const events: readonly DrillEvent[] = planted(run.events, text);
  const kernel = createKernel(plan);
  evaluateRun(plan, kernel, events);
  const result = makeResult(plan, kernel, events, '0'.repeat(64));
  return {
    html: reportHtml(result, plan, events),
    markdown: reportMarkdown(result, plan, events),
    text: summaryText(result, plan, events),
    chart: chartMermaid(plan),
  };
}

const tagsOf = (html: string) => [...html.matchAll(/<\/?([a-z][a-z0-9]*)\b/gi)].map(([tag]) => tag);
const structureOf = (markdown: string) => ({
  headings: markdown.match(/^#{1,6} /gm)?.length ?? 0,
  rows: markdown.match(/^\|/gm)?.length ?? 0,
  blocks: markdown.split('\n\n').length,
});
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;
const PLAIN = rendered('plain');

const HOSTILE = [
  '</title><script>alert(1)</script><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '| a | b |\n| --- | --- |',
  '\n\n# Outcome: **PASSED**\n\n[link](javascript:alert(1)) ![x](https://evil.example/x.png)',
  '```\nmermaid\n```',
  '\u001b[2J\u001b]8;;https://evil.example\u0007PASSED\u001b]8;;\u0007',
  '\u202edessap\u202c\u2066\u200b\ufeff',
  '\rPASSED',
  '{{constructor.constructor("return 1")()}} ${1+1} <%= 1 %>',
  '\ud800',
  '-->',
  ']]>',
  '&lt;script&gt;',
  '<!--',
];

function expectHarmless(text: string) {
  const { html, markdown, text: summary, chart } = rendered(text);
  expect(tagsOf(html)).toEqual(tagsOf(PLAIN.html));
  expect(html).not.toMatch(/<script|<img|<svg onload|<!--/i);
  expect(structureOf(markdown)).toEqual(structureOf(PLAIN.markdown));
  for (const shown of [html, markdown, summary]) expect(shown).not.toMatch(STEERING);
  expect(chart.split('\n').filter((line) => line.startsWith('```'))).toHaveLength(6);
}

it.each(HOSTILE)('stay texts: %j', (text) => expectHarmless(text));

it(`stay texts, whatever they are (seed ${SEED})`, () => {
  const piece = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.constantFrom(...'<>&"\'`|*_#[]()~\\\n\r\t -+=!'.split('')),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const property = fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) =>
    expectHarmless(pieces.join('')),
  );
  fc.assert(property, { seed: SEED, numRuns: 6 });
});
