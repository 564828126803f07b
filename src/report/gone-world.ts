import { lastOf } from './event-log.ts';
import type { RunFacts } from './run-facts.ts';

/**
 * A twin that came up after the baseline was never disrupted: what is seen on it proves nothing about the one that was, and what that one did
 * in which time nobody can ask any more. Undefined: the run had one world all along, or none is on record.
 */
export function goneWorld({
  events,
}: Pick<RunFacts, 'events'>): { readonly known: string; readonly other: string } | undefined {
  const baseline = events.findIndex((event) => event.type === 'baseline.finished' && event.held);
  if (baseline === -1) return undefined;
  const known = lastOf(events.slice(0, baseline), 'world.entered')?.identity;
  const other = events.slice(baseline).find((event) => event.type === 'world.entered' && event.identity !== known);
  return known === undefined || other?.type !== 'world.entered' ? undefined : { known, other: other.identity };
}
