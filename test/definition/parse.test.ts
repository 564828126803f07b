import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../src/definition/parse.ts';
import { formatProblem } from '../../src/definition/problem.ts';
import { DRILL, edited } from './drill-text.ts';

const problemsOf = (text: string) => {
  const parsed = parseDefinition(text, 'drill.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

describe('parseDefinition', () => {
  it('gives a definition with defaults filled in', () => {
    const parsed = parseDefinition(DRILL, 'drill.yaml');
    if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
    const { definition } = parsed;
    expect(definition.approvals).toEqual({ required: 0, roles: [], expires: 'PT4H' });
    expect(definition.declaration).toBe('automatic');
    expect(definition.timing).toEqual({ baseline: 'PT5S', detection: 'PT2M', declaration: 'PT30M', stability: 'PT5M' });
    expect(definition.canaries[0]?.every).toBe('PT0.02S');
    expect(definition.probes[0]).toMatchObject({ every: 'PT0.25S', stableFor: 'PT5S', timeout: 'PT2S' });
    expect(definition.recovery[0]).toMatchObject({
      needs: [],
      timeout: 'PT10M',
      retry: { backoff: 'PT2S', maximum: 'PT1M' },
    });
  });

  it('says where each value stands', () => {
    const parsed = parseDefinition(DRILL, 'drill.yaml');
    if (!parsed.ok) throw new Error('expected a valid drill');
    expect(parsed.locate(['drill'])).toEqual({ line: 1, column: 8 });
    expect(parsed.locate(['drill'], 'key')).toEqual({ line: 1, column: 1 });
    expect(parsed.locate(['scope', 1])).toEqual({ line: 12, column: 18 });
    expect(parsed.locate(['objectives', 0, 'nothing', 'here'])).toEqual({ line: 7, column: 5 });
  });

  it('counts the line ends inside quoted and folded texts', () => {
    const text = edited('title: Orders fails over', 'title: "Orders\n  fails\n  over"\ndescription: >-\n  a\n\n  b');
    expect(problemsOf(edited('mode: live', 'mode: lively', text))[0]).toMatch(
      /^drill\.yaml:10:7: expected "isolated" or "live"/,
    );
  });

  it('allows a $schema key and a comment for editors', () => {
    expect(
      problemsOf(`# yaml-language-server: $schema=./drill.schema.json\n$schema: ./drill.schema.json\n${DRILL}`),
    ).toEqual([]);
  });

  it.each([
    [
      'an unknown key',
      'title:',
      'titel:',
      'drill.yaml:2:1: expected one of the keys drill, title, description, runbook, exercise, mode, systems, objectives, resources, scope, approvals, declaration, canaries, probes, guardrails, disruption, recovery, verification, restoration or timing, found "titel"; did you mean "title"?',
    ],
    [
      'an unknown key of a step',
      'needs: [promote]',
      'neds: [promote]',
      'drill.yaml:24:18: expected one of the keys id, title, system, uses, with, needs, timeout or retry, found "neds"; did you mean "needs"?',
    ],
    ['a missing key', 'title: Orders fails over\n', '', 'drill.yaml:1:1: expected "title" (a text), found nothing'],
    ['an empty key', 'title: Orders fails over', 'title:', 'drill.yaml:2:1: expected "title" (a text), found nothing'],
    [
      'a word out of a fixed list',
      'functional',
      'functionl',
      'drill.yaml:3:11: expected "tabletop", "walkthrough", "component", "functional" or "full-scale", found "functionl"; did you mean "functional"?',
    ],
    [
      'a name in the wrong case',
      'orders-failover',
      'OrdersFailover',
      'drill.yaml:1:8: expected a name in lower case with hyphens, as in lose-west-europe, found "OrdersFailover"',
    ],
    [
      'a duration in words',
      'rto: PT2M',
      'rto: 2 minutes',
      'drill.yaml:7:28: expected an ISO 8601 duration, as in PT2M or PT0.25S, found "2 minutes"',
    ],
    [
      'a duration in weeks',
      'rto: PT2M',
      'rto: P1W',
      'drill.yaml:7:28: expected an ISO 8601 duration, as in PT2M or PT0.25S, found "P1W"',
    ],
    [
      'a duration beyond the limit',
      'rto: PT2M',
      'rto: P8D',
      'drill.yaml:7:28: expected a duration of at most P7D, found "P8D"',
    ],
    [
      'a period of zero',
      'every: PT1S',
      'every: PT0S',
      'drill.yaml:17:102: expected a duration longer than zero, found "PT0S"',
    ],
    [
      'a text in place of a list',
      'needs: [promote]',
      'needs: promote',
      'drill.yaml:24:25: expected a list, found "promote"',
    ],
    ['an entry of the wrong kind', 'scope: [primary', 'scope: [7', 'drill.yaml:12:9: expected a text, found 7'],
    [
      'a guardrail without during',
      'during: [recovery], ',
      '',
      'drill.yaml:19:5: expected "during" (a list), found nothing',
    ],
    [
      'a guardrail that never watches',
      'during: [recovery]',
      'during: []',
      'drill.yaml:19:15: expected at least 1 entry, found an empty list',
    ],
    [
      'a guardrail in a phase without probes',
      'during: [recovery]',
      'during: [approval]',
      'drill.yaml:19:16: expected "baseline", "disruption", "declaration", "recovery", "verification" or "restoration", found "approval"',
    ],
    [
      'a runbook outside the workspace',
      'mode: live',
      'runbook: ../secret.md',
      'drill.yaml:4:10: expected a path inside the workspace, as in runbooks/region-failover.md, found "../secret.md"',
    ],
    [
      'too many attempts',
      'needs: [promote]',
      'retry: { attempts: 21 }',
      'drill.yaml:24:37: expected at most 20, found 21',
    ],
    [
      'a number that is not whole',
      'needs: [promote]',
      'retry: { attempts: 1.5 }',
      'drill.yaml:24:37: expected a whole number, found 1.5',
    ],
    [
      'a misspelt key inside an alternative',
      'mode: live',
      'declaration: { role: [dr-lead] }',
      'drill.yaml:4:16: expected one of the keys roles, found "role"; did you mean "roles"?',
    ],
    [
      'neither of two alternatives',
      'mode: live',
      'declaration: manual',
      'drill.yaml:4:14: expected "automatic" or a mapping, found "manual"',
    ],
    [
      'a resource name that expressions cannot read',
      '  traffic:',
      '  tra.ffic:',
      'drill.yaml:11:3: expected a name of letters, digits, hyphens and underscores, found "tra.ffic"',
    ],
    [
      'a value that is no JSON',
      'region: westeurope',
      'region: .inf',
      'drill.yaml:21:67: expected a text, a number, true or false, nothing, a list or a mapping, found Infinity',
    ],
  ])('points at %s', (_, from, to, problem) => {
    expect(problemsOf(edited(from, to))).toEqual([problem]);
  });

  it('tells every problem at once, in the order of the file', () => {
    const text = edited('mode: live', 'mode: lively', edited('rpo: PT2S', 'rpo: 2s', edited('title:', 'titel:')));
    expect(problemsOf(text).map((problem) => problem.split(': expected', 1)[0])).toEqual([
      'drill.yaml:2:1',
      'drill.yaml:4:7',
      'drill.yaml:7:39',
    ]);
  });
});

describe('a text that is hostile or broken', () => {
  it.each([
    [
      'is no YAML',
      'drill: [a\ntitle: b',
      'drill.yaml:2:1: expected valid YAML, found: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [
      'has a key twice',
      edited('mode: live', 'title: again'),
      'drill.yaml:4:1: expected valid YAML, found: Map keys must be unique',
    ],
    [
      'holds several documents',
      `${DRILL}---\ndrill: b\n`,
      'drill.yaml:30:1: expected one YAML document, found another',
    ],
    [
      'uses a tag that nobody knows',
      edited('title: ', 'title: !shout '),
      'drill.yaml:2:8: expected valid YAML, found: Unresolved tag: !shout',
    ],
    ['is empty', '', 'drill.yaml:1:1: expected "drill" (a mapping), found nothing'],
    ['is a list', '- a', 'drill.yaml:1:1: expected a mapping, found a list'],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  it('is refused when aliases multiply', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((name, index) => {
        const before = 'abcdefgh'.charAt(index);
        return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`;
      }),
    ].join('\n');
    expect(problemsOf(bomb)).toEqual([
      'drill.yaml:2:8: expected readable YAML, found Excessive alias count indicates a resource exhaustion attack',
    ]);
  });

  it('is refused when it nests deeper than anything can read', () => {
    expect(problemsOf(`drill: ${'['.repeat(200_000)}`)[0]).toMatch(
      /^drill\.yaml:1:107: expected at most 100 levels of nesting, found more$/,
    );
  });

  it('is refused when it is longer than 4 MiB', () => {
    expect(problemsOf(' '.repeat(4_194_305))).toEqual([
      'drill.yaml:1:1: expected at most 4194304 characters, found 4194305',
    ]);
  });

  it('cannot reach a prototype', () => {
    expect(problemsOf(`${DRILL}__proto__: { polluted: true }\n`)).toHaveLength(1);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('may use an alias, whose places are those of its anchor', () => {
    const text = edited('with: { region: westeurope }', 'with: &where { region: westeurope }');
    expect(problemsOf(edited('endpoint: weu', 'endpoint: weu, extra: *where', text))).toEqual([]);
  });
});
