// The sections of report.html below its verdict.

import { formatInstant } from '../model/clock.ts';
import { formatDuration } from '../model/duration.ts';
import type { DrillEvent } from '../model/events.ts';
import type { DrillResult, SystemResult, Verdict } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import type { SettledProof } from './acceptance.ts';
import { expectedLines, observedLines } from './check-words.ts';
import { clockBar, swatch } from './clock-bar.ts';
import type { HitResource } from './fidelity.ts';
import { flapTexts } from './flaps.ts';
import { INSTANTS } from './instants.ts';
import { becameText, type LedgerRow } from './ledger.ts';
import { html, type Markup } from './markup.ts';
import type { PeopleEntry } from './people-log.ts';
import { proofText } from './proof.ts';
import { STANDING_HEAD, standingRows } from './standing.ts';
import { recordOf, type StepRecord, stepLog } from './step-log.ts';
import { statusWords, timeWords } from './step-words.ts';
import { stuckParts } from './stuck-text.ts';
import { INSTANT_MEANINGS, objectiveText, partRows, verdictText, writesText } from './wording.ts';

export type PageTone = 'good' | 'bad' | 'doubt';

const VERDICT_TONES: Readonly<Record<Verdict, PageTone>> = {
  met: 'good',
  missed: 'bad',
  inconclusive: 'doubt',
  'not-measured': 'doubt',
};

const pill = (tone: PageTone, words: string) => html`<span class="pill ${tone}">${words}</span>`;

/** RTO and RPO of a system: the number, what it is held against, how it was made. */
export const systemSection = (system: SystemResult): Markup => html`<section><h2>${system.system}</h2>
<div class="cards">${measureCard('Recovery time (RTO)', system.rto, html`${clockBar(system)}${partsList(system)}`)}${measureCard('Recovery point (RPO)', system.rpo, writesLine(system))}</div>
${list(flapTexts(system))}${instantTable(system)}</section>
`;

function measureCard(name: string, measure: SystemResult['rto'] | SystemResult['rpo'], more: Markup): Markup {
  const { actualMs, uncertaintyMs, verdict, reason, formula } = measure;
  const number =
    actualMs === null
      ? html`<small>not measured</small>`
      : html`${formatDuration(actualMs)} <small>± ${formatDuration(uncertaintyMs ?? 0)}</small>`;
  return html`<article class="card"><header><h3>${name}</h3>${pill(VERDICT_TONES[verdict], verdictText(verdict))}</header>
<p class="number">${number}</p><p class="quiet">Objective: ${objectiveText(measure)}</p>
<p class="formula">${formula}</p>${reason === undefined ? undefined : html`<p>${reason}</p>`}${more}</article>
`;
}

const partsList = (system: SystemResult) =>
  html`<dl>${partRows(system).map(({ name, formula, value }, index) => html`<dt>${swatch(system, index)}${name} <span class="formula">${formula}</span></dt><dd>${value}</dd>`)}</dl>`;

function writesLine(system: SystemResult): Markup {
  const writes = writesText(system);
  return writes === undefined ? html`` : html`<p>Canary writes: ${writes}.</p>`;
}

function instantTable({ instants }: SystemResult): Markup {
  const rows = INSTANTS.map((name) => {
    const instant = instants[name];
    const source = instant ? `${instant.source}${instant.simulated ? ' (simulated)' : ''}` : '';
    return [html`${name}`, html`${INSTANT_MEANINGS[name]}`, instant ? time(instant.at) : html`–`, html`${source}`];
  });
  return table('Instants', ['', 'Meaning', 'At (UTC)', 'Source'], rows);
}

const time = (at: string) => html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 23)}</time>`;

/** A table with a caption; the first cell of a row is its head. Empty when there are no rows. */
function table(caption: string, head: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  if (rows.length === 0) return html``;
  const body = rows.map(
    ([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
  );
  return html`<div class="wide"><table><caption>${caption}</caption><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${body}</tbody></table></div>
`;
}

/** A section, unless it would be empty. */
export const section = (title: string, content: Markup): Markup =>
  content.markup === ''
    ? content
    : html`<section><h2>${title}</h2>${content}</section>
`;

export const list = (items: readonly string[]): Markup =>
  items.length === 0 ? html`` : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

const STATUS_TONES: Readonly<Record<DrillResult['steps'][number]['status'], PageTone>> = {
  succeeded: 'good',
  undone: 'good',
  failed: 'bad',
  stuck: 'bad',
  skipped: 'doubt',
  'not-started': 'doubt',
};

export function stepTable({ steps }: DrillResult, plan: Plan, events: readonly DrillEvent[]): Markup {
  const log = stepLog(events);
  return table(
    'Every step of the plan, in its order. Of a step that was undone, the second time is that of its undo',
    ['Step', 'Phase', 'Action', 'Status', 'Attempts', 'Started (UTC)', 'Duration'],
    steps.map((step) => [
      named(plan, step.id),
      html`${step.phase}`,
      breakable(step.action),
      pill(toneOf(step, recordOf(log, step.id)), statusWords(step, recordOf(log, step.id))),
      html`${step.attempts}`,
      step.startedAt === null ? html`–` : time(step.startedAt),
      html`${timeWords(step, recordOf(log, step.id)) ?? '–'}`,
    ]),
  );
}

/** What failed did not do what it should, also when it was taken back. */
const toneOf = ({ status }: DrillResult['steps'][number], { ended }: StepRecord): PageTone =>
  status === 'undone' && ended === 'failed' ? 'bad' : STATUS_TONES[status];

export const childTable = ({ children = [] }: DrillResult): Markup =>
  table(
    'Drills that ran as steps of this one; each has its own report and evidence',
    ['Drill', 'Run', 'Outcome', 'SHA-256 of its SHA256SUMS'],
    children.map(({ drill, run, outcome, digest }) => [
      html`${drill}`,
      html`<a href="../${run}/report.html">${run}</a>`,
      pill(outcome === 'passed' ? 'good' : 'bad', outcome),
      html`${digest ?? 'no evidence that verifies'}`,
    ]),
  );

export const checkTable = ({ checks }: DrillResult, plan: Plan): Markup =>
  table(
    'What was expected after recovery, and what was observed',
    ['Check', 'Expected', 'Observed', 'Verdict'],
    checks.map(({ id, passed, expected, observed }) => [
      named(plan, id),
      lines(expectedLines(expected)),
      lines(observedLines(observed)),
      pill(passed ? 'good' : 'bad', passed ? 'passed' : 'failed'),
    ]),
  );

const lines = (texts: readonly string[]): Markup =>
  html`${texts.map((text, nth) => html`${nth === 0 ? undefined : html`<br/>`}${text}`)}`;

/** A step by its title, where it has one, with its id below. */
function named({ steps }: Plan, id: string): Markup {
  const title = steps.find((step) => step.id === id)?.title;
  return title === undefined ? html`${id}` : html`${title}<br/><span class="id">${id}</span>`;
}

/** The name of an action may be broken behind its marks, and nowhere else. */
const breakable = (name: string): Markup => html`${name.split(/(?<=[/.])/).map((part) => html`${part}<wbr/>`)}`;

export const disruptionTable = (hit: readonly HitResource[]): Markup =>
  table(
    'What was hit, and by what means',
    ['Resource', 'Means', 'Step'],
    hit.map(({ name, resource, means, step }) => [
      html`${name}<br/><span class="id">${resource}</span>`,
      html`${means}`,
      html`${step}`,
    ]),
  );

export const ledgerTable = (rows: readonly LedgerRow[]): Markup =>
  table(
    'Every request that changed something, and what became of what it did. Request ids are those of the journal and of the activity log',
    ['Step', 'Did', 'Resource', 'Sent (UTC)', 'Afterwards', 'Request ids'],
    rows.map((row) => [
      html`${row.step}`,
      html`${row.did}`,
      html`<span class="id">${row.resource ?? '–'}</span>`,
      time(formatInstant(row.at)),
      html`${becameText(row)}`,
      html`<span class="id">${lines(row.requests)}</span>`,
    ]),
  );

export const peopleTable = (entries: readonly PeopleEntry[]): Markup =>
  table(
    'What people were asked, and how long the run waited for them. Waiting is part of the recovery time and is never taken off.',
    ['Asked for', 'Answered by', 'Answer', 'At (UTC)', 'Waited'],
    entries.map(({ what, as, answer, from, until }) => [
      html`${what}`,
      html`${as}`,
      html`${answer}`,
      time(formatInstant(until)),
      html`${formatDuration(until - from)}`,
    ]),
  );

export const approvalTable = ({ approvals }: DrillResult): Markup =>
  table(
    'Permission to drill',
    ['By', 'Role', 'Decision', 'At (UTC)', 'How'],
    approvals.map(({ as, role, decision, at, automatic, verified, expired }) => [
      html`${as}`,
      html`${role}`,
      html`${expired ? `${decision}, expired` : decision}`,
      time(at),
      html`${automatic ? 'automatic' : verified ? 'verified' : 'not verified'}`,
    ]),
  );

export const restorationPart = (proof: SettledProof, result: DrillResult): Markup => html`<p>${proofText(proof)}</p>
${standingTable(result)}${stuckParts(result).map(
  ({ state, commands }) =>
    html`<h3>${state}</h3><pre>${commands.map(
      (command) => html`${command}
`,
    )}</pre>`,
)}`;

const standingTable = (result: DrillResult): Markup =>
  table(
    'What still stands, and what is not as it was',
    STANDING_HEAD,
    standingRows(result).map((cells) => cells.map((cell) => html`${cell}`)),
  );
