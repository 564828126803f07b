// What of an answer goes into messages, journal and evidence. A condition reads every header; people who are not there see few of them.
import type { Check } from '../../model/events.ts';
import type { JsonObject } from '../../model/json.ts';
import { judge } from '../expectation.ts';
import type { HttpAnswer } from './request.ts';

/** Headers that say how an answer came about and hold nothing of anybody. */
const HARMLESS: ReadonlySet<string> = new Set([
  'cache-control',
  'content-length',
  'content-type',
  'date',
  'etag',
  'last-modified',
  'retry-after',
  'server',
]);
/** Names of headers that hold secrets: their values are shown to nobody, also when the condition reads them. */
const SECRET = /auth|cookie|credential|key|password|secret|session|signature|token/;
const VALUE_CHARACTERS_MAX = 200;

/** Judges a condition over status, headers and body. Throws ProviderError as `judge` does. */
export const judgeAnswer = (expect: string, answer: HttpAnswer): Check =>
  judge(expect, { ...answer }, shownAnswer(expect, answer));

/** The answer with its harmless headers and those that the condition names; secret values withheld, long ones cut. */
function shownAnswer(expect: string, { status, headers, body }: HttpAnswer): JsonObject {
  const shown = Object.entries(headers)
    .filter(([name]) => HARMLESS.has(name) || isNamed(name, expect))
    .map(([name, value]) => [name, shownValue(name, value)] as const);
  return { status, headers: Object.fromEntries(shown), body };
}

/** `headers.etag`, `headers["etag"]`, `"etag" in headers`. */
const isNamed = (name: string, expect: string) =>
  [`headers.${name}`, `"${name}"`, `'${name}'`].some((written) => expect.includes(written));

function shownValue(name: string, value: string): string {
  if (SECRET.test(name)) return `(withheld: ${value.length} characters)`;
  const text = name === 'location' ? value.replace(/[?#].*$/s, '?…') : value;
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text;
}
