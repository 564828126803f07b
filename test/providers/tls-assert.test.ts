import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { type AddressInfo, createServer as createPlain, type Server, type Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tlsAssert } from '../../src/providers/tls/tls-assert.ts';
import { buildWorld, contextOf, rejection } from './world-builder.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

interface Signed {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

let serial = 1;

/** A certificate from `fromDays` to `toDays` from now, signed by `issuer`, or by itself. */
async function sign(
  name: string,
  {
    issuer,
    names,
    fromDays = -1,
    toDays,
  }: { issuer?: Signed; names?: readonly string[]; fromDays?: number; toDays: number },
): Promise<Signed> {
  const keys = (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: String(serial++).padStart(2, '0'),
    subject: `CN=${name}`,
    issuer: issuer?.certificate.subject ?? `CN=${name}`,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    notBefore: new Date(Date.now() + fromDays * DAY_MS),
    notAfter: new Date(Date.now() + toDays * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(names === undefined, undefined, true),
      ...(names === undefined
        ? []
        : [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))]),
    ],
  });
  return { certificate, keys };
}

const pem = ({ certificate }: Signed) => certificate.toString('pem');
const keyOf = async ({ keys }: Signed) =>
  x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');

const servers: Server[] = [];
const sockets = new Set<Socket>();
let authority: Signed;
const ports: Record<string, number> = {};

async function serve(
  name: string,
  leaf: Signed,
  options: TlsOptions = {},
  chain: readonly Signed[] = [],
): Promise<void> {
  const server = createServer(
    { cert: [leaf, ...chain].map(pem).join('\n'), key: await keyOf(leaf), ...options },
    (socket) => socket.on('error', () => {}),
  );
  server.on('tlsClientError', () => {});
  await listen(name, server);
}

async function listen(name: string, server: Server): Promise<void> {
  servers.push(server);
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ports[name] = (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  authority = await sign('test authority', { toDays: 300 });
  const other = await sign('another authority', { toDays: 300 });
  const names = ['shop.example', '*.shop.example'];
  const good = await sign('shop', { issuer: authority, names, toDays: 100 });
  await serve('good', good);
  await serve('soon', await sign('soon', { issuer: authority, names, toDays: 10 }));
  await serve('expired', await sign('expired', { issuer: authority, names, fromDays: -20, toDays: -2 }));
  await serve('early', await sign('early', { issuer: authority, names, fromDays: 2, toDays: 100 }));
  await serve('foreign', await sign('foreign', { issuer: other, names, toDays: 100 }));
  await serve('self', await sign('self', { names, toDays: 100 }));
  await serve('old', good, { maxVersion: 'TLSv1.2' });
  await serve('older', good, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  const between = await sign('issuing authority', { issuer: authority, toDays: 5 });
  await serve('chain', await sign('shop', { issuer: between, names, toDays: 100 }), {}, [between]);
  await serve('gap', await sign('shop', { issuer: between, names, toDays: 100 }));
  await listen(
    'plain',
    createPlain((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  await listen(
    'mute',
    createPlain((socket) => socket.on('error', () => {})),
  );
  await listen(
    'rude',
    createPlain((socket) => socket.on('error', () => {}).destroy()),
  );
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

function judge(server: string, given: object = {}, { signal = AbortSignal.timeout(20_000), trusting = true } = {}) {
  const hosts = { 'shop.example': { host: '127.0.0.1', port: ports[server] ?? 1 } };
  const world = buildWorld({ connection: { hosts, ...(trusting ? { authority: pem(authority) } : {}) } });
  const input = tlsAssert.input.parse({ host: 'shop.example', ...given });
  return tlsAssert.start(input, contextOf(world, { signal }));
}
const observedOf = async (judged: ReturnType<typeof judge>) => {
  const error = await rejection(judged);
  expect(error).toMatchObject({ code: 'check-failed', retryable: false });
  return (error['check'] as { observed: string }).observed;
};

describe('tls/assert', () => {
  it('passes on a trusted certificate for the name that is good for long enough, and shows it', async () => {
    const started = (await judge('good')) as { check: { expected: string; observed: string } };
    expect(started.check.expected).toBe(
      'a trusted certificate for shop.example at shop.example:443 that is good for 336 h more, TLSv1.2 or newer',
    );
    expect(JSON.parse(started.check.observed)).toMatchObject({
      authorized: true,
      protocol: 'TLSv1.3',
      certificate: { subject: 'CN=shop', issuer: 'CN=test authority', names: ['shop.example', '*.shop.example'] },
    });
  });

  it.each([
    ['soon', {}, /^CN=soon expires in 2(39|40) h/],
    ['good', { validFor: 'P200D' }, /^CN=shop expires in /],
    ['expired', { validFor: 'PT0S' }, /not trusted for shop.example \(CERT_HAS_EXPIRED\); CN=expired expired 48 h/],
    ['early', {}, /not trusted for shop.example \(CERT_NOT_YET_VALID\)/],
    ['foreign', {}, /not trusted for shop.example \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/],
    ['self', {}, /not trusted for shop.example \(DEPTH_ZERO_SELF_SIGNED_CERT\)/],
    ['gap', {}, /not trusted for shop.example \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/],
    ['good', { serverName: 'pay.example' }, /not trusted for pay\.example \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
    ['good', { serverName: '127.0.0.1' }, /not trusted for 127\.0\.0\.1 \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
    ['chain', {}, /^CN=issuing authority expires in 1(19|20) h/],
    ['old', { protocol: 'TLSv1.3' }, /did not agree on a connection: ERR_SSL_.*PROTOCOL/],
    ['older', {}, /did not agree on a connection: ERR_SSL_.*PROTOCOL/],
    ['plain', {}, /did not agree on a connection: ERR_SSL_|EPROTO/],
  ])('is red on the certificate "%s" with %j, and says why', async (server, given, why) => {
    expect(await observedOf(judge(server, given))).toMatch(why);
  });

  it.each([
    ['soon', { validFor: 'P9D' }],
    ['chain', { validFor: 'P4D' }],
    ['old', {}],
    ['good', { serverName: 'eu.shop.example' }],
    [
      'good',
      { expect: 'certificate.names.exists(name, name == "shop.example") && protocol == "TLSv1.3" && authorized' },
    ],
    [
      'good',
      { expect: 'certificate.validTo > certificate.validFrom && certificate.issuer.contains("test authority")' },
    ],
  ])('passes on the certificate "%s" with %j', async (server, given) => {
    expect(await judge(server, given)).toMatchObject({ kind: 'done' });
  });

  it('is red when the further condition is false, and that condition cannot make a bad certificate good', async () => {
    expect(await observedOf(judge('good', { expect: 'certificate.issuer == "CN=another authority"' }))).toContain(
      '"issuer":"CN=test authority"',
    );
    expect(await observedOf(judge('foreign', { expect: '!authorized' }))).toContain('not trusted');
  });

  it('trusts nobody but the authority of the environment', async () => {
    expect(await observedOf(judge('good', {}, { trusting: false }))).toContain('not trusted');
  });

  it('proves nothing when the service is not there, hangs up or does not speak', async () => {
    expect(await rejection(judge('nothing'))).toMatchObject({ code: 'tls-failed', retryable: true });
    expect(await rejection(judge('rude'))).toMatchObject({ code: 'tls-failed', retryable: true });
    expect(await rejection(judge('mute', {}, { signal: AbortSignal.timeout(200) }))).toMatchObject({ code: 'aborted' });
    expect(await rejection(judge('good', {}, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
  });

  it.each([
    { host: '' },
    { port: 0 },
    { validFor: 'P14' },
    { validFor: 14 },
    { protocol: 'TLSv1.1' },
    { expect: '&&' },
  ])('refuses the input %j', (given) => {
    expect(tlsAssert.input.safeParse({ host: 'shop.example', ...given }).success).toBe(false);
  });
});
