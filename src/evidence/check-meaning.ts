// Second half of verification: do result and reports follow from the events? Made again with the same pure functions, and compared.

import { toErrorData } from '../model/errors.ts';
import type { DrillEvent } from '../model/events.ts';
import { canonicalJson, digestOf } from '../model/json.ts';
import type { Outcome } from '../model/phase.ts';
import type { DrillResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { eventsOf } from '../report/event-log.ts';
import { reportHtml } from '../report/html.ts';
import { reportMarkdown } from '../report/markdown.ts';
import { evaluateRun } from '../report/outcome.ts';
import { printable } from '../report/printable.ts';
import { makeResult, resultText } from '../report/result.ts';
import { createKernel, MACHINE_VERSION } from '../statechart/index.ts';
import type { Finding } from './finding.ts';
import { makePredicate, type Statement } from './statement.ts';

interface Meaning {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly statement: Statement;
  readonly events: readonly DrillEvent[];
}

/** Only for bytes that are known to be signed: what stands in them may still be untrue, and is held to the events here. */
export function checkMeaning(meaning: Meaning): readonly Finding[] {
  const text = textOf(meaning, 'plan.json');
  const [opened] = meaning.events;
  if (opened?.type !== 'run.opened')
    return [
      {
        code: 'chain-broken',
        file: 'events.jsonl',
        line: 1,
        detail: 'line 1: expected run.opened, found another event',
      },
    ];
  try {
    const plan = JSON.parse(text) as Plan;
    if (canonicalJson(plan) !== text || digestOf(plan) !== opened.planDigest)
      return [
        {
          code: 'plan-differs',
          file: 'plan.json',
          detail: `expected the plan of digest ${opened.planDigest}, found another`,
        },
      ];
    const { machine = 1, tool } = opened;
    return machine === MACHINE_VERSION ? checkAgainst(meaning, plan, tool) : [machineDiffers(machine, tool)];
  } catch (thrown) {
    const { code, message } = toErrorData(thrown);
    return [
      {
        code: 'result-differs',
        file: 'result.json',
        detail: `no result follows from plan and events: ${printable(message)} (${code})`,
      },
    ];
  }
}

/** Another machine may follow the same events to another end: nobody can say with this one whether the result follows from them. */
const machineDiffers = (machine: number, tool: string): Finding => ({
  code: 'machine-differs',
  file: 'events.jsonl',
  line: 1,
  detail: `line 1: expected a run of machine version ${MACHINE_VERSION}, found version ${machine} of ${printable(tool)}: digests, chain and signature were checked; whether the result follows from the events, that program can tell`,
});

function checkAgainst(meaning: Meaning, plan: Plan, tool: string): readonly Finding[] {
  const { events, statement } = meaning;
  const kernel = createKernel(plan);
  const result = makeResult(plan, kernel, events, statement.predicate.eventsHead);
  return [
    ...wrongStatement(statement, result, tool),
    ...wrongOutcomes(events, outcomesOf(plan, events)),
    ...compared(meaning, 'result.json', 'result-differs', resultText(result)),
    ...compared(meaning, 'report.html', 'report-differs', reportHtml(result, plan, events)),
    ...compared(meaning, 'report.md', 'report-differs', reportMarkdown(result, plan, events)),
  ];
}

const textOf = ({ files }: Meaning, name: string) => files.get(name)?.toString('utf8') ?? '';

function wrongStatement({ predicate }: Statement, result: DrillResult, tool: string): readonly Finding[] {
  const expected = canonicalJson(makePredicate(result, tool));
  if (canonicalJson(predicate) === expected) return [];
  return [
    {
      code: 'statement-differs',
      file: 'attestation.dsse.json',
      detail: `expected the facts ${expected}, found others`,
    },
  ];
}

/** What follows for each end of the run: one that was taken up again was judged each time from what stood on record then. */
function outcomesOf(plan: Plan, events: readonly DrillEvent[]): readonly Outcome[] {
  const ends = [...eventsOf(events, 'run.reopened').map((event) => events.indexOf(event)), events.length];
  return ends.map((end) => evaluateRun(plan, createKernel(plan), events.slice(0, end)).outcome);
}

/** A run that was judged says so in its events; what it said must be what follows. The record ends with its last end. */
function wrongOutcomes(events: readonly DrillEvent[], outcomes: readonly Outcome[]): readonly Finding[] {
  const reopened = eventsOf(events, 'run.reopened').map((event) => events.indexOf(event));
  const said = [...eventsOf(events, 'evaluation.finished'), ...eventsOf(events, 'run.closed')];
  const outcomeAt = (index: number) => outcomes[reopened.filter((at) => at < index).length];
  const findings = said
    .filter((event) => event.outcome !== outcomeAt(events.indexOf(event)))
    .map((event): Finding => {
      const line = events.indexOf(event) + 1;
      const outcome = outcomeAt(line - 1);
      const detail = `line ${line}: expected the outcome ${outcome} that follows from the events, found ${event.outcome}`;
      return { code: 'outcome-differs', file: 'events.jsonl', line, detail };
    });
  if (events.at(-1)?.type === 'run.closed') return findings;
  return [
    ...findings,
    {
      code: 'outcome-differs',
      file: 'events.jsonl',
      detail: 'expected events of a run that ended, found none that closes it',
    },
  ];
}

function compared(
  meaning: Meaning,
  file: string,
  code: 'result-differs' | 'report-differs',
  expected: string,
): readonly Finding[] {
  const found = textOf(meaning, file);
  return found === expected
    ? []
    : [{ code, file, detail: `does not follow from the events: ${firstDifference(expected, found)}` }];
}

const SHOWN_CHARACTERS_MAX = 100;

function firstDifference(expected: string, found: string): string {
  const [wanted, seen] = [expected.split('\n'), found.split('\n')];
  const index = wanted.findIndex((line, at) => line !== seen[at]);
  const line = index === -1 ? wanted.length : index;
  const cut = (text: string | undefined) =>
    text === undefined ? 'nothing' : `"${printable(text.trim()).slice(0, SHOWN_CHARACTERS_MAX)}"`;
  return `line ${line + 1}: expected ${cut(wanted[line])}, found ${cut(seen[line])}`;
}
