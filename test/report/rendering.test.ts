// Golden files for what people read; the rules that must hold for any text beside them.
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { reportHtml } from '../../src/report/html.ts';
import { limitsOf } from '../../src/report/limits.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { summaryText } from '../../src/report/text.ts';
import { resultOf } from './measure.ts';
import { buildRun, ending, place, planOf, type RunOptions, START, timedAt } from './run-builder.ts';
import { findMalformation } from './well-formed.ts';

const COLUMNS = 80;
/** Control and format characters, lone surrogates; line feeds are our own. */
const STEERING = /[^\P{C}\n]/u;

function report(options: RunOptions = {}, change?: (body: EventBody) => EventBody | undefined, statuses = {}) {
  const { plan, timed, events: judged } = buildRun(options, change);
  const { outcome, reasons } = resultOf(plan, judged, statuses);
  const events = place([...timed, ...ending(outcome, reasons)]);
  return [resultOf(plan, events, statuses), plan, events] as const;
}

const passed = () => report();
const failed = () => report({ rtoMs: 20_000, firstLost: 200 });
const stuck = () =>
  report(
    {},
    (body) =>
      body.type === 'restoration.cleaned'
        ? { ...body, leftOvers: ['table drillmaster_canary on orders-db-neu'] }
        : body,
    {
      'switch-back': 'stuck',
    },
  );
const notReady = () =>
  report({}, (body) => {
    if (body.type === 'run.opened') return body;
    return body.type === 'preflight.finished'
      ? { ...body, ready: false, findings: ['replica lags by 5 min', 'no reader'] }
      : undefined;
  });

const RUNS = { passed, failed, stuck, 'not-ready': notReady };
const CASES = Object.entries(RUNS).map(([name, make]) => ({ name, make }));

/** It missed its objective on a twin that was faster than Azure. */
function missedOnFasterTwin() {
  const { plan, timed } = buildRun({ rtoMs: 20_000, rehearsal: true });
  const operations = [{ operation: 'promote', startedAt: START + 6500, tookMs: 300, recordedMs: 15_000 }];
  const events = place([...timed, timedAt(53_900, { type: 'twin.faster', operations })]);
  return [resultOf(plan, events), plan, events] as const;
}

describe('a report of an RTO that was missed on a twin faster than Azure', () => {
  it.each([
    { form: 'text', made: summaryText(...missedOnFasterTwin()) },
    { form: 'Markdown', made: reportMarkdown(...missedOnFasterTwin()) },
    { form: 'HTML', made: reportHtml(...missedOnFasterTwin()) },
  ])('says that it took that long at the least, as $form', ({ made }) => {
    const words = made.replaceAll(/\s+/g, ' ');
    expect(words).toMatch(/missed/i);
    expect(words).toContain('at the least: operations of the twin ran faster than recorded');
    expect(words).not.toMatch(/says nothing|not judged/);
  });
});

describe('the terminal summary', () => {
  it.each(CASES)('of a run that ended $name reads as agreed', async ({ name, make }) => {
    await expect(`${summaryText(...make())}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it.each(CASES)('of a run that ended $name keeps to 80 columns, ids and commands apart', ({ make }) => {
    const long = summaryText(...make())
      .split('\n')
      .filter((line) => line.length > COLUMNS && line.trim().includes(' ') && !line.includes('/subscriptions/'));
    expect(long).toEqual([]);
  });
});

describe('the Markdown report', () => {
  it.each(CASES)('of a run that ended $name reads as agreed', async ({ name, make }) => {
    await expect(reportMarkdown(...make())).toMatchFileSnapshot(`golden/${name}.md`);
  });

  it('has as many cells in every row of a table as its head', () => {
    for (const { make } of CASES) {
      const tables = reportMarkdown(...make())
        .split('\n\n')
        .filter((block) => block.startsWith('|'));
      for (const table of tables) {
        const cells = table.split('\n').map((row) => row.split(/(?<!\\)\|/).length);
        expect(new Set(cells).size, table).toBe(1);
      }
    }
  });
});

describe('the page', () => {
  it.each(CASES)('of a run that ended $name is well-formed', ({ make }) => {
    expect(findMalformation(reportHtml(...make()))).toBeUndefined();
  });

  it('is a pure function of its arguments', () => {
    expect(reportHtml(...passed())).toBe(reportHtml(...passed()));
  });

  it('loads nothing and runs nothing', () => {
    const page = reportHtml(...passed());
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|@import|javascript:|\son\w+=/i);
  });

  it('states every number with its formula, objective and uncertainty', () => {
    const page = reportHtml(...passed());
    for (const text of [
      '22 s',
      '± 290 ms',
      'Objective: 2 min',
      '295 ms',
      '± 60 ms',
      'Objective: 2 s',
      'T5 − T0 = 10:00:28.000',
      'Ts − p = 0.295 s',
    ])
      expect(page).toContain(text);
  });

  it('says at its top in one sentence how the drill ended', () => {
    expect(reportHtml(...passed())).toContain(
      'The drill passed: orders was back 22 s after the disruption (objective 2 min) and lost the last 295 ms of writes (objective 2 s).',
    );
    expect(reportHtml(...stuck())).toContain('The drill is stuck and needs a person: ');
  });

  it('draws T0 to T7 and a picture that can be read out', () => {
    const page = reportHtml(...passed());
    expect(page).toMatch(/<svg [^>]*role="img" aria-labelledby="timeline-title timeline-desc">/);
    for (const name of ['T0', 'T1', 'T2', 'T3', 'T4', 'T5', 'T7']) expect(page).toContain(`>${name}<title>`);
    expect(page).not.toMatch(/(?:x|x1|x2|width|y)="(?:-|NaN|Infinity|undefined)/);
  });
});

describe('a step that was taken back', () => {
  it('is said to have been done, for how long, and to be taken back, in every form', () => {
    expect(summaryText(...passed())).toMatch(/lose-west-europe +done in 700 ms, undone in 2\.5 s\n/);
    expect(reportMarkdown(...passed())).toContain(
      '| done and undone | 1 | 2026-11-21T10:00:05.350Z | 700 ms, undone in 2.5 s |',
    );
    expect(reportHtml(...passed())).toContain('>done and undone</span>');
    expect(reportHtml(...passed())).toContain('<td>700 ms, undone in 2.5 s</td>');
  });

  it('is not said to have been done when it had failed', () => {
    const run = report({}, (body) =>
      body.type === 'step.succeeded' && body.step === 'lose-west-europe'
        ? { type: 'step.failed', step: body.step, attempt: 1, error: { code: 'x', message: 'no' }, retryable: false }
        : body,
    );
    expect(summaryText(...run)).toMatch(/lose-west-europe +failed in 700 ms, undone in 2\.5 s\n/);
    expect(reportHtml(...run)).toContain('>failed and undone</span>');
  });
});

describe('hostile names', () => {
  const HOSTILE = `</title><script>alert("1")</script>&'|\`*_[x](javascript:1)\u001B[2J\u202Eevil\uD800\n# Passed`;
  const hostile = () =>
    report({ title: HOSTILE, rtoMs: 1 }, (body) => {
      if (body.type === 'run.opened')
        return { ...body, run: HOSTILE, drill: HOSTILE, requestedBy: HOSTILE, tool: HOSTILE };
      if (body.type === 'approval.decided') return { ...body, as: HOSTILE, role: HOSTILE };
      if (body.type === 'declaration.made') return { ...body, automatic: false, as: HOSTILE, reason: HOSTILE };
      if (body.type === 'step.succeeded' && body.check)
        return { ...body, check: { expected: HOSTILE, observed: HOSTILE } };
      if (body.type === 'probe.readings')
        return { ...body, readings: body.readings.map(([a, b, ok]) => (ok ? [a, b, ok] : [a, b, ok, HOSTILE])) };
      return body.type === 'restoration.proved'
        ? { ...body, proved: false, differences: [HOSTILE], leftOvers: [HOSTILE] }
        : body;
    });

  it('stay text in the page', () => {
    const page = reportHtml(...hostile());
    expect(findMalformation(page)).toBeUndefined();
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(STEERING);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
  });

  it('stay text in Markdown', () => {
    // Commands are indented code, in which nothing is mark-up.
    const markdown = reportMarkdown(...hostile()).replaceAll(/^ {4}.*$/gm, '');
    expect(markdown).not.toContain('<script');
    expect(markdown).not.toMatch(/^# Passed/m);
    expect(markdown).not.toMatch(/[^\\]\[x\]/);
    expect(markdown).not.toMatch(STEERING);
  });

  it('cannot steer the terminal', () => {
    expect(summaryText(...hostile())).not.toMatch(STEERING);
    expect(summaryText(...hostile())).not.toMatch(/^# Passed/m);
  });
});

describe('limits', () => {
  const limits = (options: RunOptions, more: readonly ReturnType<typeof timedAt>[] = []) => {
    const { timed } = buildRun(options);
    const plan = planOf(options);
    const events = place([...timed, ...more]);
    return reportMarkdown(resultOf(plan, events), plan, events);
  };

  it('name the twin, simulation, rehearsal, interruption, clock steps and compressed operations', () => {
    const faster = { operation: 'promote', startedAt: START + 6500, tookMs: 300, recordedMs: 15_000 };
    const text = limits({ simulated: true, rehearsal: true }, [
      timedAt(20_000, { type: 'run.resumed', by: 'pid 7' }),
      timedAt(20_001, { type: 'clock.stepped', wallMinusMonotonicMs: 5000 }),
      timedAt(53_900, { type: 'twin.faster', operations: [faster] }),
    ]);
    for (const sentence of [
      'it proves nothing about Azure',
      'The disruption of orders was simulated',
      'It was a rehearsal',
      'The run was interrupted and taken over once',
      'the machine slept once',
      'promote took 300 ms on the twin; recorded on Azure are 15 s or more',
      'RTO of orders was not judged',
    ])
      expect(text).toContain(sentence);
  });

  it('name steps that were found done, so that nothing was sent', () => {
    const found = (body: EventBody): EventBody | undefined => {
      if (!('step' in body) || body.step !== 'reseed') return body;
      if (body.type !== 'step.succeeded') return undefined;
      return { type: 'step.inspected', step: 'reseed', attempt: 1, finding: 'done', detail: 'there' };
    };
    expect(reportMarkdown(...report({}, found))).toContain('found done, so nothing was sent: reseed.');
    expect(reportMarkdown(...passed())).not.toContain('found done');
  });

  it.each([
    [0, undefined],
    [1, '1 canary write of orders was sent and never acknowledged: it counts neither as lost nor as kept.'],
    [2, '2 canary writes of orders were sent and never acknowledged: they count neither as lost nor as kept.'],
    [1200, '1,200 canary writes of orders were sent and never acknowledged: they count neither as lost nor as kept.'],
  ])('name the %i canary writes in doubt', (inDoubt, sentence) => {
    const [result, plan, events] = passed();
    const systems = result.systems.map((system) => ({ ...system, rpo: { ...system.rpo, inDoubt } }));
    const said = limitsOf({ ...result, systems }, plan, events).filter((text) => text.includes('acknowledged'));
    expect(said).toEqual(sentence === undefined ? [] : [sentence]);
  });

  it('name every operation without a record, whenever it ran, and those that were not over', () => {
    const text = limits({}, [
      timedAt(53_900, {
        type: 'twin.faster',
        operations: [
          { operation: 'restart', startedAt: START + 40_000, tookMs: 10_000, recordedMs: null },
          { operation: 'copy', startedAt: START + 41_000, tookMs: null, recordedMs: 20_000 },
        ],
      }),
    ]);
    expect(text).toContain(
      'restart took 10 s on the twin; nobody recorded how long it takes on Azure. Its time says nothing.',
    );
    expect(text).toContain('copy was not over on the twin when the run was judged. Its time says nothing.');
    expect(text).not.toContain('was not judged');
  });
});
