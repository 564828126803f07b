import { closestMatch } from 'leven';

const DISTANCE_MIN = 2;
const CHARACTERS_PER_EDIT = 3;
/** Nobody misspells a name into a text of this length. */
const FOUND_CHARACTERS_MAX = 300;

/** The known name that was probably meant: at most one edit for three characters away, two for short names. */
export function suggest(found: string, known: Iterable<string>): { readonly suggestion?: string } {
  if (found.length > FOUND_CHARACTERS_MAX) return {};
  const maxDistance = Math.max(DISTANCE_MIN, Math.floor(found.length / CHARACTERS_PER_EDIT));
  // A name of two characters is two edits away from every other such name: such a guess helps nobody.
  const candidates = [...known].filter((name) => name !== found && name.length > DISTANCE_MIN);
  const suggestion = closestMatch(found, candidates, { maxDistance });
  return suggestion === undefined ? {} : { suggestion };
}
