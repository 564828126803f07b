// The report for places that render Markdown: pull requests, wikis, tickets. The same facts as the page.
import { formatInstant } from '../model/clock.ts';
import { formatDuration } from '../model/duration.ts';
import type { DrillEvent } from '../model/events.ts';
import type { DrillResult, SystemResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { acceptancesOf, acceptanceText, settledProofOf } from './acceptance.ts';
import { attestationTexts } from './attestations.ts';
import { expectedLines, observedLines } from './check-words.ts';
import { provedLines } from './checks-proved.ts';
import { deviationsOf } from './deviations.ts';
import { fidelityOf } from './fidelity.ts';
import { flapTexts } from './flaps.ts';
import { INSTANTS } from './instants.ts';
import { becameText, ledgerOf } from './ledger.ts';
import { limitsOf } from './limits.ts';
import { pauseText } from './pause-text.ts';
import { peopleLog } from './people-log.ts';
import { printable, markdownText as text } from './printable.ts';
import { proofText } from './proof.ts';
import { STANDING_HEAD, standingRows } from './standing.ts';
import { recordOf, stepLog } from './step-log.ts';
import { statusWords, timeWords } from './step-words.ts';
import { stuckParts } from './stuck-text.ts';
import { actualText, headline, INSTANT_MEANINGS, objectiveText, partRows, verdictText, writesText } from './wording.ts';

/** Ends with a line feed. A pure function of its arguments: equal arguments give equal bytes. */
export function reportMarkdown(result: DrillResult, plan: Plan, events: readonly DrillEvent[]): string {
  const where = `${result.environment.kind} ${result.environment.name}`;
  return `${[
    `# ${text(plan.title)}`,
    `**${result.outcome}**: ${text(headline(result))}`,
    `Drill ${text(result.drill)}, run ${text(result.run)}, on ${text(where)}.`,
    ...section('Why', list(result.reasons)),
    ...section('Attestations', list(attestationTexts(result))),
    ...section('Accepted', list(acceptancesOf(plan, events).map(acceptanceText))),
    ...section('Objectives', objectives(result.systems)),
    ...result.systems.flatMap(systemParts),
    ...section('Child drills', children(result)),
    ...section('Disruption', disruption(plan, events)),
    ...section('Checks', checks(result)),
    ...section('Checks seen red', list(provedLines(events))),
    ...section('Steps', steps(result, events)),
    ...section('Deviations from the plan', list(deviationsOf(result, events))),
    ...section('Restoration', [
      text(proofText(settledProofOf(plan, events))),
      ...table(STANDING_HEAD, standingRows(result)),
      ...stuck(result),
    ]),
    ...section('What this run changed', ledger(plan, events)),
    ...section('Approvals', approvals(result)),
    ...section('People', people(plan, events)),
    ...section('Pauses', list(result.pauses.map(pauseText))),
    ...section('What this drill did not show', list(limitsOf(result, plan, events))),
    ...section('How to verify', [
      `README.txt beside this report has the commands. Plan digest \`${result.planDigest}\`, head of the event chain \`${result.eventsHead}\`.`,
    ]),
  ].join('\n\n')}\n`;
}

const section = (title: string, parts: readonly string[]) => (parts.length === 0 ? [] : [`## ${title}`, ...parts]);

const list = (items: readonly string[]): string[] =>
  items.length === 0 ? [] : [items.map((item) => `- ${text(item)}`).join('\n')];

/** A cell is a text, or lines of it. */
type Cell = string | readonly string[];

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return rows.length === 0
    ? []
    : [[line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cellText)))].join('\n')];
}

const cellText = (cell: Cell) => [cell].flat().map(text).join('<br/>');

function objectives(systems: readonly SystemResult[]): string[] {
  const rows = systems.flatMap(({ system, rto, rpo }) =>
    [
      { name: 'RTO', ...rto },
      { name: 'RPO', ...rpo },
    ].map((measure) => [
      system,
      measure.name,
      objectiveText(measure),
      actualText(measure),
      verdictText(measure.verdict),
      [
        ...(measure.actualMs === null ? [] : [measure.formula]),
        ...(measure.reason === undefined ? [] : [measure.reason]),
      ],
    ]),
  );
  return table(['System', 'Measure', 'Objective', 'Actual', 'Verdict', 'Formula or reason'], rows);
}

function systemParts(system: SystemResult): string[] {
  const instants = INSTANTS.map((name) => {
    const instant = system.instants[name];
    const simulated = instant?.simulated ? ' (simulated)' : '';
    return [name, INSTANT_MEANINGS[name], instant?.at ?? 'none', instant ? `${instant.source}${simulated}` : ''];
  });
  const parts = partRows(system).map(({ name, formula, value }) => [name, formula, value]);
  const writes = writesText(system);
  return section(system.system === '' ? 'System' : text(system.system), [
    ...table(['Instant', 'Meaning', 'At (UTC)', 'Source'], instants),
    ...table(['Part', 'Formula', 'Duration'], parts),
    ...(writes === undefined ? [] : [`Canary writes: ${text(writes)}.`]),
    ...list(flapTexts(system)),
  ]);
}

function steps(result: DrillResult, events: readonly DrillEvent[]): string[] {
  const log = stepLog(events);
  return table(
    ['Phase', 'Step', 'Action', 'Status', 'Attempts', 'Started (UTC)', 'Duration'],
    result.steps.map((step) => [
      step.phase,
      step.id,
      step.action,
      statusWords(step, recordOf(log, step.id)),
      String(step.attempts),
      step.startedAt ?? '',
      timeWords(step, recordOf(log, step.id)) ?? '',
    ]),
  );
}

const children = (result: DrillResult) =>
  table(
    ['Drill', 'Run', 'Outcome', 'SHA-256 of its SHA256SUMS'],
    (result.children ?? []).map(({ drill, run, outcome, digest }) => [
      drill,
      run,
      outcome,
      digest ?? 'no evidence that verifies',
    ]),
  );

const checks = (result: DrillResult) =>
  table(
    ['Check', 'Expected', 'Observed', 'Verdict'],
    result.checks.map(({ id, expected, observed, passed }) => [
      id,
      expectedLines(expected),
      observedLines(observed),
      passed ? 'passed' : 'failed',
    ]),
  );

const approvals = (result: DrillResult) =>
  table(
    ['Role', 'By', 'Decision', 'At (UTC)', 'How'],
    result.approvals.map(({ role, as, decision, at, verified, automatic, expired }) => [
      role,
      as,
      expired ? `${decision}, expired` : decision,
      at,
      automatic ? 'automatic' : verified ? 'verified' : 'not verified',
    ]),
  );

const disruption = (plan: Plan, events: readonly DrillEvent[]) =>
  table(
    ['Resource', 'Means', 'Step', 'ARM id'],
    fidelityOf(plan, events).map(({ name, means, step, resource }) => [name, means, step, resource]),
  );

const ledger = (plan: Plan, events: readonly DrillEvent[]) =>
  table(
    ['Step', 'Did', 'Resource', 'Sent (UTC)', 'Afterwards', 'Request ids'],
    ledgerOf(plan, events).map((row) => [
      row.step,
      row.did,
      row.resource ?? '',
      formatInstant(row.at),
      becameText(row),
      row.requests,
    ]),
  );

const people = (plan: Plan, events: readonly DrillEvent[]) =>
  table(
    ['Asked for', 'Answered by', 'Answer', 'At (UTC)', 'Waited'],
    peopleLog(plan, events).map(({ what, as, answer, from, until }) => [
      what,
      as,
      answer,
      formatInstant(until),
      formatDuration(until - from),
    ]),
  );

/** Commands are indented code: nothing in them is read as mark-up. */
const stuck = (result: DrillResult): string[] =>
  stuckParts(result).flatMap(({ state, commands }) => [
    text(state),
    commands.map((command) => `    ${printable(command)}`).join('\n'),
  ]);
