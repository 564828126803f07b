// A world's own authority and the certificate of its control plane. Made anew for each world and trusted by nobody else.
import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface Certificates {
  /** PEM of the authority that clients must trust. */
  readonly authority: string;
  /** PEM of the server's certificate. */
  readonly certificate: string;
  /** PEM (PKCS #8) of the server's key: a secret. */
  readonly key: string;
  /** PEM of two more of the same authority and key: one whose time is over, and one for a name that nobody has. */
  readonly expired: string;
  readonly otherName: string;
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const VALID_DAYS = 30;
/** A name that cannot be anybody's (RFC 6761). */
const OTHER: readonly string[] = ['other.invalid'];
const DAY_MS = 24 * 3600 * 1000;

/** Makes an authority and a server certificate for 127.0.0.1 and localhost. The authority's key is forgotten at once. */
export async function makeCertificates(
  world: string,
  now: number,
  hosts: readonly string[] = [],
): Promise<Certificates> {
  // The library looks for a browser's global only.
  x509.cryptoProvider.set(webcrypto);
  const [authorityKeys, serverKeys] = await Promise.all([generateKeys(), generateKeys()]);
  const issuer = `CN=drillmaster twin ${world}`;
  const validity = {
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + VALID_DAYS * DAY_MS),
    signingAlgorithm: CURVE,
  };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serialNumber(`${issuer} authority ${now}`),
    name: issuer,
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const sign = async (names: readonly string[], dates: Pick<typeof validity, 'notBefore' | 'notAfter'> = validity) => {
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity,
      ...dates,
      serialNumber: serialNumber(`${issuer} server ${now} ${names.join()} ${dates.notAfter.getTime()}`),
      subject: `CN=control plane of ${world}`,
      issuer,
      publicKey: serverKeys.publicKey,
      signingKey: authorityKeys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          ...(names === OTHER ? [] : [{ type: 'ip' as const, value: '127.0.0.1' }]),
          ...names.map((value) => ({ type: 'dns' as const, value })),
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      ],
    });
    return certificate.toString('pem');
  };
  const own = ['localhost', ...hosts];
  const past = { notBefore: new Date(now - 2 * DAY_MS), notAfter: new Date(now - DAY_MS) };
  const [certificate, expired, otherName] = await Promise.all([sign(own), sign(own, past), sign(OTHER)]);
  return {
    authority: authority.toString('pem'),
    certificate,
    expired,
    otherName,
    key: await exportKey(serverKeys),
  };
}

const generateKeys = () =>
  webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

/** RFC 5280 wants a positive number of at most 20 octets. */
const SERIAL_HEX_DIGITS = 32;
const serialNumber = (label: string) =>
  `01${createHash('sha256').update(label).digest('hex').slice(0, SERIAL_HEX_DIGITS)}`;

async function exportKey({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
}
