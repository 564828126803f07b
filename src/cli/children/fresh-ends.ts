// What became of the children of a closed run since it ended: a stuck one may have been restored.
import type { JournalStore } from '../../journal/journal.ts';
import type { DrillEvent, EventOf } from '../../model/events.ts';
import type { Workspace } from '../workspace.ts';
import { childEvidence } from './child-evidence.ts';

interface Place {
  readonly workspace: Workspace;
  readonly store: JournalStore;
}

/** An end for each child run that has another outcome or another package by now than its parent's events say; none for one that is open. */
export async function freshEnds(
  place: Place,
  events: readonly DrillEvent[],
): Promise<readonly EventOf<'child.ended'>[]> {
  const known = new Map(events.flatMap((event) => (event.type === 'child.ended' ? [[event.run, event] as const] : [])));
  const fresh: EventOf<'child.ended'>[] = [];
  for (const { step, attempt, run, outcome, digest } of known.values()) {
    const record = await place.store.find(run);
    if (record === undefined || record.outcome === null) continue;
    const { why: _, ...now } = await childEvidence(place, record);
    if (now.outcome !== outcome || now.digest !== digest) fresh.push({ type: 'child.ended', step, attempt, ...now });
  }
  return fresh;
}
