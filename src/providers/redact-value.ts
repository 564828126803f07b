// What a service or a program said, on its way into the journal: judged as it is, kept without its secrets.
import type { Connection } from '../model/environment.ts';
import type { Json } from '../model/json.ts';
import { redactText, withoutTokens } from './arm/redact.ts';

const REMOVED = '[removed]';

/** Names whose values are secrets wherever they stand: adminPassword, primaryKey, connectionString, sasToken, key1. */
const SECRET_NAME =
  /(passw(or)?d|passphrase|pwd|secret|token|credentials?|connection_?-?string|signature|(^|[a-z_-])(key|sas)s?)(text|value|hash)?\d*$/i;
/** The same inside a text: `AccountKey=…;`, `password=…`, `sig=…`. */
const SECRET_MEMBER =
  /\b(password|pwd|secret|token|accountkey|sharedaccess(?:key|signature)|sig)(\s*[=:]\s*)[^\s;&"',]+/gi;
const URL_USER = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;

/** The value without what is known to be secret by its name or its form, its texts at most 1,000 characters long. */
export const redactValue = (value: Json): Json => redacted(value, redactSaid);

/** The same with texts in their whole length. */
export const withoutSecrets = (value: Json): Json =>
  redacted(value, (text) => withoutTokens(withoutSecretMembers(text)));

function redacted(value: Json, said: (text: string) => string): Json {
  if (typeof value === 'string') return said(value);
  if (Array.isArray(value)) return value.map((item: Json) => redacted(item, said));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value);
  // Lists of settings name the secret in one member and hold it in another: {"name": "PASSWORD", "value": "…"}.
  const named = members.some(([key, member]) => /^(key)?name$/i.test(key) && isSecretName(member));
  return Object.fromEntries(
    members.map(([key, member]) => [
      key,
      (isSecretName(key) && holds(member)) || (named && /^value$/i.test(key)) ? REMOVED : redacted(member, said),
    ]),
  );
}

const isSecretName = (name: Json) => typeof name === 'string' && SECRET_NAME.test(name);

/** `keys: {…}` is no secret itself; what lies in it is looked at. */
const holds = (member: Json) => (typeof member === 'string' || typeof member === 'number') && member !== '';

/** A text of somebody else without secrets in well-known forms, and without those of the environment. */
export function redactSaid(text: string, secrets: readonly string[] = []): string {
  const known = secrets
    .filter((secret) => secret !== '')
    .reduce((said, secret) => said.replaceAll(secret, REMOVED), text);
  return redactText(withoutSecretMembers(known));
}

const withoutSecretMembers = (text: string): string =>
  text.replace(URL_USER, `$1${REMOVED}@`).replace(SECRET_MEMBER, `$1$2${REMOVED}`);

/** What no journal may hold of an environment. */
export const secretsOf = ({ postgres, token, client }: Connection): readonly string[] =>
  [postgres?.password, token, client?.clientSecret].filter((secret) => secret !== undefined);
