// The sentences that every form of the report shares. Plain text: each form escapes at its own border.
import { formatDuration } from '../model/duration.ts';
import type { DrillResult, SystemResult, Verdict } from '../model/result.ts';
import { clockParts } from './clock-parts.ts';
import { count } from './formula.ts';

/** The verdict in one sentence that needs no other knowledge. */
export function headline(result: DrillResult): string {
  const [reason = 'no reason on record', ...others] = result.reasons;
  const why = `${shortNames(reason)}${others.length > 0 ? ` (and ${others.length} more)` : ''}`;
  switch (result.outcome) {
    case 'passed':
      return `The drill passed${acceptedText(result)}: ${childrenPassed(result) ?? result.systems.map(achieved).join('; ')}.`;
    case 'failed':
      return `The drill failed: ${why}.`;
    case 'inconclusive':
      return `The drill proved neither success nor failure: ${why}.`;
    case 'aborted':
      return `The drill was stopped before its end: ${why}.`;
    case 'stuck':
      return `The drill is stuck and needs a person: ${why}.`;
    case 'not-ready':
      return `The drill did not begin: ${why}.`;
  }
}

/** Nobody may take a run for clean in which people had to accept something. */
function acceptedText({ leftOvers, differences }: DrillResult): string {
  const accepted = [...leftOvers, ...differences].filter((item) => item.acceptedBy !== undefined).length;
  return accepted === 0 ? '' : `, with ${accepted} ${accepted === 1 ? 'thing' : 'things'} accepted`;
}

/** A sentence has no room for full ARM ids and their addresses; the name is enough, and reasons and events have them whole. */
export const shortNames = (text: string): string =>
  text.replaceAll(/(?:https?:\/\/[^\s/]+)?\/subscriptions\/[^\s,:]*\/([^\s,:/]+)/g, '$1');

/** What a drill that runs others has shown is what they have shown. */
function childrenPassed({ children = [] }: DrillResult): string | undefined {
  if (children.length === 0) return undefined;
  return `${children.map(({ drill }) => drill).join(', ')} passed, and ${children.length === 1 ? 'it has its own report' : 'each has its own report'}`;
}

function achieved({ system, rto, rpo, instants }: SystemResult): string {
  if (instants.T0 === null) return `${system} was checked, and nothing was disrupted`;
  const since = instants.T0?.simulated ? 'the decision to recover' : 'the disruption';
  const objective = (ms: number | null) => (ms === null ? '' : ` (objective ${formatDuration(ms)})`);
  const time =
    rto.actualMs === null
      ? 'was recovered in a time that was not judged'
      : `was back ${formatDuration(rto.actualMs)} after ${since}${objective(rto.objectiveMs)}`;
  if (rpo.actualMs === null) return `${system} ${time}`;
  const loss =
    rpo.lost === 0 ? 'lost no acknowledged write' : `lost the last ${formatDuration(rpo.actualMs)} of writes`;
  return `${system} ${time} and ${loss}${objective(rpo.objectiveMs)}`;
}

/** "met", "not measured": verdicts as people read them. */
export const verdictText = (verdict: Verdict): string => verdict.replace('-', ' ');

interface Numbers {
  readonly objectiveMs: number | null;
  readonly actualMs: number | null;
  readonly uncertaintyMs: number | null;
}

export const objectiveText = ({ objectiveMs }: Numbers): string =>
  objectiveMs === null ? 'none' : formatDuration(objectiveMs);

/** "42.3 s ± 270 ms", or "not measured". */
export const actualText = ({ actualMs, uncertaintyMs }: Numbers): string =>
  actualMs === null ? 'not measured' : `${formatDuration(actualMs)} ± ${formatDuration(uncertaintyMs ?? 0)}`;

/** The parts of an RTO with their own formulas: one after the other from T0 to T5, where both are on record. */
export function partRows(
  system: SystemResult,
): readonly { readonly name: string; readonly formula: string; readonly value: string }[] {
  const { detectionMs, decisionMs, technicalMs, waitingMs } = system.rto.parts;
  const value = (ms: number | null) => (ms === null ? 'unknown' : formatDuration(ms));
  const waiting = { name: 'waiting for people', formula: 'T1 to T2 by a person, and pauses', value: value(waitingMs) };
  const clock = clockParts(system).map(({ name, formula, ms }) => ({ name, formula, value: value(ms) }));
  if (clock.length > 0) return [...clock, waiting];
  return [
    { name: 'detection', formula: 'T1 − T0', value: value(detectionMs) },
    { name: 'decision', formula: 'T2 − T1', value: value(decisionMs) },
    { name: 'technical recovery', formula: 'T4 − T3', value: value(technicalMs) },
    waiting,
  ];
}

/** What the canary writes came to, one sentence; undefined when they were not counted. */
export function writesText({ rpo }: SystemResult): string | undefined {
  if (rpo.acknowledged === null || rpo.lost === null || rpo.inDoubt === null || rpo.holes === null) return undefined;
  const newest = rpo.newestSurvivor;
  const survivor = newest
    ? `, newest survivor ${newest.canary} ${newest.sequence} (acknowledged ${newest.acknowledgedAt})`
    : '';
  const counts = `${count(rpo.acknowledged)} acknowledged, ${count(rpo.lost)} lost, ${count(rpo.inDoubt)} in doubt`;
  return `${counts}, ${count(rpo.holes)} ${rpo.holes === 1 ? 'hole' : 'holes'}${survivor}`;
}

/** What each instant means; the order is that of the result. */
export const INSTANT_MEANINGS = {
  T0: 'disruption',
  T1: 'detected',
  T2: 'declared',
  T3: 'recovery started',
  T4: 'available',
  T5: 'verified',
  T6: 'accepted',
  T7: 'normal again',
} as const;
