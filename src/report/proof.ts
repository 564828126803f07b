// How restoration ended, told the same way in every form of the report.
import { type Comparison, compareWithBaseline, needsProof } from '../model/compare-inventory.ts';
import type { DrillEvent, EventType, InventoryItem } from '../model/events.ts';
import { sameResource } from '../model/resource-id.ts';
import { lastLook, unwell } from '../model/unwell.ts';
import { createdBySteps } from '../plan/created.ts';
import { heldToBaseline } from '../plan/held.ts';
import type { Plan } from '../plan/plan.ts';
import { lastOf, type Placed, untilEvaluation } from './event-log.ts';
import { endsWell, readingsOf } from './probe-readings.ts';
import { recordOf, stepLog } from './step-log.ts';
import { shortNames } from './wording.ts';

export interface Proof {
  readonly verdict: 'proved' | 'not proved' | 'not reached';
  readonly removed: readonly string[];
  /** What steps of this run made, by their own answer. `gone`: null when nobody looked for it afterwards. */
  readonly created: readonly { readonly id: string; readonly gone: boolean | null }[];
  readonly leftOvers: readonly string[];
  readonly differences: readonly string[];
  readonly compared: number;
}

/**
 * What cleaning removed, and what the fresh inventory says against the baseline. The claim on record is not believed: everything is compared
 * again, and the worse of the two counts.
 */
export function proofOf(plan: Plan, all: readonly DrillEvent[]): Proof {
  const events = untilEvaluation(all);
  const cleaned = lastOf(events, 'restoration.cleaned');
  const claim = freshClaim(events);
  const baseline = lastOf(events, 'baseline.finished');
  const found = claim ? comparedAgain(plan, baseline, claim) : NOTHING;
  const unhealthy = claim && baseline?.held ? unwellProbes(plan, events, cleaned?.at ?? claim.at) : [];
  const unnamed = unhealthy.filter(({ id }) => !claim?.differences.some((known) => known.startsWith(`probe ${id}: `)));
  const differences = united(claim?.differences ?? [], [...found.differences, ...unnamed.map(({ what }) => what)]);
  const standing = united(claim?.leftOvers ?? [], found.leftOvers);
  const isProved = claim?.proved === true && differences.length === 0 && standing.length === 0;
  return {
    verdict: claim === undefined ? 'not reached' : isProved ? 'proved' : 'not proved',
    removed: cleaned?.removed ?? [],
    created: createdOnRecord(plan, events, claim?.inventory ?? []),
    leftOvers: united(cleaned?.leftOvers ?? [], standing),
    differences,
    compared: baseline?.inventory.length ?? 0,
  };
}

/** A proof shows what stood when it was made: whatever restoration did after it is not proved by it. */
function freshClaim(events: readonly DrillEvent[]): Placed<'restoration.proved'> | undefined {
  const claim = events.findLastIndex(({ type }) => type === 'restoration.proved');
  const isLater = events.some((event, index) => index > claim && isAct(event));
  return claim === -1 || isLater ? undefined : lastOf(events, 'restoration.proved');
}

const ACTS: ReadonlySet<EventType> = new Set<EventType>([
  'step.started',
  'undo.started',
  'undo.succeeded',
  'undo.failed',
  'restoration.cleaned',
]);

const isAct = (event: DrillEvent) =>
  ACTS.has(event.type) || (event.type === 'run.reopened' && event.for === 'restoration');

/** Cleaning is the last act of restoration: from there on a service that was well at the baseline must be well as long as it was then. */
const unwellProbes = ({ probes, baselineMs }: Plan, events: readonly DrillEvent[], from: number) =>
  probes.flatMap(({ id, everyMs }) => {
    const readings = readingsOf(events, id);
    return endsWell(readings, { everyMs, from, ms: baselineMs })
      ? []
      : [{ id, what: unwell(id, baselineMs, ' after restoration', lastLook(readings.at(-1))) }];
  });

function createdOnRecord({ steps }: Plan, events: readonly DrillEvent[], fresh: readonly InventoryItem[]) {
  const log = stepLog(events);
  const made = steps.filter(({ id }) => recordOf(log, id).sent && recordOf(log, id).ended === 'succeeded');
  return made.flatMap(({ creates = [] }) =>
    creates.map((id) => {
      const seen = fresh.find((item) => sameResource(item.id, id));
      return { id, gone: seen === undefined ? null : seen.facts['present'] === false };
    }),
  );
}

type Told = Pick<Comparison, 'differences' | 'leftOvers'>;
const NOTHING: Told = { differences: [], leftOvers: [] };

const united = (some: readonly string[], more: readonly string[]) => [...new Set([...some, ...more])];

function comparedAgain(
  plan: Plan,
  baseline: Placed<'baseline.finished'> | undefined,
  { inventory, differences }: Placed<'restoration.proved'>,
): Told {
  if (inventory !== undefined || !needsProof(baseline))
    return compareWithBaseline(baseline, inventory ?? [], heldToBaseline(plan), createdBySteps(plan));
  // A proof that could not read the inventory says so itself.
  return differences.length > 0
    ? NOTHING
    : { differences: ['the inventory of the proof is not on record'], leftOvers: [] };
}

/** What the proof came to, and by name what was created and removed: one sentence each. */
export function proofText({
  verdict,
  compared,
  removed,
  created,
  leftOvers,
  differences,
}: Omit<Proof, 'verdict'> & { readonly verdict: string }): string {
  const names = [...createdText(created), ...removedText(removed, created.length > 0)];
  if (verdict === 'not reached') return ['Restoration was not reached or not proved.', ...names].join(' ');
  const items = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const found = `${items(differences.length, 'difference')}, ${items(leftOvers.length, 'left-over')}`;
  return [
    `Restoration was ${verdict}: ${items(compared, 'resource')} compared with the baseline, ${found}.`,
    ...names,
  ].join(' ');
}

function createdText(created: Proof['created']): readonly string[] {
  const sentence = (words: string, gone: boolean | null) => {
    const names = created.filter((item) => item.gone === gone).map(({ id }) => nameWithType(id));
    return names.length === 0 ? [] : [`${words}: ${names.join(', ')}.`];
  };
  return [
    ...sentence('Created and removed again', true),
    ...sentence('Created and still there', false),
    ...sentence('Created, and nobody looked whether it is gone', null),
  ];
}

const removedText = (removed: readonly string[], also: boolean): readonly string[] =>
  removed.length === 0 ? [] : [`${also ? 'Also removed' : 'Removed'}: ${removed.map(shortNames).join(', ')}.`];

/** `orders-db-restored (flexibleServers)`. */
const nameWithType = (id: string) => id.split('/').slice(-2).toReversed().join(' (').concat(')');
