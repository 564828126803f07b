// The endpoints of all storage accounts: HTTPS with the twin's certificate, signed in with tokens of the twin.
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Account } from './account.ts';
import { type BlobTarget, targetOf } from './blob-change.ts';
import { BlobRefusal } from './blob-refusal.ts';
import type { BlobAnswer } from './blob-request.ts';
import { QUEUE_BYTES_MAX } from './copier.ts';
import { checkCreated, guardImmutable } from './guard-immutable.ts';
import { NO_POLICY } from './immutability.ts';
import { keepVersion, readVersion } from './keep-version.ts';
import { asksForVersions, versionList } from './list-versions.ts';
import type { EstateStorage } from './storage.ts';

const BODY_BYTES_MAX = 16 * 1024 * 1024;
const CONNECTIONS_MAX = 512;
const IDLE_MS_MAX = 120_000;
const SUFFIX = '.blob.core.windows.net';
const SECONDARY = /-secondary$/;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Of a request on the primary, and meaningless on the secondary: its tags and leases are its own. */
const NOT_COPIED =
  /^(authorization|host|connection|content-length|transfer-encoding|expect|if-.*|x-ms-lease-.*|x-ms-if-.*)$/;
/** What Azurite takes without a word, or what this twin cannot copy. */
const UNSUPPORTED =
  /(^|&)(comp=(immutabilityPolicies|legalhold|undelete|snapshot|copy|incrementalcopy|query|tags|acl|tier)|versionid=)/i;

export interface BlobFront {
  readonly port: number;
  /** Breaks what is under way with a region that is lost. */
  readonly lose: (region: string) => void;
  readonly close: () => Promise<void>;
}

export interface BlobFrontOptions {
  readonly certificate: string;
  readonly key: string;
  readonly token: string;
  /** Says which other tokens are let in. */
  readonly admits?: (bearer: string) => boolean;
  readonly storage: EstateStorage;
}

interface Underway {
  readonly region: string;
  readonly incoming: IncomingMessage;
}

export async function openBlobFront({
  certificate,
  key,
  token,
  admits = (bearer) => timingSafeEqual(digest(bearer), digest(token)),
  storage,
}: BlobFrontOptions): Promise<BlobFront> {
  const underway = new Set<Underway>();
  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    void answer(incoming, outgoing).catch((error) => refuse(outgoing, error));
  });
  server.maxConnections = CONNECTIONS_MAX;
  // A check may pause between two looks for longer than the five seconds that Node keeps a connection.
  server.keepAliveTimeout = IDLE_MS_MAX;
  // A customer that hangs up is no failure of the front.
  server.on('secureConnection', (socket) => socket.on('error', () => undefined));

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const host = (incoming.headers.host ?? '').split(':')[0] ?? '';
    const label = host.endsWith(SUFFIX) ? host.slice(0, -SUFFIX.length) : '';
    const account = storage.account(label.replace(SECONDARY, ''));
    const secondary = SECONDARY.test(label);
    const region = secondary ? account?.secondary : account?.primary;
    // Nobody listens where the region is lost or the account has no secondary.
    if (account === undefined || region === undefined || !storage.isUp(region)) return void incoming.socket.destroy();
    const work = { region, incoming };
    underway.add(work);
    try {
      await serve(
        { account, secondary, admits },
        incoming,
        outgoing,
        () => storage.isUp(region) && storage.account(account.name)?.primary === account.primary,
      );
    } finally {
      underway.delete(work);
    }
  }

  await new Promise<void>((settle, fail) => server.once('error', fail).listen(0, '127.0.0.1', settle));
  return {
    port: (server.address() as AddressInfo).port,
    lose: (region) => {
      for (const { incoming, region: used } of underway) if (used === region) incoming.socket.destroy();
    },
    close: () =>
      new Promise<void>((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      }),
  };
}

interface Side {
  readonly account: Account;
  readonly secondary: boolean;
  readonly admits: (bearer: string) => boolean;
}

async function serve(
  { account, secondary, admits }: Side,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stillServed: () => boolean,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = incoming;
  checkToken(admits, headers.authorization);
  const query = url.split('?')[1] ?? '';
  const write = !READS.has(method);
  if (write) checkWrite(account, secondary, query, headers);
  if (/(^|&)comp=stats(&|$)/.test(query)) return sendStats(account, secondary, outgoing);
  const store = secondary ? account.secondaryStore : account.primaryStore;
  if (store === undefined) return void incoming.socket.destroy();
  const target = targetOf(url);
  if (!write && target?.versionId !== undefined) return sendVersion(account, target, secondary, incoming, outgoing);
  if (!write && target !== undefined && asksForVersions(url)) {
    if (secondary) throw notCopied();
    return sendXml(outgoing, 200, {}, versionList(account.versions, target.container, url));
  }
  const body = await readBody(incoming);
  const { authorization: _, connection: _1, 'transfer-encoding': _2, ...kept } = headers;
  if (write && account.isHeld()) throw busy('The account takes no writes while it is copied or handed over.');
  const over = write ? account.begin() : () => undefined;
  try {
    const policy = account.policies.get(target?.container ?? '') ?? NO_POLICY;
    const guard = write && target !== undefined ? await guardImmutable(store, policy, target, method) : {};
    const got = await store.send({ method, path: url, headers: { ...kept, ...guard }, body });
    checkCreated(guard, got);
    // A reply of a region that was lost meanwhile reaches nobody, and acknowledges nothing.
    if (!stillServed()) return void incoming.socket.destroy();
    // A lease is of the primary alone, and changes nothing of a blob.
    if (!write || got.status >= 300 || target?.operation === 'lease') return show(got, outgoing);
    const at = Date.now();
    account.record({ at, method, path: url, headers: copied(headers) }, body);
    const versions = account.versions;
    const version =
      versions === undefined || target === undefined
        ? undefined
        : await keepVersion(versions, store, { method, target, headers, body, at });
    show(version === undefined ? got : { ...got, headers: { ...got.headers, 'x-ms-version-id': version } }, outgoing);
  } finally {
    over();
  }
}

/** Versions are the primary's alone: they are not copied. */
async function sendVersion(
  { versions }: Account,
  target: BlobTarget,
  secondary: boolean,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  if (secondary) throw notCopied();
  const found = versions === undefined ? undefined : readVersion(versions, target);
  if (found === undefined) throw new BlobRefusal(404, 'BlobNotFound', 'The specified blob does not exist.');
  const range = rangeOf(incoming.headers, found.body.length);
  const part = range === undefined ? found.body : found.body.subarray(range.from, range.to + 1);
  const told = range === undefined ? {} : { 'content-range': `bytes ${range.from}-${range.to}/${found.body.length}` };
  outgoing.writeHead(range === undefined ? found.status : 206, {
    ...(found.headers as OutgoingHttpHeaders),
    ...told,
    'content-length': part.length,
    'x-ms-request-id': randomUUID(),
  });
  outgoing.end(incoming.method === 'HEAD' ? undefined : part);
}

const notCopied = () => new BlobRefusal(501, 'UnsupportedByTwin', 'This twin does not copy versions to the secondary.');

/** One range of bytes, as clients ask for it; both ends belong to it. */
function rangeOf(headers: IncomingMessage['headers'], length: number) {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(String(headers['x-ms-range'] ?? headers.range ?? ''));
  if (asked === null || length === 0) return undefined;
  const from = Math.min(Number(asked[1]), length - 1);
  return { from, to: asked[2] ? Math.min(Number(asked[2]), length - 1) : length - 1 };
}

function show(got: BlobAnswer, outgoing: ServerResponse): void {
  const { connection: __, 'keep-alive': ___, 'transfer-encoding': ____, ...shown } = got.headers;
  outgoing.writeHead(got.status, shown as OutgoingHttpHeaders).end(got.body);
}

function checkWrite(
  { queuedBytes }: Account,
  secondary: boolean,
  query: string,
  headers: IncomingMessage['headers'],
): void {
  if (secondary)
    throw new BlobRefusal(
      403,
      'WriteOperationNotSupportedOnReadOnlySecondary',
      'The write operation is not supported on a read-only secondary.',
    );
  if (
    UNSUPPORTED.test(query) ||
    headers['x-ms-copy-source'] !== undefined ||
    Object.keys(headers).some((name) => /^x-ms-(immutability|legal-hold)/.test(name))
  )
    throw new BlobRefusal(501, 'UnsupportedByTwin', 'This twin does not serve the operation.');
  if (queuedBytes() > QUEUE_BYTES_MAX) throw busy(`More than ${QUEUE_BYTES_MAX} bytes wait for the secondary.`);
}

const busy = (message: string) => new BlobRefusal(503, 'ServerBusy', message);

const copied = (headers: IncomingMessage['headers']): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_COPIED.test(name)));

function sendStats({ lastSync, secondary: region }: Account, secondary: boolean, outgoing: ServerResponse): void {
  if (!secondary || region === undefined)
    throw new BlobRefusal(400, 'InvalidQueryParameterValue', 'Statistics are served by the secondary endpoint.');
  const at = lastSync();
  const time = at === undefined ? '' : new Date(at).toUTCString();
  const status = at === undefined ? 'unavailable' : 'live';
  sendXml(
    outgoing,
    200,
    {},
    `<StorageServiceStats><GeoReplication><Status>${status}</Status><LastSyncTime>${time}</LastSyncTime></GeoReplication></StorageServiceStats>`,
  );
}

function checkToken(admits: Side['admits'], authorization: string | undefined): void {
  const found = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  if (admits(found)) return;
  throw new BlobRefusal(
    401,
    'InvalidAuthenticationInfo',
    'This twin lets in its own bearer tokens alone: no account keys, no shared access signatures, nothing that expired.',
  );
}

const digest = (text: string) => createHash('sha256').update(text).digest();

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX)
      throw new BlobRefusal(
        413,
        'RequestBodyTooLarge',
        `This twin takes at most ${BODY_BYTES_MAX} bytes in one request.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.headersSent || !(error instanceof BlobRefusal)) return void outgoing.destroy();
  const { status, code, message } = error;
  const more = status === 413 ? { connection: 'close' } : {};
  sendXml(
    outgoing,
    status,
    { 'x-ms-error-code': code, ...more },
    `<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  );
}

function sendXml(outgoing: ServerResponse, status: number, headers: OutgoingHttpHeaders, xml: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/xml', 'x-ms-request-id': randomUUID(), ...headers });
  outgoing.end(`<?xml version="1.0" encoding="utf-8"?>${xml}`);
}
