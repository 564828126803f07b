// What a service or a program said, on its way into the journal: judged as it is, kept without its secrets.
import type { Connection } from '../model/environment.ts';
import type { Json } from '../model/json.ts';
import { redactText, withoutTokens } from './arm/redact.ts';

const REMOVED = '[removed]';

/** Names whose values are secrets wherever they stand: adminPassword, primaryKey, connectionString, sasToken, key1, DB_PASS; not bypass. */
const SECRET_NAMES = [
  /(passw(or)?ds?|passphrases?|pwd|secrets?|tokens?|credentials?|connection_?-?strings?|signature|(^|[a-z_-])(key|sas)s?)(text|value|hash)?\d*$/i,
  /(^|[_.-])pass\d*$/i,
  /[a-z\d]Pass\d*$/,
] as const;

/** In quotes, in quotes that are escaped once more, a list, or up to where the next member begins. Quotes that are doubled are part of it. */
const SECRET_VALUE = String.raw`(?:\\+"[^"]*"?|(?:"(?:[^"\\]|\\[^])*"?)+|(?:'[^']*'?)+|\[[^\]]*\]?|[^\s;&"',]+)`;
const before = (pattern: string, flags: string) => new RegExp(`(${pattern})${SECRET_VALUE}`, flags);
/** `AccountKey=…;`, `"password": "…"`, `sig=…`, `psql --password …`, `mysql -p…`. A `-p` of any other program may be its port. */
const SECRET_MEMBERS = [
  before(
    String.raw`(?:passw(?:or)?ds?|passphrase|pwd|secrets?|tokens?|accountkey|sharedaccess(?:key|signature)|\bsig|_pass)\\*["']?\s*[=:]\s*`,
    'gi',
  ),
  before(String.raw`(?:\bpass|\bPASS|[a-z\d]Pass)(?:\\*["']\s*:|\\*["']?\s*=)\s*`, 'g'),
  before(String.raw`(?<![\w-])--?(?:\w{1,40}-){0,4}(?:passw(?:or)?d|passphrase|pass|pwd|secret|token)\s+(?!--)`, 'gi'),
  before(
    String.raw`\b(?:sshpass|mysql\w{0,9}|mariadb\w{0,9}|(?:docker|podman|helm) login)\b[^\n;|&]{0,400}?\s-p\s*`,
    'g',
  ),
  before(String.raw`\b(?:sqlcmd|bcp)\b[^\n;|&]{0,400}?\s-P\s*`, 'g'),
] as const;
/** One word of a command whose next one is the secret. */
const SECRET_FLAG = /^--?([\w-]*-)?(passw(or)?d|passphrase|pass|pwd|secret|token)$/i;
const URL_USER = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@"']+@/gi;

/** The value without what is known to be secret by its name or its form, its texts at most 1,000 characters long. */
export const redactValue = (value: Json): Json => redacted(value, redactSaid);

/** The same with texts in their whole length, and without the secrets of the environment. */
export const withoutSecrets = (value: Json, secrets: readonly string[] = []): Json =>
  redacted(value, (text) => withoutTokens(withoutSecretMembers(withoutKnown(text, secrets))));

function redacted(value: Json, said: (text: string) => string): Json {
  if (typeof value === 'string') return said(value);
  if (Array.isArray(value))
    return value.map((item: Json, at) => (isFlag(value[at - 1]) ? REMOVED : redacted(item, said)));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value);
  // Lists of settings name the secret in one member and hold it in another: {"name": "PASSWORD", "value": "…"}.
  const named = members.some(([key, member]) => /^(key)?name$/i.test(key) && isSecretName(member));
  return Object.fromEntries(
    members.map(([key, member]) => [
      key,
      named && /^value$/i.test(key) ? REMOVED : redacted(isSecretName(key) ? withheld(member) : member, said),
    ]),
  );
}

const isSecretName = (name: Json) => typeof name === 'string' && SECRET_NAMES.some((pattern) => pattern.test(name));
const isFlag = (item: Json | undefined) => typeof item === 'string' && SECRET_FLAG.test(item);

/** What stands under the name of a secret: itself, each item of a list, and the value of an item that has one beside its name. */
function withheld(member: Json): Json {
  if (holds(member)) return REMOVED;
  if (!Array.isArray(member)) return member;
  return member.map((item: Json) =>
    item !== null && typeof item === 'object' && 'value' in item ? { ...item, value: REMOVED } : withheld(item),
  );
}

/** `keys: {…}` is no secret itself; what lies in it is looked at. */
const holds = (member: Json) => (typeof member === 'string' || typeof member === 'number') && member !== '';

/** A text of somebody else without secrets in well-known forms, and without those of the environment. */
export function redactSaid(text: string, secrets: readonly string[] = []): string {
  return redactText(withoutSecretMembers(withoutKnown(text, secrets)));
}

/** The text without the secrets of an environment. */
export const withoutKnown = (text: string, secrets: readonly string[]): string =>
  secrets.filter((secret) => secret !== '').reduce((said, secret) => said.replaceAll(secret, REMOVED), text);

const withoutSecretMembers = (text: string): string =>
  SECRET_MEMBERS.reduce(
    (said, pattern) => said.replace(pattern, `$1${REMOVED}`),
    text.replace(URL_USER, `$1${REMOVED}@`),
  );

/** What no journal may hold of an environment. */
export const secretsOf = ({ postgres, token, client }: Connection): readonly string[] =>
  [postgres?.password, token, client?.clientSecret].filter((secret) => secret !== undefined);
