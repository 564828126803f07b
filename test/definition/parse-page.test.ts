import { describe, expect, it } from 'vitest';
import { parsePage } from '../../src/definition/parse-page.ts';
import { formatProblem } from '../../src/definition/problem.ts';
import { planWarnings } from '../../src/plan/warnings.ts';
import { plannedStep } from '../plan/planned-step.ts';

const PAGE = `---
owner: orders-team
roles: [dr-lead, ops]
reviewed: 2026-10-01
expectedDuration: PT5M
---
# Tell the bank

Read this first.

## Call the hotline

- [ ] The hotline has confirmed in words
- [ ] The ticket number is in the note

### Only text

\`\`\`
- [ ] code is no check box
\`\`\`

## Inform customers ##
* [ ] The banner is on
`;

const problemsOf = (text: string) => {
  const parsed = parsePage(text, 'runbooks/bank.md');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

describe('a runbook page', () => {
  it('has a step for every heading with check boxes, and keeps its text', () => {
    expect(parsePage(PAGE, 'runbooks/bank.md')).toEqual({
      ok: true,
      page: {
        file: 'runbooks/bank.md',
        owner: 'orders-team',
        roles: ['dr-lead', 'ops'],
        reviewed: '2026-10-01',
        expectedMs: 300_000,
        items: [
          {
            title: 'Call the hotline',
            boxes: ['The hotline has confirmed in words', 'The ticket number is in the note'],
          },
          { title: 'Inform customers', boxes: ['The banner is on'] },
        ],
        text: PAGE,
      },
    });
  });

  it('reads lines that end as Windows ends them', () => {
    expect(parsePage(PAGE.replaceAll('\n', '\r\n'), 'p.md')).toMatchObject({ ok: true });
  });

  it.each([
    [
      'without front matter',
      '# Page\n- [ ] x\n',
      [
        'runbooks/bank.md:1:1: expected front matter between two lines of ---, with owner, reviewed and expectedDuration, found none',
      ],
    ],
    ['with front matter that does not end', '---\nowner: x\n', ['runbooks/bank.md:1:1: expected front matter']],
    ['without an owner', PAGE.replace('owner: orders-team\n', ''), ['runbooks/bank.md:2:1: expected']],
    ['with an unknown key', PAGE.replace('owner:', 'ownr:'), ['runbooks/bank.md:2:1: ', 'runbooks/bank.md:2:1: ']],
    ['with a wrong day', PAGE.replace('2026-10-01', 'yesterday'), ['runbooks/bank.md:4:11: expected the day']],
    ['with a wrong duration', PAGE.replace('PT5M', '5 min'), ['runbooks/bank.md:5:19: expected an ISO 8601 duration']],
    ['with YAML that is none', PAGE.replace('[dr-lead, ops]', '[dr-lead'), ['runbooks/bank.md:4:']],
    [
      'with a ticked box',
      PAGE.replace('[ ] The banner', '[x] The banner'),
      ['runbooks/bank.md:23:3: expected an empty'],
    ],
    ['with an empty box', PAGE.replace('[ ] The banner is on', '[ ]'), ['runbooks/bank.md:23:3: expected what must']],
    [
      'with a box before any heading',
      PAGE.replace('# Tell the bank', '- [ ] early'),
      ['runbooks/bank.md:7:3: expected a heading'],
    ],
    [
      'without check boxes',
      `${PAGE.split('# Tell')[0]}# Nothing\n`,
      ['runbooks/bank.md:7:1: expected headings with check boxes'],
    ],
  ])('%s is refused with its place', (_, text, expected) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThanOrEqual(1);
    expect(problems).toEqual(expect.arrayContaining(expected.map((start) => expect.stringContaining(start))));
  });
});

describe('a warning', () => {
  const parsed = parsePage(PAGE, 'runbooks/bank.md');
  const steps = parsed.ok
    ? [plannedStep('tell', { page: parsed.page }), plannedStep('again', { page: parsed.page })]
    : [];

  it('names a page once that nobody reviewed for more than a year', () => {
    expect(planWarnings({ steps }, Date.parse('2027-10-02'))).toEqual([
      'runbooks/bank.md was last reviewed on 2026-10-01, 366 days ago; its owner is orders-team',
    ]);
    expect(planWarnings({ steps }, Date.parse('2027-10-01'))).toEqual([]);
  });
});
