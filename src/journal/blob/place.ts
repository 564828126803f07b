// Where a journal lies: an address of a container, and what may stand in it. An address is shown and logged, so it never holds a secret.
import { isIP } from 'node:net';
import { JournalError } from '../journal-error.ts';

/** What is written once and kept lies in one container; what must be changed lies beside it, so that a policy can cover the record alone. */
export interface BlobPlace {
  /** Of the account: `https://journals.blob.core.windows.net`, or `http://127.0.0.1:10000/devstoreaccount1`. */
  readonly service: string;
  readonly account: string;
  /** The record: plans and events. */
  readonly container: string;
  /** Inbox, handles and leases. */
  readonly desk: string;
  /** Before every name; empty, or with a slash at its end. */
  readonly prefix: string;
  /** The address as it was given: without a secret. */
  readonly shown: string;
}

const DESK_SUFFIX = '-desk';
const NAME_LENGTH_MAX = 63 - DESK_SUFFIX.length;
const CONTAINER = /^[a-z0-9](-?[a-z0-9])+$/;
const PREFIX_PART = /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/;
const LENGTH_MAX = 1000;

/** Reads `https://<account>.blob.core.windows.net/<container>[/<prefix>]`. Throws JournalError `address-invalid`; never repeats a query or a password. */
export function parseBlobPlace(text: string): BlobPlace {
  const url = urlOf(text);
  if (url.username !== '' || url.password !== '') throw invalid('no user or password in it', 'one');
  if (url.search !== '')
    throw invalid('no query: a shared access signature is a secret, and sign-in is by identity', 'one');
  if (url.hash !== '') throw invalid('no fragment', 'one');
  const isLocal = isLoopback(url.hostname);
  if (url.protocol !== 'https:' && !(isLocal && url.protocol === 'http:'))
    throw invalid('https (http on the loopback alone)', url.protocol.replace(/:$/, ''));
  const parts = url.pathname.split('/').filter((part) => part !== '');
  // On an address without names the account is the first part of the path, as emulators have it.
  const inPath = isIP(url.hostname.replaceAll(/[[\]]/g, '')) !== 0 || url.hostname === 'localhost';
  const account = (inPath ? parts.shift() : url.hostname.split('.')[0]) ?? '';
  const [container = '', ...prefix] = parts;
  if (account === '' || container === '') throw invalid('an account and a container', `"${url.pathname}"`);
  if (!CONTAINER.test(container) || container.length > NAME_LENGTH_MAX)
    throw invalid(`the name of a container of 3 to ${NAME_LENGTH_MAX} characters`, `"${container}"`);
  const wrong = prefix.find((part) => !PREFIX_PART.test(part));
  if (wrong !== undefined) throw invalid('a prefix of letters, digits, hyphens and underscores', `"${wrong}"`);
  const service = inPath ? `${url.origin}/${account}` : url.origin;
  return {
    service,
    account,
    container,
    desk: `${container}${DESK_SUFFIX}`,
    prefix: prefix.map((part) => `${part}/`).join(''),
    shown: [service, container, ...prefix].join('/'),
  };
}

function urlOf(text: string): URL {
  const url = text.length > LENGTH_MAX ? null : URL.parse(text);
  if (url === null) throw invalid('an address', 'something else');
  return url;
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);

const invalid = (expected: string, found: string) =>
  new JournalError(
    'address-invalid',
    `journal: expected https://<account>.blob.core.windows.net/<container>[/<prefix>] with ${expected}, found ${found}`,
  );
