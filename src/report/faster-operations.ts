// Operations of a twin that ran faster than Azure's do: whose time they are, and what they leave of it.
import { sameResource } from '../model/resource-id.ts';
import { eventsOf } from './event-log.ts';
import { seconds } from './formula.ts';
import type { RunFacts } from './run-facts.ts';

/** An operation of a twin that ran faster than any recorded one, or (a null) of which nobody can say that it did not. */
export interface FasterOperation {
  readonly operation: string;
  /** ARM id of what it changed; undefined in journals of earlier versions. */
  readonly resource?: string | undefined;
  readonly startedAt: number;
  readonly tookMs: number | null;
  readonly recordedMs: number | null;
}

/** Operations of a twin that ran faster than recorded, or that have no record, and were under way between two instants. */
export function fasterWithin(
  { events }: Pick<RunFacts, 'events'>,
  from: number,
  to: number,
): readonly FasterOperation[] {
  return eventsOf(events, 'twin.faster')
    .flatMap(({ operations }) => operations)
    .filter(({ startedAt, tookMs }) => startedAt <= to && (tookMs === null || startedAt + tookMs >= from));
}

/**
 * False for an operation on a resource that only steps of other systems write, in disruption and recovery, and no canary of this system:
 * its time is none of this system's. What nobody says whose it is concerns every system.
 */
export function concerns({ plan }: Pick<RunFacts, 'plan'>, system: string, { resource }: FasterOperation): boolean {
  if (resource === undefined) return true;
  const writes = (ids: readonly string[] = []) => ids.some((id) => sameResource(id, resource));
  const writers = plan.steps.filter(
    (step) =>
      (step.phase === 'recovery' || step.phase === 'disruption') && (writes(step.writes) || writes(step.creates)),
  );
  const canaries = plan.canaries.filter((canary) => canary.system === system && writes(canary.writes));
  const isOthers = writers.length > 0 && writers.every((step) => (step.system ?? system) !== system);
  return !isOthers || canaries.length > 0 || isWaitedFor(plan, system, new Set(writers.map(({ id }) => id)));
}

/** A step of this system, or of none, that needs one of these steps waits for their time. */
function isWaitedFor({ steps }: RunFacts['plan'], system: string, writers: ReadonlySet<string>): boolean {
  const waiting = new Set(writers);
  // In plan order what a step needs stands before it; a needs that leads back is found in the next round.
  for (let size = -1; size !== waiting.size; ) {
    size = waiting.size;
    for (const { id, needs } of steps) if (needs.some((need) => waiting.has(need))) waiting.add(id);
  }
  return steps.some(({ id, system: owner }) => waiting.has(id) && !writers.has(id) && (owner ?? system) === system);
}

/** True when Azure would have taken as long or longer, for all that the record knows of it. */
export const isSlowerStill = (listed: readonly FasterOperation[]): boolean =>
  listed.every(({ tookMs, recordedMs }) => tookMs !== null && recordedMs !== null);

/** Undefined when there are none. */
export function whyCompressed(listed: readonly FasterOperation[]): string | undefined {
  const faster = listed.flatMap(({ operation, tookMs, recordedMs }) =>
    tookMs === null || recordedMs === null
      ? []
      : [`${operation} took ${seconds(tookMs)} (recorded are ${seconds(recordedMs)})`],
  );
  const unknown = listed.flatMap(({ operation, tookMs, recordedMs }) => {
    if (tookMs === null) return [`${operation} was not over when the run was judged`];
    return recordedMs === null ? [`${operation} took ${seconds(tookMs)}`] : [];
  });
  const reasons = [
    ...named('operations of the twin ran faster than recorded', faster),
    ...named('operations of the twin cannot be compared with a record', unknown),
  ];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

const named = (what: string, operations: readonly string[]): readonly string[] =>
  operations.length === 0 ? [] : [`${what}: ${operations.join(', ')}`];
