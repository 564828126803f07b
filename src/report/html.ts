// report.html: one self-contained page for the people who must act on the drill. No script, no outside resource.
import { formatInstant } from '../model/clock.ts';
import type { DrillEvent } from '../model/events.ts';
import type { Outcome } from '../model/phase.ts';
import type { DrillResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { acceptancesOf, acceptanceText, settledProofOf } from './acceptance.ts';
import { attestationTexts, disagreements } from './attestations.ts';
import { provedLines } from './checks-proved.ts';
import { deviationsOf } from './deviations.ts';
import { firstOf } from './event-log.ts';
import { fidelityOf } from './fidelity.ts';
import { ledgerOf } from './ledger.ts';
import { limitsOf } from './limits.ts';
import { html, type Markup } from './markup.ts';
import {
  approvalTable,
  checkTable,
  childTable,
  disruptionTable,
  ledgerTable,
  list,
  type PageTone,
  peopleTable,
  restorationPart,
  section,
  stepTable,
  systemSection,
} from './page-parts.ts';
import { PAGE_STYLE } from './page-style.ts';
import { pauseText } from './pause-text.ts';
import { peopleLog } from './people-log.ts';
import { timelineOf } from './timeline.ts';
import { timelineSvg } from './timeline-svg.ts';
import { headline } from './wording.ts';

const OUTCOME_TONES: Readonly<Record<Outcome, PageTone>> = {
  passed: 'good',
  inconclusive: 'doubt',
  'not-ready': 'doubt',
  failed: 'bad',
  aborted: 'bad',
  stuck: 'bad',
};

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  passed: '✓ Passed',
  inconclusive: '? Inconclusive',
  'not-ready': '– Not ready',
  failed: '✗ Failed',
  aborted: '✗ Aborted',
  stuck: '! Stuck',
};

/** A pure function of its arguments: equal arguments give equal bytes, so an auditor can make it again and compare. */
export function reportHtml(result: DrillResult, plan: Plan, events: readonly DrillEvent[]): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${plan.title}: ${result.outcome}</title>
<style>${STYLE}</style>
</head>
<body><div class="page">
${head(result, plan, events)}
<main>
${section('Why', result.reasons.length > 1 ? list(result.reasons) : html``)}
${section('Attestations', list(attestationTexts(result)))}
${section('Accepted', list(acceptancesOf(plan, events).map(acceptanceText)))}
${result.systems.map(systemSection)}
${section('Timeline', timelinePart(result, plan, events))}
${section('Child drills', childTable(result))}
${section('Disruption', disruptionTable(fidelityOf(plan, events)))}
${section('Checks', checkTable(result, plan))}${section('Checks seen red', list(provedLines(events)))}
${section('Steps', stepTable(result, plan, events))}
${section('Deviations from the plan', list(deviationsOf(result, events)))}
${section('Restoration', restorationPart(settledProofOf(plan, events), result))}
${section('What this run changed', ledgerTable(ledgerOf(plan, events)))}
${section('Approvals', approvalTable(result))}
${section('People', peopleTable(peopleLog(plan, events)))}
${section('Pauses', list(result.pauses.map(pauseText)))}
${section('What this drill did not show', list(limitsOf(result, plan, events)))}
${section('How to verify', verifyPart(result))}
</main>
<footer>Made from the events of run ${result.run} by ${firstOf(events, 'run.opened')?.tool ?? 'an unnamed tool'}; nothing else went into it.</footer>
</div></body>
</html>
`;
  return page.markup;
}

/** The only text that is ours and must not be escaped: a style sheet has no entities. */
const STYLE: Markup = { markup: PAGE_STYLE };

function head(result: DrillResult, plan: Plan, events: readonly DrillEvent[]): Markup {
  const opened = firstOf(events, 'run.opened');
  const place =
    result.environment.kind === 'twin'
      ? `the twin ${result.environment.name}, a local stand-in for Azure`
      : `Azure ${result.environment.name}`;
  const when = opened
    ? `${formatInstant(opened.at).slice(0, 16).replace('T', ' ')} UTC, asked for by ${opened.requestedBy}`
    : '';
  return html`<header><h1>${plan.title}</h1>
<p class="quiet">Disaster recovery drill <code>${result.drill}</code>, run <code>${result.run}</code>, on ${place}.<br/>${when}</p>
<div class="verdict ${OUTCOME_TONES[result.outcome]}"><strong>${OUTCOME_WORDS[result.outcome]}</strong><p>${headline(result)}</p>${disagreements(result).map((text) => html`<p>${text}</p>`)}</div></header>`;
}

const LEGEND = [
  ['--good', 'healthy, kept, within the objective'],
  ['--bad', 'failing, lost, beyond the objective'],
  ['--doubt', 'never acknowledged, or nobody can tell'],
  ['--work', 'a step is done'],
  ['--undo', 'a step is undone'],
] as const;

function timelinePart(result: DrillResult, plan: Plan, events: readonly DrillEvent[]): Markup {
  const timeline = timelineOf(result, plan, events);
  if (timeline === undefined) return html``;
  return html`<figure>${timelineSvg(timeline, 'timeline')}</figure>
<ul class="legend">${LEGEND.map(([colour, words]) => html`<li><i style="--swatch:var(${colour})"></i>${words}</li>`)}</ul>`;
}

const verifyPart = ({
  planDigest,
  eventsHead,
}: DrillResult): Markup => html`<p>This page is one file of an evidence package. Its README.txt has the commands: standard tools check digests and signature, <code>drillmaster verify</code> makes result and reports again from the events and compares them. The public key must reach you by another way than the package.</p>
<dl><dt>plan digest (SHA-256)</dt><dd><code>${planDigest}</code></dd><dt>head of the event chain (SHA-256)</dt><dd><code>${eventsHead}</code></dd></dl>`;
