// Commands come from other processes: any program may have put anything into the inbox. Nothing of it may stop a run.

const TEXT_CHARACTERS_MAX = 10_000;
/** Members that may be a list of texts. */
const LISTS: ReadonlySet<string> = new Set(['covers']);
const LIST_LENGTH_MAX = 10_000;
const NAME_CHARACTERS_MAX = 200;

/** What is wrong with the form of a command; undefined when it is an object of short texts, lists of them where one belongs, and numbers that says what and who. */
export function whyMalformed(command: unknown): string | undefined {
  if (command === null || typeof command !== 'object' || Array.isArray(command))
    return 'expected a command, found something else';
  for (const name of ['type', 'as'] as const)
    if (typeof memberOf(command, name) !== 'string') return `expected "${name}" as a text, found none`;
  const wrong = Object.entries(command).find(
    ([name, member]) => !isShortValue(member) && !(LISTS.has(name) && isShortList(member)),
  );
  return wrong === undefined
    ? undefined
    : `expected texts of at most ${TEXT_CHARACTERS_MAX} characters and numbers, found another "${shorten(wrong[0])}"`;
}

const isShortValue = (value: unknown) => value === undefined || typeof value === 'number' || isShortText(value);

/** A text that goes on record as it is. */
export const isShortText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= TEXT_CHARACTERS_MAX && value.isWellFormed();

const isShortList = (value: unknown) =>
  Array.isArray(value) &&
  value.length <= LIST_LENGTH_MAX &&
  value.every((item) => typeof item === 'string' && isShortValue(item));

/** What can be said of a malformed command: which it is, and who gave it. */
export const namesOf = (command: unknown): { readonly type: string; readonly as: string } => ({
  type: nameOf(memberOf(command, 'type'), 'a command'),
  as: nameOf(memberOf(command, 'as'), 'somebody'),
});

const memberOf = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const nameOf = (value: unknown, otherwise: string) =>
  typeof value === 'string' && value !== '' ? shorten(value.toWellFormed()) : otherwise;

const shorten = (text: string) => text.slice(0, NAME_CHARACTERS_MAX).toWellFormed();
