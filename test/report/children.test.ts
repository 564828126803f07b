import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import type { Outcome } from '../../src/model/phase.ts';
import type { DrillResult } from '../../src/model/result.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { summaryText } from '../../src/report/text.ts';
import { headline } from '../../src/report/wording.ts';
import { plannedStep } from '../plan/planned-step.ts';
import { reopened } from '../statechart/bodies.ts';
import { resultOf } from './measure.ts';
import { planOf, START } from './run-builder.ts';

const DIGEST = 'd'.repeat(64);
const child = { file: 'drills/region-failover.yaml', plan: planOf(), endsAfterMs: 60_000 };
const plan: Plan = {
  ...planOf(),
  drill: 'rehearsal',
  title: 'The rehearsal',
  objectives: [],
  scope: [],
  probes: [],
  canaries: [],
  approvals: { required: 0, roles: [], expiresMs: 1000 },
  steps: [plannedStep('one', { phase: 'recovery', uses: 'drill/run', child })],
};

const before: readonly EventBody[] = [
  {
    type: 'run.opened',
    run: 'run-1',
    drill: 'rehearsal',
    planDigest: 'p',
    environment: { kind: 'twin', name: 'rehearsal' },
    requestedBy: 'root',
    unattended: false,
    rehearsal: false,
    tool: 'tests',
  },
  { type: 'preflight.finished', ready: true, findings: [] },
  { type: 'baseline.finished', held: true, findings: [], inventory: [] },
];
const after: readonly EventBody[] = [
  { type: 'restoration.cleaned', removed: [], leftOvers: [] },
  { type: 'restoration.proved', proved: true, differences: [], leftOvers: [], inventory: [] },
];
const started: EventBody = { type: 'step.started', step: 'one', attempt: 1, requestId: 'r' };
const ended = (outcome: Outcome): EventBody => ({
  type: 'child.ended',
  step: 'one',
  attempt: 1,
  drill: 'region-failover',
  run: 'run-1.one',
  outcome,
  digest: DIGEST,
});
const passed: EventBody = { type: 'step.succeeded', step: 'one', attempt: 1, output: {} };
const failed: EventBody = {
  type: 'step.failed',
  step: 'one',
  attempt: 1,
  error: { code: 'child-failed', message: 'child run run-1.one ended stuck' },
  retryable: false,
};

const closed = (outcome: Outcome): readonly EventBody[] => [
  { type: 'evaluation.finished', outcome, reasons: [] },
  { type: 'run.closed', outcome },
];

const eventsOf = (...bodies: readonly EventBody[]) =>
  [...before, ...bodies, ...after].map((body, index) => ({ ...body, seq: index + 1, at: START + index }));
const judged = (...bodies: readonly EventBody[]): DrillResult => resultOf(plan, eventsOf(...bodies));

describe('child drills in a result', () => {
  it('are listed with their outcome and the digest of their evidence, each once', () => {
    const result = judged(started, ended('passed'), ended('passed'), passed);
    expect(result.children).toEqual([
      { drill: 'region-failover', run: 'run-1.one', outcome: 'passed', digest: DIGEST },
    ]);
    expect([result.outcome, result.reasons]).toEqual(['passed', []]);
    expect(headline(result)).toBe('The drill passed: region-failover passed, and it has its own report.');
  });

  it('are an empty list when none began, and none of a drill that has none', () => {
    expect(judged().children).toEqual([]);
    expect(resultOf(planOf(), eventsOf())).not.toHaveProperty('children');
  });

  it('prove nothing without an end on record, without a pass, or without evidence, whatever their step says', () => {
    const reasonsOf = (...bodies: readonly EventBody[]) => {
      const { outcome, reasons } = judged(started, ...bodies, passed);
      expect(outcome).toBe('inconclusive');
      return reasons;
    };
    expect(reasonsOf()).toEqual(['no end of the child drill of step one is on record']);
    expect(reasonsOf(ended('inconclusive'))).toEqual(['child run run-1.one ended inconclusive']);
    expect(reasonsOf({ ...ended('passed'), digest: null } as EventBody)).toEqual([
      'child run run-1.one has no evidence that verifies',
    ]);
  });

  it('that are stuck leave their parent stuck', () => {
    const result = judged(started, ended('stuck'), failed);
    expect(result.outcome).toBe('stuck');
    expect(result.stuck).toEqual([
      {
        step: 'one',
        resource: null,
        state: 'child run run-1.one of region-failover is stuck: its own report says what stands where',
        command: 'drillmaster restore run-1.one',
      },
    ]);
  });

  it.each(['failed', 'passed'] as const)(
    'that were restored since and %s leave it failed when it is restored',
    (outcome) => {
      const first: readonly EventBody[] = [started, ended('stuck'), failed, ...after, ...closed('stuck')];
      const result = judged(...first, reopened('restoration'), {
        ...ended(outcome),
        digest: 'e'.repeat(64),
      } as EventBody);
      expect([result.outcome, result.stuck]).toEqual(['failed', []]);
      expect(result.children).toMatchObject([{ run: 'run-1.one', outcome, digest: 'e'.repeat(64) }]);
    },
  );

  it('that failed fail it, and that people left out prove nothing', () => {
    const result = judged(started, ended('failed'), failed);
    expect([result.outcome, result.reasons[0]]).toEqual([
      'failed',
      'step one failed: child run run-1.one ended stuck (child-failed)',
    ]);
    const skipped: EventBody = { type: 'step.skipped', step: 'one', attempt: 1, as: 'Sam', reason: 'no time' };
    expect(judged(skipped)).toMatchObject({
      outcome: 'inconclusive',
      reasons: ['step one was skipped by Sam: no time'],
    });
  });

  it('stand in every form of the report', () => {
    const events = eventsOf(started, ended('passed'), passed);
    const result = resultOf(plan, events);
    expect(summaryText(result, plan, events)).toContain('\nChild drills\n  passed');
    expect(reportMarkdown(result, plan, events)).toContain(`| region-failover | run-1.one | passed | ${DIGEST} |`);
    expect(reportHtml(result, plan, events)).toContain('<a href="../run-1.one/report.html">run-1.one</a>');
  });
});
