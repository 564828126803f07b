import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../src/twin/control/certificates.ts';

describe('the certificates of a world', () => {
  it('chain to an authority of its own, for the loopback and for servers alone', async () => {
    const now = Date.now();
    const made = await makeCertificates('orders', now);
    const authority = new X509Certificate(made.authority);
    const server = new X509Certificate(made.certificate);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIssued(authority)).toBe(true);
    expect([authority.ca, server.ca]).toEqual([true, false]);
    expect(server.subjectAltName).toBe('IP Address:127.0.0.1, DNS:localhost');
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(server.checkPrivateKey(createPrivateKey(made.key))).toBe(true);
    expect(server.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(Date.parse(server.validTo) - now).toBeLessThan(31 * 24 * 3600 * 1000);
    expect(Date.parse(server.validFrom)).toBeLessThan(now);
  });

  it('are never the same', async () => {
    const [one, other] = await Promise.all([makeCertificates('orders', 0), makeCertificates('orders', 0)]);
    expect(one.key).not.toBe(other.key);
    expect(new X509Certificate(one.certificate).verify(new X509Certificate(other.authority).publicKey)).toBe(false);
  });
});
