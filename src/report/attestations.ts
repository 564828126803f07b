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
export const attestationTexts = ({ attestations, outcome }: Pick<DrillResult, 'attestations' | 'outcome'>) =>
  attestations.map((attestation) => textOf(attestation, outcome));

/** The sentences of those who see it otherwise: they belong beside the computed verdict. */
export const disagreements = ({ attestations, outcome }: Pick<DrillResult, 'attestations' | 'outcome'>) =>
  attestations.filter(({ agrees }) => !agrees).map((attestation) => textOf(attestation, outcome));

function textOf({ as, role, verdict, note, agrees }: Attestation, outcome: Outcome): string {
  const said = `${as} (${role}) attests that the drill ${verdict === 'passed' ? 'passed' : 'did not pass'}`;
  const why = note === '' ? '' : `: ${note}`;
  return agrees
    ? `${said}, as computed${why}`
    : `${said}, and disagrees with the computed verdict, which is ${outcome} and stands${why}`;
}
