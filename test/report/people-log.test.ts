// Who was asked, how long the run waited for each answer, and where the run left its plan.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import type { Page } from '../../src/model/page.ts';
import type { DrillResult } from '../../src/model/result.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { deviationsOf } from '../../src/report/deviations.ts';
import { fidelityOf } from '../../src/report/fidelity.ts';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { peopleLog } from '../../src/report/people-log.ts';
import { headline } from '../../src/report/wording.ts';
import { resultOf } from './measure.ts';
import { buildRun, PRIMARY, place, planOf, START, timedAt } from './run-builder.ts';

const page: Page = {
  file: 'runbooks/branches.md',
  owner: 'dana',
  roles: [],
  reviewed: '2026-10-01',
  expectedMs: 60_000,
  text: '',
  items: [
    { title: 'Call the vendor', boxes: [] },
    { title: 'Tell the branches', boxes: [] },
  ],
};
const planWithPage = (): Pick<Plan, 'steps'> => ({
  steps: planOf().steps.map((step) => (step.id === 'steer' ? { ...step, page } : step)),
});
const answered = (item: number, result: 'done' | 'failed' | 'skipped', note: string): EventBody => ({
  type: 'page.answered',
  step: 'steer',
  attempt: 1,
  item,
  result,
  note,
  as: 'sam',
  role: 'operator',
});
const approved = (as: string, automatic = false): EventBody => ({
  type: 'approval.decided',
  decision: 'approved',
  as,
  role: 'dr-lead',
  verified: false,
  automatic,
  note: 'go',
});

describe('the people of a run', () => {
  const events = place([
    timedAt(200, { type: 'preflight.finished', ready: true, findings: [] }),
    timedAt(1200, approved('dana')),
    timedAt(1300, approved('drillmaster', true)),
    timedAt(6400, { type: 'disruption.seen', reason: 'probe shop failed' }),
    timedAt(9400, { type: 'declaration.made', as: 'eve', automatic: false, reason: 'site is gone' }),
    timedAt(10_000, { type: 'step.started', step: 'steer', attempt: 1, requestId: 'r' }),
    timedAt(12_000, answered(1, 'done', '')),
    timedAt(13_500, answered(2, 'skipped', 'closed today')),
  ]);

  it('are listed with what they were asked, what they said, and how long they were waited for', () => {
    const log = peopleLog(planWithPage(), events).map(({ what, as, answer, from, until }) => [
      what,
      as,
      answer,
      from - START,
      until - START,
    ]);
    expect(log).toEqual([
      ['approval as dr-lead', 'dana', 'approved: go', 200, 1200],
      ['declaration', 'eve', 'declared: site is gone', 6400, 9400],
      ['steer, 1: Call the vendor', 'sam', 'done', 10_000, 12_000],
      ['steer, 2: Tell the branches', 'sam', 'skipped: closed today', 12_000, 13_500],
    ]);
  });

  it('are none when everything was answered automatically', () => {
    const { plan, events: unattended } = buildRun();
    expect(peopleLog(plan, unattended)).toEqual([]);
  });
});

describe('deviations from the plan', () => {
  const attempts = (id: string, count: number) => ({ steps: [{ id, attempts: count }] }) as unknown as DrillResult;

  it('name what people changed, what was tried again, and what was refused', () => {
    const step = { step: 'steer', attempt: 1 };
    const events = place([
      timedAt(1, { type: 'step.skipped', ...step, as: 'dana', reason: 'known' }),
      timedAt(2, { type: 'step.retried', ...step, as: 'eve', reason: 'vendor is back' }),
      timedAt(3, { type: 'step.interrupted', ...step, error: { code: 'arm-unreachable', message: 'socket hang up' } }),
      timedAt(4, answered(2, 'failed', 'nobody there')),
      timedAt(5, { type: 'command.refused', command: 'pause', as: 'sam', why: 'the run is over' }),
      timedAt(6, { type: 'guardrail.tripped', guardrail: 'payments', reading: 'failing for 10 s' }),
      timedAt(7, { type: 'abort.requested', as: 'dana', reason: 'real incident' }),
    ]);
    expect(deviationsOf(attempts('steer', 3), events)).toEqual([
      'dana aborted the run: real incident',
      'guardrail payments stopped the run: failing for 10 s',
      'dana had step steer skipped: known',
      'eve had step steer tried again: vendor is back',
      'step steer took 3 attempts',
      'no answer told what became of step steer, and the world was looked at: socket hang up',
      'sam answered failed to step 2 of the page steer: nobody there',
      'sam asked for pause and was refused: the run is over',
    ]);
  });

  describe('by a check that was red first', () => {
    const of = { step: 'no-holes', attempt: 1 };
    const red = (observed: string, attempt = 1): EventBody => ({
      type: 'step.failed',
      ...of,
      attempt,
      error: { code: 'check-failed', message: 'no' },
      retryable: false,
      check: { expected: 'rows[0].holes == 0', observed },
    });
    const retried: EventBody = { type: 'step.retried', ...of, as: 'eve', reason: 'it lagged' };
    const green: EventBody = { type: 'step.succeeded', ...of, attempt: 3, output: {} };
    const told = (...bodies: readonly EventBody[]) => {
      const { plan, timed } = buildRun();
      const events = place([...timed, ...bodies.map((body, nth) => timedAt(28_100 + nth, body))]);
      const result = resultOf(plan, place(timed));
      return {
        deviations: deviationsOf(result, events),
        page: reportMarkdown(result, plan, events).replaceAll('\\', ''),
      };
    };

    it('show its first red reading, and who had it tried again until it was green', () => {
      const sentence =
        'check no-holes was red first: expected rows[0].holes == 0, observed holes 3; tried again by eve';
      const { deviations, page } = told(red('holes 3'), retried, red('holes 2', 2), retried, green);
      expect(deviations.filter((text) => text.includes('red first'))).toEqual([sentence]);
      expect(page).toContain(sentence);
    });

    it('say so when nobody asked for it', () => {
      expect(told(red('holes 3'), green).deviations).toEqual([
        'check no-holes was red first: expected rows[0].holes == 0, observed holes 3; tried again as planned',
      ]);
    });

    it('leave one that stayed red to the verdict', () => {
      expect(told(red('holes 3'), retried, red('holes 3', 2)).deviations.join()).not.toContain('red first');
    });
  });

  it('are no part of a report when everything went as planned', () => {
    const { plan, events } = buildRun();
    const result = resultOf(plan, events);
    expect(deviationsOf(result, events)).toEqual([]);
    expect(reportMarkdown(result, plan, events)).not.toContain('Deviations');
    expect(reportHtml(result, plan, events)).not.toContain('Deviations');
  });
});

describe('the page names steps for its readers', () => {
  it('by their title, with the id below, and breaks names of actions at their marks', () => {
    const { plan, events } = buildRun();
    const titled = { ...plan, steps: plan.steps.map((step) => ({ ...step, title: `Title of ${step.id}` })) };
    const markup = reportHtml(resultOf(plan, events), titled, events);
    expect(markup).toContain('Title of steer<br/><span class="id">steer</span>');
    expect(markup).toContain('azure/<wbr/>trafficmanager.<wbr/>endpoint');
  });
});

describe('a headline', () => {
  it('names resources by their names, whether they stand as ids or as addresses', () => {
    const { plan, events } = buildRun();
    const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/trafficManagerProfiles/orders-tm';
    const reasons = [`step steer: GET https://127.0.0.1:38753${id} answered 404, and ${id} too`];
    const result = { ...resultOf(plan, events), outcome: 'not-ready' as const, reasons };
    expect(headline(result)).toBe(
      'The drill did not begin: step steer: GET orders-tm answered 404, and orders-tm too.',
    );
  });
});

describe('what was disrupted', () => {
  const output = (simulated: boolean) => ({
    effectiveAt: START + 6000,
    earliest: START + 5980,
    latest: START + 6020,
    simulated,
    source: 'twin',
    fidelity: [{ resource: PRIMARY, means: 'its processes were killed' }],
  });
  const hit = (simulated = false) =>
    buildRun({}, (body) =>
      body.type === 'step.succeeded' && body.step === 'lose-west-europe'
        ? { ...body, output: output(simulated) }
        : body,
    );

  it('is named by resource, with the means and the step', () => {
    const { plan, events } = hit();
    expect(fidelityOf(plan, events)).toEqual([
      { step: 'lose-west-europe', resource: PRIMARY, name: 'orders-db-weu', means: 'its processes were killed' },
    ]);
    const result = resultOf(plan, events);
    expect(reportHtml(result, plan, events)).toContain('orders-db-weu<br/><span class="id">/subscriptions/');
    expect(reportMarkdown(result, plan, events)).toContain(
      '| orders-db-weu | its processes were killed | lose-west-europe |',
    );
  });

  it('says so when it was simulated, and says nothing when the fault does not', () => {
    const { plan, events } = hit(true);
    expect(fidelityOf(plan, events)[0]?.means).toBe('simulated: its processes were killed');
    const silent = buildRun();
    expect(fidelityOf(silent.plan, silent.events)).toEqual([]);
  });
});
