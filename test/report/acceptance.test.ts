import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { resultSchema } from '../../src/model/result.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { summaryText } from '../../src/report/text.ts';
import { orders, resultOf } from './measure.ts';
import { buildRun, inventory, PRIMARY, place, planOf, REPLICA, START, type Timed, timedAt } from './run-builder.ts';

const FORGOTTEN = `${PRIMARY}-forgotten`;
const TABLE = `12 rows in drillmaster_canary on ${REPLICA}`;
const ROLE = `${REPLICA}: role expected nothing, found "Primary"`;

const leaving =
  (...leftOvers: string[]) =>
  (body: EventBody): EventBody =>
    body.type === 'restoration.cleaned' ? { ...body, leftOvers } : body;
const differing = (body: EventBody): EventBody =>
  body.type === 'restoration.proved'
    ? {
        ...body,
        proved: false,
        differences: [ROLE],
        inventory: inventory.map((item) => (item.id === REPLICA ? { ...item, facts: { role: 'Primary' } } : item)),
      }
    : body;

const ended = [
  timedAt(59_300, { type: 'evaluation.finished', outcome: 'stuck', reasons: [] }),
  timedAt(59_400, { type: 'run.closed', outcome: 'stuck' }),
  timedAt(70_000, { type: 'run.reopened', for: 'evaluation', as: 'dana', reason: 'it may stay' }),
];
const accepted = (resource: string, at = 70_100, covers?: string[]) =>
  timedAt(at, {
    type: 'resource.accepted',
    resource,
    as: 'dana',
    reason: 'the vendor keeps it',
    ...(covers === undefined ? {} : { covers }),
  });
const attested = (as: string, verdict: 'passed' | 'not-passed') =>
  timedAt(70_200, { type: 'attestation.given', as, role: 'auditor', verdict, note: 'seen on site' });

function judged(change: (body: EventBody) => EventBody, more: readonly Timed[]) {
  const plan = planOf();
  const canaries = plan.canaries.map((canary) => ({ ...canary, writes: [PRIMARY, REPLICA] }));
  const steps = plan.steps.map((step) => (step.id === 'reseed' ? { ...step, creates: [FORGOTTEN] } : step));
  const inventoried = (body: EventBody) =>
    body.type === 'restoration.proved'
      ? {
          ...body,
          inventory: [...(body.inventory ?? []), { id: FORGOTTEN, type: 'x', facts: { present: false } }],
        }
      : body;
  const events = place([...buildRun({}, (body) => inventoried(change(body))).timed, ...more]);
  const whole = { ...plan, canaries, steps };
  const result = resultOf(whole, events, { reseed: 'undone' });
  expect(resultSchema.safeParse(result).error).toBeUndefined();
  return { result, plan: whole, events };
}

describe('what a person accepted', () => {
  it('keeps no run from passing, stays listed, and is said at the top of every report', () => {
    const { result, plan, events } = judged(leaving(TABLE), [...ended, accepted(TABLE)]);
    expect([result.outcome, result.reasons, result.stuck]).toEqual(['passed', [], []]);
    expect(result.leftOvers).toEqual([
      {
        resource: TABLE,
        createdBy: 'orders-rows',
        acceptedBy: { as: 'dana', reason: 'the vendor keeps it', at: '2026-11-21T10:01:10.100Z' },
      },
    ]);
    for (const text of [
      reportHtml(result, plan, events),
      reportMarkdown(result, plan, events).replaceAll('\\', ''),
      summaryText(result, plan, events).replaceAll(/\s+/g, ' '),
    ]) {
      expect(text).toContain('The drill passed, with 1 thing accepted: ');
      expect(text).toContain('dana accepted 12 rows in');
      expect(text).toContain('the vendor keeps it');
      expect(text).toContain('Restoration was proved but for what was accepted');
    }
    expect(orders(result).instants.T7).toEqual({
      at: '2026-11-21T10:01:10.100Z',
      source: 'restoration proved against the baseline, except for what was accepted',
    });
  });

  it('is a difference too, by the ARM id of its resource in any spelling', () => {
    const { result } = judged(differing, [...ended, accepted(REPLICA.toUpperCase())]);
    expect(result.outcome).toBe('passed');
    expect(result.differences).toEqual([
      {
        resource: REPLICA,
        fact: 'role',
        expected: 'nothing',
        found: '"Primary"',
        acceptedBy: { as: 'dana', reason: 'the vendor keeps it', at: '2026-11-21T10:01:10.100Z' },
      },
    ]);
  });

  it('is nothing else: what nobody accepted keeps the run stuck', () => {
    const { result } = judged((body) => leaving(TABLE, FORGOTTEN)(differing(body)), [...ended, accepted(TABLE)]);
    expect(result.outcome).toBe('stuck');
    expect(result.stuck.map(({ step, resource }) => [step, resource])).toEqual([
      ['reseed', FORGOTTEN],
      [null, REPLICA],
    ]);
    expect(result.leftOvers.map(({ acceptedBy }) => acceptedBy?.as)).toEqual(['dana', undefined]);
  });

  it('changes nothing when it does not stand, and is shown as such', () => {
    const { result, plan, events } = judged(leaving(TABLE), [...ended, accepted(FORGOTTEN)]);
    expect(result.outcome).toBe('stuck');
    expect(reportMarkdown(result, plan, events)).toContain(
      'nothing of that name stands as it stood then, so it changes nothing',
    );
    expect(judged((body) => body, [...ended, accepted(FORGOTTEN)]).result.outcome).toBe('passed');
  });

  it('is what was on record then: nobody accepts beforehand, nor what a later proof finds otherwise', () => {
    expect(judged(leaving(TABLE), [accepted(TABLE, 40_000)]).result.outcome).toBe('stuck');
    const other = `13 rows in drillmaster_canary on ${REPLICA}`;
    const cleanedAgain = timedAt(70_150, { type: 'restoration.cleaned', removed: [], leftOvers: [other] });
    expect(judged(leaving(TABLE), [...ended, accepted(TABLE), cleanedAgain]).result.outcome).toBe('stuck');
  });

  it('is at most what the person saw, whatever else went by that name when it was put on record', () => {
    const saw = (...covers: string[]) => judged(differing, [...ended, accepted(REPLICA, 70_100, covers)]).result;
    expect(saw(ROLE, 'something that is over').outcome).toBe('passed');
    expect(saw().outcome).toBe('stuck');
    expect(saw(ROLE.replace('Primary', 'Replica')).outcome).toBe('stuck');
  });

  it('is never a failed undo, a service that is not well, or an inventory that nobody could read', () => {
    const undo = (body: EventBody): EventBody =>
      body.type === 'undo.succeeded'
        ? { type: 'undo.failed', step: body.step, attempt: 1, error: { code: 'x', message: 'no' }, retryable: false }
        : body;
    expect(judged(undo, [...ended, accepted(PRIMARY)]).result.outcome).toBe('stuck');
    const unread = 'the inventory could not be read: no answer';
    const unwell = 'probe shop: expected to be healthy for 5000 ms after restoration, found status 503';
    for (const difference of [unread, unwell]) {
      const claim = (body: EventBody): EventBody =>
        body.type === 'restoration.proved' ? { ...body, proved: false, differences: [difference] } : body;
      const { result } = judged(claim, [...ended, accepted(difference)]);
      expect(result.outcome).toBe('stuck');
      expect(result.differences[0]?.resource).toBeNull();
    }
  });
});

describe('who made a left-over', () => {
  it.each([
    [FORGOTTEN, 'reseed'],
    [TABLE, 'orders-rows'],
    [`looking for left-overs of canary orders-rows failed: no answer`, 'orders-rows'],
    [`3 rows of another run, drl-1, in drillmaster_canary on ${REPLICA}`, null],
    ['something', null],
  ])('of %s is told', (item, maker) => {
    const { result } = judged(leaving(item), []);
    expect(result.leftOvers).toEqual([{ resource: item, createdBy: maker }]);
  });
});

describe('an attestation', () => {
  it('stands beside the outcome and never changes it; who disagrees is shown with both verdicts', () => {
    const { result, plan, events } = judged(
      (body) => body,
      [...ended, attested('sam', 'not-passed'), attested('kim', 'passed')],
    );
    expect(result.outcome).toBe('passed');
    expect(result.attestations).toEqual([
      {
        as: 'sam',
        role: 'auditor',
        verdict: 'not-passed',
        note: 'seen on site',
        at: expect.any(String),
        agrees: false,
      },
      { as: 'kim', role: 'auditor', verdict: 'passed', note: 'seen on site', at: expect.any(String), agrees: true },
    ]);
    const sentence =
      'sam (auditor) attests that the drill did not pass, and disagrees with the computed verdict, which is passed and stands: seen on site';
    expect(reportHtml(result, plan, events).split(sentence)).toHaveLength(3);
    expect(reportMarkdown(result, plan, events)).toContain('disagrees with the computed verdict, which is passed');
    expect(summaryText(result, plan, events).replaceAll(/\s+/g, ' ')).toContain(sentence);
  });

  it('makes no stuck run pass', () => {
    const { result } = judged(leaving(TABLE), [...ended, attested('kim', 'passed')]);
    expect([result.outcome, result.attestations[0]?.agrees]).toEqual(['stuck', false]);
  });
});

describe('gaps of the orchestrator', () => {
  it('stand in the result, in what was not shown, and on the timeline', () => {
    const resumed = timedAt(20_000, { type: 'run.resumed', by: 'process 2' });
    const { result, plan, events } = judged((body) => body, [resumed]);
    expect(result.orchestratorGaps).toHaveLength(1);
    expect(result.orchestratorGaps[0]?.to).toBe(new Date(START + 20_000).toISOString());
    const page = reportHtml(result, plan, events);
    expect(page).toContain('>orchestrator</text>');
    expect(page).toContain('no process drove the run');
    expect(summaryText(result, plan, events).replaceAll(/\s+/g, ' ')).toContain('nobody looked in between');
  });
});
