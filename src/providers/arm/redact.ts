// Poll URLs are signed in their query, and services echo what they were sent: neither may reach a log, an error or the journal.
const MESSAGE_LENGTH_MAX = 1000;
/** Looked at of a text; the patterns take quadratic time. */
const READ_LENGTH_MAX = 8 * MESSAGE_LENGTH_MAX;
const QUERY = /(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>]*/gi;
const BEARER = /\bBearer\s+[\w.~+/=-]+/gi;

/** The URL without query, fragment and user: what may be shown. */
export function redactUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? '[not a URL]' : `${parsed.origin}${parsed.pathname}`;
}

/** A text of somebody else without the queries of its URLs and without bearer tokens, at most 1,000 characters long. */
export function redactText(text: string): string {
  const clean = withoutTokens(text.slice(0, READ_LENGTH_MAX));
  return clean.length > MESSAGE_LENGTH_MAX ? `${clean.slice(0, MESSAGE_LENGTH_MAX)}…` : clean;
}

/** The same in its whole length. */
export const withoutTokens = (text: string): string => text.replace(QUERY, '$1').replace(BEARER, 'Bearer [removed]');
