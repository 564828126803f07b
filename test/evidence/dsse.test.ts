import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openEnvelope, preAuthEncoding, signEnvelope } from '../../src/evidence/dsse.ts';
import { isCanonicalDer, toCanonicalDer } from '../../src/evidence/ecdsa-signature.ts';
import { keyId, type SigningKey } from '../../src/evidence/keys.ts';

const TYPE = 'application/vnd.in-toto+json';
const PAYLOAD = '{"outcome":"passed"}';
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function makeKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, id: keyId(publicKey) };
}
const key = makeKey();
const envelope = signEnvelope(TYPE, PAYLOAD, key);
const parsed = () =>
  JSON.parse(envelope) as { payload: string; payloadType: string; signatures: [{ keyid: string; sig: string }] };
const open = (text: string, by = key) => openEnvelope(text, TYPE, by.publicKey);
const asFile = (value: ReturnType<typeof parsed>) =>
  `{"payload":"${value.payload}","payloadType":"${value.payloadType}","signatures":[{"keyid":"${value.signatures[0].keyid}","sig":"${value.signatures[0].sig}"}]}\n`;

describe('a signed envelope', () => {
  it('encodes what is signed as the specification has it', () => {
    // The example of https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('gives its payload back to the holder of the public key', () => {
    expect(open(envelope)).toBe(PAYLOAD);
    expect(asFile(parsed())).toBe(envelope);
  });

  it('is refused when any one of its characters is another', () => {
    for (let index = 0; index < envelope.length; index += 1) {
      const changed = envelope.slice(0, index) + (envelope[index] === 'A' ? 'B' : 'A') + envelope.slice(index + 1);
      expect(() => open(changed), `character ${index}`).toThrow(/expected|does not fit/);
    }
  });

  it.each([
    { what: 'is spelt another way', change: (text: string) => text.replace('{', '{ ') },
    { what: 'lacks its line feed', change: (text: string) => text.trimEnd() },
    { what: 'has one more member', change: (text: string) => text.replace('{', '{"note":"x",') },
    {
      what: 'has two signatures',
      change: (text: string) => text.replace(/"signatures":\[(.*)\]/, '"signatures":[$1,$1]'),
    },
    { what: 'has none', change: (text: string) => text.replace(/"signatures":\[.*\]/, '"signatures":[]') },
    { what: 'is no JSON', change: () => 'x' },
    { what: 'is empty', change: () => '' },
  ])('is refused when it $what', ({ change }) => {
    expect(() => open(change(envelope))).toThrow(expect.objectContaining({ code: 'envelope-invalid' }));
  });

  it('is refused under any other key, whatever key id it names', () => {
    const other = makeKey();
    expect(() => open(envelope, other)).toThrow(expect.objectContaining({ code: 'signature-invalid' }));
    const renamed = parsed();
    renamed.signatures[0].keyid = other.id;
    expect(() => open(asFile(renamed), other)).toThrow(expect.objectContaining({ code: 'signature-invalid' }));
  });

  it('is refused for another type of payload', () => {
    expect(() => openEnvelope(envelope, 'text/plain', key.publicKey)).toThrow(
      expect.objectContaining({ code: 'envelope-invalid' }),
    );
  });

  it('has one form only: the second valid signature of the same content is refused', () => {
    const twin = parsed();
    const der = mirrored(Buffer.from(twin.signatures[0].sig, 'base64'));
    expect(verify('sha256', preAuthEncoding(TYPE, Buffer.from(PAYLOAD)), key.publicKey, der)).toBe(true);
    twin.signatures[0].sig = der.toString('base64');
    expect(() => open(asFile(twin))).toThrow(expect.objectContaining({ code: 'signature-invalid' }));
  });
});

describe('signatures in canonical form', () => {
  it('are what a hundred signatures become, and stay valid', () => {
    for (let index = 0; index < 100; index += 1) {
      const { signatures } = JSON.parse(signEnvelope(TYPE, `${index}`, key)) as { signatures: [{ sig: string }] };
      const der = Buffer.from(signatures[0].sig, 'base64');
      expect(isCanonicalDer(der)).toBe(true);
      expect(isCanonicalDer(mirrored(der))).toBe(false);
      expect(verify('sha256', preAuthEncoding(TYPE, Buffer.from(`${index}`)), key.publicKey, der)).toBe(true);
    }
  });

  it('are shortest, whatever the numbers are', () => {
    const pair = (r: bigint, s: bigint) =>
      Buffer.from(r.toString(16).padStart(64, '0') + s.toString(16).padStart(64, '0'), 'hex');
    expect(toCanonicalDer(pair(1n, 0x80n)).toString('hex')).toBe('300702010102020080');
    expect(toCanonicalDer(pair(1n, ORDER - 5n)).toString('hex')).toBe('3006020101020105');
  });

  it.each([
    '',
    '30',
    '3006020100020101',
    '3006020101020100',
    '30070202000102010100',
    '3081060201010201ff',
    `3006020101020105ff`,
  ])('are not "%s"', (hex) => {
    expect(isCanonicalDer(Buffer.from(hex, 'hex'))).toBe(false);
  });
});

/** (r, n − s): the other signature that is valid for the same content. */
function mirrored(der: Buffer): Buffer {
  const rLength = der[3] ?? 0;
  const r = der.subarray(2, 4 + rLength);
  const s = ORDER - BigInt(`0x${der.subarray(6 + rLength).toString('hex')}`);
  const hex = s.toString(16).padStart(64, '0');
  const bytes = Buffer.from(Number.parseInt(hex.slice(0, 2), 16) > 0x7f ? `00${hex}` : hex, 'hex');
  const content = Buffer.concat([r, Buffer.from([2, bytes.length]), bytes]);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}
