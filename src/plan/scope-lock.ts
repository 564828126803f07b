// Whoever runs a drill holds its scope: what it may write to or disturb, by resource id, until its run is closed and restored.
import { formatInstant } from '../model/clock.ts';
import { type Footed, sharedResource } from './footprint.ts';

/** The looks at others that a run has behind it: none, the one of its preflight, and the one before it disrupts anything. */
export type Passed = 0 | 1 | 2;

/** Another run that is not closed, or was closed stuck. */
export interface OtherRun {
  readonly run: string;
  readonly plan: Footed;
  /** Epoch ms. */
  readonly openedAt: number;
  readonly requestedBy: string;
  /** Opened before the run that asks; of two that were opened at the same instant, the first by name. */
  readonly isEarlier: boolean;
  readonly passed: Passed;
  readonly state:
    | { readonly kind: 'driven'; readonly pid: number }
    | { readonly kind: 'paused'; readonly as: string; readonly at: number }
    | { readonly kind: 'interrupted' }
    /** Its journal cannot be read: nobody can tell how far it came. */
    | { readonly kind: 'unreadable'; readonly why: string }
    | { readonly kind: 'stuck' };
}

/**
 * What the others hold of what `plan` may touch, one finding each. `gate` is the look that is made: 0 at the preflight, 1 right before anything is
 * disrupted. Two that began at the same instant both see each other: the earlier one goes on. A later one that is ahead all the same, because
 * it looked before the other was on record, is never overtaken.
 */
export function heldByOthers(plan: Footed, others: readonly OtherRun[], gate: 0 | 1): readonly string[] {
  return others.flatMap((other) => {
    if (!goesFirst(other, gate)) return [];
    const resource = sharedResource(plan, other.plan);
    return resource === undefined ? [] : [finding(other, resource)];
  });
}

const goesFirst = ({ isEarlier, passed, state }: OtherRun, gate: 0 | 1): boolean =>
  state.kind === 'stuck' || state.kind === 'unreadable' || passed > gate || (isEarlier && passed === gate);

function finding({ run, openedAt, requestedBy, state }: OtherRun, resource: string): string {
  const since = `since ${formatInstant(openedAt)}`;
  if (state.kind === 'stuck')
    return `run ${run} ended stuck, and what it did to ${resource} may still stand, ${since}: drillmaster restore ${run} restores what is left, drillmaster accept ${run} RESOURCE takes one thing as it stands`;
  return `run ${run} has not ended and may write to or disturb ${resource}: ${requestedBy} holds it ${since}, and ${whatNow(run, state)}`;
}

function whatNow(run: string, state: Exclude<OtherRun['state'], { readonly kind: 'stuck' }>): string {
  const end = `drillmaster abort ${run} restores and ends it`;
  if (state.kind === 'driven') return `process ${state.pid} drives it; ${end}`;
  if (state.kind === 'unreadable') return `its journal cannot be read (${state.why})`;
  const goOn = `drillmaster resume ${run} goes on with it, ${end}`;
  if (state.kind === 'interrupted') return `nobody drives it any more; ${goOn}`;
  return `${state.as} paused it at ${formatInstant(state.at)}; ${goOn}`;
}
