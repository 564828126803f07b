// The summary that a terminal shows when a run has ended: plain, calm, at most 80 columns.

import type { DrillEvent } from '../model/events.ts';
import type { DrillResult, SystemResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { acceptancesOf, acceptanceText, settledProofOf } from './acceptance.ts';
import { attestationTexts } from './attestations.ts';
import { expectedLines, observedLines } from './check-words.ts';
import { provedLines } from './checks-proved.ts';
import { childText } from './children.ts';
import { deviationsOf } from './deviations.ts';
import { flapTexts } from './flaps.ts';
import { INSTANTS } from './instants.ts';
import { ledgerOf, ledgerText } from './ledger.ts';
import { limitsOf } from './limits.ts';
import { pauseText } from './pause-text.ts';
import { printable } from './printable.ts';
import { proofText } from './proof.ts';
import { recordOf, type StepRecord, stepLog } from './step-log.ts';
import { statusWords, timeWords } from './step-words.ts';
import { type StuckPart, stuckParts } from './stuck-text.ts';
import { actualText, headline, INSTANT_MEANINGS, objectiveText, partRows, verdictText, writesText } from './wording.ts';

const COLUMNS = 80;

/** Lines without a final line feed. Nothing of it can steer the terminal. */
export function summaryText(result: DrillResult, plan: Plan, events: readonly DrillEvent[]): string {
  const where = `${result.drill} on ${result.environment.kind === 'twin' ? 'the twin' : 'Azure'} ${result.environment.name}`;
  return [
    ...wrap(`${result.outcome.toUpperCase()}  ${plan.title}`, 0),
    ...wrap(`${where}, run ${result.run}`, 0),
    '',
    ...wrap(headline(result), 0),
    ...section('Why', result.reasons.length > 1 ? result.reasons : []),
    ...section('Attestations', attestationTexts(result)),
    ...section('Accepted', acceptancesOf(plan, events).map(acceptanceText)),
    ...result.systems.flatMap(systemLines),
    ...section('Child drills', (result.children ?? []).map(childText)),
    ...section('Checks', result.checks.map(checkLine)),
    ...section('Checks seen red', provedLines(events)),
    ...section('Steps', stepLines(result, events)),
    ...section('Deviations', deviationsOf(result, events)),
    ...section('Restoration', [proofText(settledProofOf(plan, events)), ...stuckParts(result).flatMap(stuckLines)]),
    ...section('What this run changed (UTC)', ledgerOf(plan, events).map(ledgerText)),
    ...section('Pauses', result.pauses.map(pauseText)),
    ...section('Not shown', limitsOf(result, plan, events)),
  ].join('\n');
}

function systemLines(system: SystemResult): string[] {
  const { rto, rpo, instants } = system;
  const parts = partRows(system).map(({ name, value }) => `${name} ${value}`);
  const times = INSTANTS.flatMap((name) => {
    const instant = instants[name];
    return instant === null ? [] : [`${name} ${instant.at.slice(11, 23)} ${INSTANT_MEANINGS[name]}`];
  });
  return [
    '',
    printable(system.system),
    ...measureLines('RTO', rto, [parts.join(', ')]),
    ...measureLines('RPO', rpo, [writesText(system)]),
    ...flapTexts(system).flatMap((text) => wrap(`  ${text}`, 4)),
    ...(times.length > 0 ? wrap(`  ${times.join(', ')} (UTC)`, 2) : []),
  ];
}

function measureLines(
  name: string,
  measure: SystemResult['rto'] | SystemResult['rpo'],
  more: readonly (string | undefined)[],
): string[] {
  const head = `  ${name}  ${verdictText(measure.verdict).padEnd(13)} ${(measure.actualMs === null ? '' : actualText(measure)).padEnd(24)} objective ${objectiveText(measure)}`;
  const notes = [measure.actualMs === null ? undefined : measure.formula, measure.reason, ...more];
  return [head, ...notes.flatMap((note) => (note === undefined ? [] : wrap(`       ${note}`, 7)))];
}

const checkLine = ({ id, passed, expected, observed }: DrillResult['checks'][number]) =>
  `${passed ? 'passed    ' : 'NOT PASSED'}  ${id}: expected ${withTimes(expected)}, observed ${observedLines(observed).join('; ')}`;

function withTimes(expected: string): string {
  const [expression = '', ...times] = expectedLines(expected);
  return times.length === 0 ? expression : `${expression} (${times.join('; ')})`;
}

function stepLines({ steps }: DrillResult, events: readonly DrillEvent[]): readonly string[] {
  const log = stepLog(events);
  return steps.map((step) => {
    const { id, phase, attempts } = step;
    const tries = attempts > 1 ? `, ${attempts} attempts` : '';
    return `${phase.padEnd(13)}${id.padEnd(30)} ${outcomeWords(step, recordOf(log, id))}${tries}`;
  });
}

/** `done in 5.1 s, undone in 2.9 s`; `succeeded, 145 ms`. */
function outcomeWords(step: DrillResult['steps'][number], record: StepRecord): string {
  const time = timeWords(step, record);
  const words = statusWords(step, record);
  if (time === undefined) return words;
  const [done, isUndone] = words.split(' and ');
  if (isUndone !== undefined) return `${done} in ${time}`;
  return step.status === 'undone' ? time : `${words}, ${time}`;
}

const stuckLines = ({ state, commands }: StuckPart) => [state, ...commands.map((command) => `  $ ${command}`)];

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.flatMap((line) => wrap(`  ${line}`, 4))];

/** Breaks a line at spaces; what has no space is left whole, so that ids and commands can be copied. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  const lead = /^ */.exec(text)?.[0] ?? '';
  for (const part of printable(text)
    .trimStart()
    .split(/(?<=\S) (?=\S)/)) {
    const start = lines.length === 0 ? lead : ' '.repeat(indent);
    if (line === '') line = start + part;
    else if (line.length + 1 + part.length <= COLUMNS) line = `${line} ${part}`;
    else {
      lines.push(line);
      line = ' '.repeat(indent) + part;
    }
  }
  return [...lines, line];
}
