// What a blob store would answer if blobs of a container were lost, altered, added or older. Pure.
import { createHash } from 'node:crypto';
import type { CorruptionOf } from '../../../model/corruption.ts';
import type { WebAnswer, WebQuestion } from './web-door.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;
const ADDED_BYTES = 2 ** 40;

type Wanted = CorruptionOf<'corrupt-blobs'>;

/** Answers to other questions than reading these blobs stay as they are. */
export function corruptBlobs(wanted: Wanted, { method, url }: WebQuestion, answer: WebAnswer): WebAnswer {
  const { pathname, searchParams } = new URL(url, 'https://blobs.invalid');
  const [, container = '', ...names] = pathname.split('/').map(decoded);
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead || container !== wanted.container || answer.status >= 300) return answer;
  if (wanted.change === 'lose-container') return lost(answer, 'ContainerNotFound');
  const blob = names.join('/');
  if (blob !== '') return corruptContent(wanted, blob, method, answer);
  return searchParams.get('comp') === 'list' ? corruptList(wanted, answer) : answer;
}

function corruptContent({ blob, prefix, change }: Wanted, name: string, method: string, answer: WebAnswer): WebAnswer {
  if (!(blob === undefined ? name.startsWith(prefix) : name === blob)) return answer;
  // Which of a container's blobs are lost, its list says.
  if (blob === undefined && !change.startsWith('alter')) return answer;
  if (change === 'alter-some' && !isAmongSome(name)) return answer;
  switch (change) {
    case 'alter-some':
    case 'alter-all':
      return method === 'HEAD' ? answer : { ...answer, body: alteredContent(answer.body) };
    case 'lose-one':
      return lost(answer, 'BlobNotFound');
    case 'lose-half':
    case 'lose-all':
      return shortened(answer, change === 'lose-all' ? 0 : 0.5);
    case 'age-all':
      return {
        ...answer,
        headers: { ...answer.headers, 'last-modified': older(answer.headers['last-modified'] ?? '') },
      };
    default:
      return answer;
  }
}

/** As many bytes as before. What was JSON is JSON again: digits become other digits. Else its last byte is another one. */
function alteredContent(body: Buffer): Buffer {
  const text = body.toString('latin1');
  if (/^\s*[[{]/.test(text) && /[0-9]/.test(text))
    return Buffer.from(
      text.replaceAll(/[1-8]/g, (digit) => String(9 - Number(digit))),
      'latin1',
    );
  const altered = Buffer.from(body);
  const last = altered.length - 1;
  if (last >= 0) altered[last] = (altered[last] ?? 0) ^ 1;
  return altered;
}

function shortened(answer: WebAnswer, share: number): WebAnswer {
  const length = Math.floor(Number(answer.headers['content-length'] ?? answer.body.length) * share);
  const headers = { ...answer.headers, 'content-length': String(length) };
  return { ...answer, headers, body: answer.body.subarray(0, length) };
}

const lost = ({ headers }: WebAnswer, code: string): WebAnswer => ({
  status: 404,
  headers: {
    'content-type': 'application/xml',
    'x-ms-error-code': code,
    date: headers.date ?? new Date().toUTCString(),
  },
  body: Buffer.from(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>gone</Message></Error>`),
});

const BLOB = /<Blob>.*?<\/Blob>/gs;

function corruptList({ change, prefix }: Wanted, answer: WebAnswer): WebAnswer {
  const text = answer.body.toString('utf8');
  const isListed = (item: string) => nameOf(item).startsWith(prefix);
  const first = (text.match(BLOB) ?? []).filter(isListed).map(nameOf).toSorted()[0];
  const shown = text.replaceAll(BLOB, (item) => {
    if (!isListed(item)) return item;
    if (change === 'lose-all') return '';
    if (change === 'lose-one') return nameOf(item) === first ? '' : item;
    if (change === 'lose-half') return isOdd(nameOf(item)) ? '' : item;
    return change === 'age-all' ? item.replace(MODIFIED, (_, at: string) => modified(older(at))) : item;
  });
  const body = change === 'add-one' ? withOneMore(shown, prefix) : shown;
  return { ...answer, body: Buffer.from(body) };
}

const nameOf = (item: string) => /<Name>(.*?)<\/Name>/s.exec(item)?.[1] ?? '';
const SOME = 16;
const drawn = (name: string) => createHash('sha256').update(name).digest()[0] ?? 0;
const isOdd = (name: string) => drawn(name) % 2 === 1;
/** One in sixteen: what is not altered need be read once only. */
const isAmongSome = (name: string) => drawn(name) % SOME === 0;

const MODIFIED = /<Last-Modified>(.*?)<\/Last-Modified>/s;
const modified = (at: string) => `<Last-Modified>${at}</Last-Modified>`;
const older = (at: string) => new Date((Date.parse(at) || Date.now()) - YEAR_MS).toUTCString();

function withOneMore(text: string, prefix: string): string {
  const item = [
    `<Blob><Name>${prefix}corrupted</Name><Properties><Creation-Time>${older('')}</Creation-Time>`,
    modified(older('')),
    `<Etag>0x0</Etag><Content-Length>${ADDED_BYTES}</Content-Length><Content-Type>text/plain</Content-Type>`,
    '<BlobType>BlockBlob</BlobType></Properties></Blob>',
  ].join('');
  return text.replace(/<Blobs\s*\/>/, '<Blobs></Blobs>').replace('</Blobs>', `${item}</Blobs>`);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
