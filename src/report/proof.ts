// How restoration ended, told the same way in every form of the report.
import type { DrillEvent } from '../model/events.ts';
import { lastOf } from './event-log.ts';

export interface Proof {
  readonly verdict: 'proved' | 'not proved' | 'not reached';
  readonly removed: readonly string[];
  readonly leftOvers: readonly string[];
  readonly differences: readonly string[];
  readonly compared: number;
}

/** What cleaning removed, and what the fresh inventory said against the baseline. */
export function proofOf(events: readonly DrillEvent[]): Proof {
  const cleaned = lastOf(events, 'restoration.cleaned');
  const proved = lastOf(events, 'restoration.proved');
  const leftOvers = [...new Set([...(cleaned?.leftOvers ?? []), ...(proved?.leftOvers ?? [])])];
  return {
    verdict: proved === undefined ? 'not reached' : proved.proved ? 'proved' : 'not proved',
    removed: cleaned?.removed ?? [],
    leftOvers,
    differences: proved?.differences ?? [],
    compared: lastOf(events, 'baseline.finished')?.inventory.length ?? 0,
  };
}

/** One sentence. */
export function proofText({ verdict, compared, removed, leftOvers, differences }: Proof): string {
  if (verdict === 'not reached') return 'Restoration was not reached or not proved.';
  const items = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const found = `${items(differences.length, 'difference')}, ${items(leftOvers.length, 'left-over')}`;
  return `Restoration was ${verdict}: ${items(compared, 'resource')} compared with the baseline, ${found}; ${items(removed.length, 'item')} removed.`;
}
