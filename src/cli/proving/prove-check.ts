// One check, on a twin that may be corrupted: green, then red for each thing that it claims to find, then green again.
import type { Claim, CorruptionInput } from '../../model/corruption.ts';
import { toErrorData } from '../../model/errors.ts';
import type { ProvedCheck } from '../../model/events.ts';

const READING_LENGTH_MAX = 300;
/** A check that waits for a live system may need a moment after what was planted is gone. */
const GREEN_AGAIN_LOOKS_MAX = 10;
/** A moment of lag is no finding: what is planted is found each time, a pause apart. */
const RED_LOOKS = 2;
/** Trouble of another cause may come while something is planted, and stay when it is gone: then it is planted again. */
const PLANTINGS_MAX = 3;
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
  for (const claim of claims) {
    const { seen: looks, isStuck } = await plantUntilRed(claim, bench);
    found.push({ claim: claim.claim, proved: looks.at(-1)?.red === true, plants: looks });
    if (isStuck) return proofOf(`it did not turn green again after this was taken back: ${looks.at(-1)?.planted}`);
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

interface Tried<Seen> {
  readonly seen: Seen;
  /** The check stays red, though nothing is planted any more. */
  readonly isStuck: boolean;
}

/** From small to large; the last one is red, or none is. */
async function plantUntilRed({ plants, expect }: Claim, bench: Bench): Promise<Tried<Look[]>> {
  const looks: Look[] = [];
  for (const corruption of plants) {
    const { seen, isStuck } = await plantUntilSure(corruption, bench, expect);
    if (seen !== undefined) looks.push(seen);
    if (seen?.red === true) return { seen: looks, isStuck };
  }
  return { seen: looks, isStuck: false };
}

/** Red counts that is gone with what was planted. Where it goes later, it is planted again; when it is so each time, nobody can tell. */
async function plantUntilSure(
  corruption: CorruptionInput,
  bench: Bench,
  expect: string | undefined,
): Promise<Tried<Look | undefined>> {
  for (let plantings = 1; ; plantings++) {
    const seen = await plantOnce(corruption, bench, expect);
    if (seen?.red !== true || (await isGreen(bench))) return { seen, isStuck: false };
    if (!(await isGreenAgain(bench))) return { seen, isStuck: true };
    const reading = shorten(`${COULD_NOT_TELL} (it was red for longer than this was planted): ${seen.reading}`);
    if (plantings === PLANTINGS_MAX) return { seen: { ...seen, red: false, reading }, isStuck: false };
  }
}

async function plantOnce(corruption: CorruptionInput, bench: Bench, expect?: string): Promise<Look | undefined> {
  const plant = await bench.plant(corruption);
  if (plant === undefined) return undefined;
  try {
    return { planted: plant.planted, ...(await lookForRed(bench, expect)) };
  } finally {
    await plant.takeBack();
  }
}

async function lookForRed(bench: Bench, expect?: string): Promise<Omit<Look, 'planted'>> {
  for (let looks = 1; ; looks++) {
    const found = await judged(bench, expect);
    if (!found.red || looks === RED_LOOKS) return found;
    await bench.pause();
  }
}

/** Only what the check judged false is red: that it could not tell, or read its condition, says nothing about what was planted. */
async function judged({ look, pause }: Bench, expect?: string): Promise<Omit<Look, 'planted'>> {
  for (let looks = 1; ; looks++) {
    try {
      return { red: false, reading: shorten(await look(expect)) };
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
    if (await isGreen(bench)) return true;
  }
  return false;
}

/** By all that the check looks at. */
const isGreen = ({ look }: Bench): Promise<boolean> =>
  look().then(
    () => true,
    () => false,
  );

export const shorten = (text: string): string =>
  text.length > READING_LENGTH_MAX ? `${text.slice(0, READING_LENGTH_MAX)}…` : text;
