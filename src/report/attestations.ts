// A person's own verdict stands beside the computed one: shown with it, and with a sentence where they disagree. It changes nothing.
import { formatInstant } from '../model/clock.ts';
import type { Outcome } from '../model/phase.ts';
import type { DrillResult } from '../model/result.ts';
import { eventsOf } from './event-log.ts';
import type { RunFacts } from './run-facts.ts';

type Attestation = DrillResult['attestations'][number];

/** In the order in which they were given; one person may give several. */
export const attestationsOf = ({ events }: Pick<RunFacts, 'events'>, outcome: Outcome): readonly Attestation[] =>
  eventsOf(events, 'attestation.given').map(({ as, role, verdict, note, at }) => ({
    as,
    role,
    verdict,
    note,
    at: formatInstant(at),
    agrees: (verdict === 'passed') === (outcome === 'passed'),
  }));

/** One sentence each; a disagreement names both verdicts. */
export const attestationText = ({ as, role, verdict, note, agrees }: Attestation, outcome: Outcome): string => {
  const words = verdict === 'passed' ? 'passed' : 'did not pass';
  const why = note === '' ? '' : `: ${note}`;
  return agrees
    ? `${as} (${role}) attests that the drill ${words}, as computed${why}`
    : `${as} (${role}) attests that the drill ${words} and disagrees with the computed verdict, which is ${outcome} and stands${why}`;
};
