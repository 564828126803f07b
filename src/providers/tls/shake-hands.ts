// One TLS handshake that goes on when the certificate is bad, so that everything about it can be told.
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, type SecureVersion, type TLSSocket } from 'node:tls';
import type { JsonObject } from '../../model/json.ts';
import type { Address } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';

export const PROTOCOLS = ['TLSv1.2', 'TLSv1.3'] as const satisfies readonly SecureVersion[];

const TIMEOUT_MS = 30_000;
const CHAIN_LENGTH_MAX = 10;

export interface TlsQuestion {
  readonly address: Address;
  readonly serverName: string;
  /** Older ones are not offered. */
  readonly protocol: (typeof PROTOCOLS)[number];
  /** PEM; undefined: the system's. */
  readonly authorities: readonly string[] | undefined;
}

export interface Handshake {
  readonly seen: JsonObject & { readonly authorized: boolean };
  /** Why it is not trusted, or not for this name; empty when it is both. */
  readonly distrust: string;
  /** The certificate of the chain that ends first: its subject, and when in epoch ms. */
  readonly expiresFirst: { readonly subject: string; readonly validTo: number };
}

/**
 * What the server showed, or why it and we could not agree. Throws ProviderError `tls-failed` (retryable) when it could not be reached, and
 * `aborted`.
 */
export async function shakeHands(
  question: TlsQuestion,
  signal: AbortSignal,
): Promise<Handshake | { readonly refused: string }> {
  const { address, authorities, protocol } = question;
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const socket = connect({
    ...address,
    ...named(question.serverName),
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
    minVersion: protocol,
    checkServerIdentity: (_, certificate) => checkServerIdentity(question.serverName, certificate),
    rejectUnauthorized: false,
  });
  const stop = () => socket.destroy(new Error('it did not come in time'));
  bounded.addEventListener('abort', stop, { once: true });
  if (bounded.aborted) stop();
  try {
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return describe(socket);
  } catch (error) {
    if (signal.aborted) throw new ProviderError('aborted', `a connection to ${question.serverName} was aborted`);
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (/^(ERR_SSL_|EPROTO)/.test(code)) return { refused: code };
    throw new ProviderError('tls-failed', `${question.serverName} could not be asked: ${code || message}`, {
      retryable: true,
    });
  } finally {
    bounded.removeEventListener('abort', stop);
    socket.on('error', () => {});
    socket.destroy();
  }
}

/** An address is no server name (RFC 6066, section 3). */
const named = (serverName: string) => (isIP(serverName) === 0 ? { servername: serverName } : {});

function describe(socket: TLSSocket): Handshake {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) throw new ProviderError('tls-failed', 'expected a certificate, found none');
  const reason = socket.authorizationError as unknown;
  const { subject, issuer, names, validFrom, validTo } = facts(leaf);
  return {
    seen: {
      authorized: socket.authorized,
      protocol: socket.getProtocol(),
      certificate: { subject, issuer, names, validFrom, validTo },
    },
    distrust: socket.authorized ? '' : reason instanceof Error ? reason.message : String(reason),
    expiresFirst: chainOf(leaf)
      .map(facts)
      .reduce((first, next) => (next.validTo < first.validTo ? next : first)),
  };
}

function chainOf(leaf: X509Certificate): readonly X509Certificate[] {
  const chain = [leaf];
  for (let next = leaf.issuerCertificate; next !== undefined && chain.length < CHAIN_LENGTH_MAX; ) {
    if (chain.some(({ fingerprint256 }) => fingerprint256 === next?.fingerprint256)) break;
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

const facts = (certificate: X509Certificate) => ({
  subject: oneLine(certificate.subject),
  issuer: oneLine(certificate.issuer),
  names: namesOf(certificate.subjectAltName ?? ''),
  validFrom: certificate.validFromDate.getTime(),
  validTo: certificate.validToDate.getTime(),
});

const oneLine = (name: string | undefined) => (name ?? '').trim().replaceAll('\n', ', ');

/** `DNS:a.example, IP Address:10.0.0.1` → names. One with strange characters stands there as JSON text. */
const namesOf = (list: string): readonly string[] =>
  [...list.matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '']) =>
    name.startsWith('"') ? String(JSON.parse(name)) : name,
  );
