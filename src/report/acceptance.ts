// What people took as it stands, by name and with a reason. Their word covers what was on record when they gave it, and nothing else.
import { formatInstant } from '../model/clock.ts';
import type { DrillEvent } from '../model/events.ts';
import { sameResource } from '../model/resource-id.ts';
import type { Plan } from '../plan/plan.ts';
import { differenceOf } from './difference.ts';
import { untilEvaluation } from './event-log.ts';
import { type Proof, proofOf } from './proof.ts';

export interface Acceptance {
  readonly resource: string;
  readonly as: string;
  readonly reason: string;
  /** Epoch ms. */
  readonly at: number;
  /** The left-overs and differences that it covers, as the proof words them. Empty: nothing of that name stood, and it changes nothing. */
  readonly covers: readonly string[];
}

/** In their order. Whatever a later proof words differently is another thing, which nobody has accepted yet. */
export function acceptancesOf(plan: Plan, events: readonly DrillEvent[]): readonly Acceptance[] {
  const counted = untilEvaluation(events);
  return counted.flatMap((event, index) => {
    if (event.type !== 'resource.accepted') return [];
    const { resource, as, reason, at, covers: seen } = event;
    const then = itemsNamed(plan, counted.slice(0, index), resource).filter((text) => seen?.includes(text) ?? true);
    const standing = new Set(namedIn(proofOf(plan, counted), resource));
    return [{ resource, as, reason, at, covers: then.filter((text) => standing.has(text)) }];
  });
}

/** What accepting this name covers now: left-overs and differences, as the proof words them. */
export const itemsNamed = (plan: Plan, events: readonly DrillEvent[], name: string): readonly string[] =>
  namedIn(proofOf(plan, events), name);

/** The names that can be accepted now, each once. A difference that belongs to no resource goes by no name. */
export function acceptableNames(plan: Plan, events: readonly DrillEvent[]): readonly string[] {
  const { leftOvers, differences } = proofOf(plan, events);
  const named = differences.flatMap((text) => differenceOf(text).resource ?? []);
  return [...new Set([...leftOvers, ...named])];
}

/** The left-overs and differences of a proof that go by this name: an ARM id in any spelling, or the exact words of a left-over. */
function namedIn({ leftOvers, differences }: Pick<Proof, 'leftOvers' | 'differences'>, name: string) {
  return [
    ...leftOvers.filter((item) => item === name || sameResource(item, name)),
    ...differences.filter((text) => {
      const { resource } = differenceOf(text);
      return resource !== null && (text === name || sameResource(resource, name));
    }),
  ];
}

/** Who accepted an item first; undefined: nobody. */
const acceptanceOf = (acceptances: readonly Acceptance[], item: string): Acceptance | undefined =>
  acceptances.find(({ covers }) => covers.includes(item));

/** As result.json has it; nothing when nobody accepted the item. */
export function acceptedBy(acceptances: readonly Acceptance[], item: string) {
  const found = acceptanceOf(acceptances, item);
  return found === undefined ? {} : { acceptedBy: { as: found.as, reason: found.reason, at: formatInstant(found.at) } };
}

/** One sentence for people; an acceptance that covers nothing says so. */
export const acceptanceText = ({ resource, as, reason, at, covers }: Acceptance): string =>
  `${as} accepted ${resource} at ${formatInstant(at)}: ${reason}${covers.length > 0 ? '' : '; nothing of that name stands as it stood then, so it changes nothing'}`;

/** The proof after people had their word. */
export interface SettledProof extends Omit<Proof, 'verdict'> {
  readonly verdict: Proof['verdict'] | 'proved but for what was accepted';
  readonly acceptances: readonly Acceptance[];
  /** What nobody accepted. */
  readonly open: Pick<Proof, 'leftOvers' | 'differences'>;
}

/**
 * A proof that lacks nothing but what people accepted is one. What a claim refuses without a difference that could be named stays refused.
 */
export function settledProofOf(plan: Plan, events: readonly DrillEvent[]): SettledProof {
  const proof = proofOf(plan, events);
  const acceptances = acceptancesOf(plan, events);
  const isOpen = (item: string) => acceptanceOf(acceptances, item) === undefined;
  const open = { leftOvers: proof.leftOvers.filter(isOpen), differences: proof.differences.filter(isOpen) };
  const listed = proof.leftOvers.length + proof.differences.length;
  const isAccepted = listed > 0 && open.leftOvers.length + open.differences.length === 0;
  const isReached = proof.verdict !== 'not reached';
  return {
    ...proof,
    verdict: isAccepted && isReached ? 'proved but for what was accepted' : proof.verdict,
    acceptances,
    open,
  };
}

export const isProved = ({ verdict }: Pick<SettledProof, 'verdict'>): boolean =>
  verdict === 'proved' || verdict === 'proved but for what was accepted';
