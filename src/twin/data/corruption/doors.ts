// Corruption at the doors of a world's services: what is asked for becomes a door, and a host that leads to it.
import { type CorruptionOf, describeCorruption, type ValueChange } from '../../../model/corruption.ts';
import type { Json } from '../../../model/json.ts';
import { parseResourceId } from '../../../model/resource-id.ts';
import { makeCertificates } from '../../control/certificates.ts';
import { changeAt, changeStatus } from '../../control/corruption/change-value.ts';
import type { DataPlane, Planted } from '../../control/data-plane.ts';
import { DataPlaneError } from '../data-plane-error.ts';
import { corruptBlobs } from './blob-answers.ts';
import { closedDoor, openDoor, openTlsDoor } from './host-door.ts';
import { plantRows, type Servers } from './plant-rows.ts';
import type { Door } from './postgres-door.ts';
import { openWebDoor, type WebAnswer, type WebQuestion } from './web-door.ts';

interface Shown {
  readonly certificate: string;
  readonly key: string;
}

export interface DoorParts {
  readonly databases: Servers;
  readonly hosts: DataPlane['hosts'];
  /** Of the services that speak TLS; `expired` and `otherName` are trusted but for that. */
  readonly certificates: Shown & { readonly expired: string; readonly otherName: string };
}

export const createDoors = (parts: DoorParts): DataPlane['doors'] => ({
  plant: (corruption) => {
    switch (corruption.fault) {
      case 'corrupt-rows':
        return plantRows(parts.databases, corruption);
      case 'corrupt-answer':
        return plantAnswer(parts, corruption);
      case 'corrupt-blobs':
        return plantBlobs(parts, corruption);
      case 'corrupt-host':
        return plantHost(parts, corruption);
    }
  },
});

async function plantAnswer(parts: DoorParts, corruption: CorruptionOf<'corrupt-answer'>): Promise<Planted> {
  const { protocol, hostname, pathname, search } = urlOf(corruption.url);
  const change = ({ url }: WebQuestion, answer: WebAnswer) =>
    url === `${pathname}${search}` ? changedAnswer(answer, corruption) : answer;
  const tls = protocol === 'https:' ? parts.certificates : undefined;
  const door = await openWebDoor({ service: serviceOf(parts, hostname), tls, change });
  return planted(hostname, door, describeCorruption(corruption));
}

function urlOf(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new DataPlaneError('nothing-to-corrupt', `expected a URL, found ${text}`);
}

const changedAnswer = (answer: WebAnswer, { parts, change }: CorruptionOf<'corrupt-answer'>): WebAnswer =>
  parts.reduce((shown, part) => changedPart(shown, part.split('.'), change), answer);

function changedPart(answer: WebAnswer, [root, ...below]: readonly string[], change: ValueChange): WebAnswer {
  if (root === 'status') return { ...answer, status: changeStatus(answer.status, 'service') };
  if (root === 'headers')
    return { ...answer, headers: changeAt({ ...answer.headers } as Json, below, change) as WebAnswer['headers'] };
  const text = answer.body.toString('utf8');
  const isJson = /json/i.test(answer.headers['content-type'] ?? '');
  const value = isJson ? parsed(text) : text;
  const changed = changeAt(value, below, change);
  return { ...answer, body: Buffer.from(isJson ? JSON.stringify(changed) : String(changed)) };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

async function plantBlobs(parts: DoorParts, corruption: CorruptionOf<'corrupt-blobs'>): Promise<Planted> {
  const account = parseResourceId(corruption.account)?.name ?? corruption.account;
  const host = `${account}${corruption.endpoint === 'secondary' ? '-secondary' : ''}.blob.core.windows.net`;
  const change = (question: WebQuestion, answer: WebAnswer) => corruptBlobs(corruption, question, answer);
  const door = await openWebDoor({ service: serviceOf(parts, host), tls: parts.certificates, change });
  return planted(host, door, describeCorruption(corruption));
}

async function plantHost(parts: DoorParts, corruption: CorruptionOf<'corrupt-host'>): Promise<Planted> {
  return planted(corruption.host, await hostDoor(parts, corruption), describeCorruption(corruption));
}

async function hostDoor({ certificates }: DoorParts, { host, change }: CorruptionOf<'corrupt-host'>): Promise<Door> {
  const { key, expired, otherName } = certificates;
  switch (change) {
    case 'closed':
      return closedDoor();
    case 'open':
      return openDoor();
    case 'expired':
      return openTlsDoor({ key, certificate: expired });
    case 'other-name':
      return openTlsDoor({ key, certificate: otherName });
    case 'stranger':
      return openTlsDoor(await makeCertificates('a stranger', Date.now(), [host]));
  }
}

function serviceOf({ hosts }: DoorParts, wanted: string) {
  const found = Object.entries(hosts()).find(([host]) => host.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found[1];
  throw new DataPlaneError('nothing-to-corrupt', `expected a host of this world, found ${wanted}`);
}

const planted = (host: string, { port, close }: Door, words: string): Planted => ({
  hosts: { [host]: { host: '127.0.0.1', port } },
  planted: words,
  end: close,
});
