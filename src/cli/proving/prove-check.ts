// One check, on a twin that may be corrupted: green, then red for each thing that it claims to find, then green again.
import type { Claim, CorruptionInput } from '../../model/corruption.ts';
import { toErrorData } from '../../model/errors.ts';
import type { ProvedCheck } from '../../model/events.ts';

const READING_LENGTH_MAX = 300;
/** A check that waits for a live system may need a moment after what was planted is gone. */
const GREEN_AGAIN_LOOKS_MAX = 10;
/** A moment of lag is no finding: what is planted is found each time. */
const RED_LOOKS = 2;
/** A service that could not be asked a moment ago may answer now. */
const UNSURE_LOOKS_MAX = 3;
const COULD_NOT_TELL = 'could not tell';

/** What was planted, in words, and how it is taken back. */
export interface Plant {
  readonly planted: string;
  readonly takeBack: () => Promise<void>;
}

export interface Bench {
  /** Judges once, against the twin as it is now, by all of the check or by a part of its `expect` alone. Resolves with what was observed; rejects as the check does. */
  readonly look: (expect?: string) => Promise<string>;
  /** Undefined: there is nothing that could be changed so. */
  readonly plant: (corruption: CorruptionInput) => Promise<Plant | undefined>;
  readonly pause: () => Promise<void>;
}

type Proof = Omit<ProvedCheck, 'step' | 'uses'>;
type ClaimProof = ProvedCheck['claims'][number];
type Look = ClaimProof['plants'][number];

/** `reading`: what the check saw when it was green a moment ago. Never rejects for what the check says. */
export async function proveCheck(claims: readonly Claim[], reading: string, bench: Bench): Promise<Proof> {
  const found: ClaimProof[] = [];
  const proofOf = (problem: string | null): Proof => ({
    proved: problem === null,
    reading: shorten(reading),
    problem,
    claims: found,
  });
  if (claims.length === 0) return proofOf('nothing is known to plant');
  for (const { claim, expect, plants } of claims) {
    const look = () => bench.look(expect);
    const looks = await plantUntilRed(plants, { ...bench, look });
    const proved = looks.at(-1)?.red === true;
    found.push({ claim, proved, plants: looks });
    if (proved && !(await isGreenAgain(bench)))
      return proofOf(`it did not turn green again after this was taken back: ${looks.at(-1)?.planted}`);
  }
  const open = found.filter(({ proved }) => !proved);
  return proofOf(open.length === 0 ? null : open.map(unproved).join('; '));
}

function unproved({ claim, plants }: ClaimProof): string {
  const isUnsure = ({ reading }: Look) => reading.startsWith(COULD_NOT_TELL);
  const found = [
    ...listed('it stayed green on', plants, (look) => !isUnsure(look)),
    ...listed('it could not tell on', plants, isUnsure),
  ];
  return `${claim}: ${found.length === 0 ? 'there was nothing to plant' : found.join('; ')}`;
}

function listed(what: string, looks: readonly Look[], isMeant: (look: Look) => boolean): readonly string[] {
  const meant = looks.filter(isMeant).map(({ planted }) => planted);
  return meant.length === 0 ? [] : [`${what} ${meant.join(', ')}`];
}

/** From small to large; the last one is red, or none is. */
async function plantUntilRed(plants: readonly CorruptionInput[], bench: Bench): Promise<Look[]> {
  const looks: Look[] = [];
  for (const corruption of plants) {
    const plant = await bench.plant(corruption);
    if (plant === undefined) continue;
    try {
      looks.push({ planted: plant.planted, ...(await lookForRed(bench)) });
    } finally {
      await plant.takeBack();
    }
    if (looks.at(-1)?.red === true) break;
  }
  return looks;
}

async function lookForRed(bench: Bench): Promise<Omit<Look, 'planted'>> {
  for (let looks = 1; ; looks++) {
    const found = await judged(bench);
    if (!found.red || looks === RED_LOOKS) return found;
  }
}

/** Only what the check judged false is red: that it could not tell, or read its condition, says nothing about what was planted. */
async function judged({ look, pause }: Bench): Promise<Omit<Look, 'planted'>> {
  for (let looks = 1; ; looks++) {
    try {
      return { red: false, reading: shorten(await look()) };
    } catch (error) {
      const { code, message } = toErrorData(error);
      const { retryable, unreadable } = error as { readonly retryable?: unknown; readonly unreadable?: unknown };
      if (code === 'check-failed' && unreadable !== true) return { red: true, reading: shorten(message) };
      if (retryable !== true || looks === UNSURE_LOOKS_MAX)
        return { red: false, reading: shorten(`${COULD_NOT_TELL} (${code}): ${message}`) };
    }
    await pause();
  }
}

async function isGreenAgain(bench: Bench): Promise<boolean> {
  for (let looks = 1; looks <= GREEN_AGAIN_LOOKS_MAX; looks++) {
    if (looks > 1) await bench.pause();
    const isGreen = await bench.look().then(
      () => true,
      () => false,
    );
    if (isGreen) return true;
  }
  return false;
}

export const shorten = (text: string): string =>
  text.length > READING_LENGTH_MAX ? `${text.slice(0, READING_LENGTH_MAX)}…` : text;
