import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportPublicKey, keyId, openKey, readPublicKey } from '../../src/evidence/keys.ts';

let state = '';
const folder = () => join(state, 'keys');
const file = () => join(folder(), 'evidence.key.pem');
const rights = (path: string) => (lstatSync(path).mode & 0o777).toString(8);

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'drillmaster-keys-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const putKey = (pem: string) => {
  mkdirSync(folder(), { mode: 0o700 });
  writeFileSync(file(), pem, { mode: 0o600 });
};
const pemOf = (pair: ReturnType<typeof generateKeyPairSync>) =>
  pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('the key of a state folder', () => {
  it('is made on first use, for its owner alone, and stays', () => {
    const first = openKey(state);
    expect([rights(folder()), rights(file())]).toEqual(['700', '600']);
    expect(openKey(state).id).toBe(first.id);
    expect(readdirSync(folder())).toEqual(['evidence.key.pem']);
  });

  it('is P-256, and its public half can be given away', () => {
    const key = openKey(state);
    expect(key.privateKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    const pem = exportPublicKey(key);
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(keyId(readPublicKey(pem))).toBe(key.id);
    expect(key.id).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  it.each([0o640, 0o604, 0o660])('is refused when others have rights on its file (%o)', (mode) => {
    openKey(state);
    chmodSync(file(), mode);
    expect(() => openKey(state)).toThrow(
      expect.objectContaining({ code: 'key-unsafe', message: expect.stringContaining('expected rights 600') }),
    );
  });

  it('is refused when others have rights on its folder', () => {
    openKey(state);
    chmodSync(folder(), 0o755);
    expect(() => openKey(state)).toThrow(
      expect.objectContaining({ code: 'key-unsafe', message: expect.stringContaining('found 755') }),
    );
  });

  it('is refused when its file is a link', () => {
    const other = mkdtempSync(join(state, 'other-'));
    openKey(other);
    mkdirSync(folder(), { mode: 0o700 });
    symlinkSync(join(other, 'keys', 'evidence.key.pem'), file());
    expect(() => openKey(state)).toThrow(expect.objectContaining({ code: 'key-unsafe' }));
  });

  it('is refused when it is of another kind', () => {
    putKey(pemOf(generateKeyPairSync('ed25519') as ReturnType<typeof generateKeyPairSync>));
    expect(() => openKey(state)).toThrow(expect.objectContaining({ code: 'key-invalid' }));
  });

  it('is refused when it cannot be read, without showing any of it', () => {
    putKey('-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n');
    expect(() => openKey(state)).toThrow(
      expect.objectContaining({ code: 'key-invalid', message: expect.not.stringContaining('c2VjcmV0') }),
    );
  });
});

describe('a public key that somebody gave', () => {
  const publicPem = (pair: { publicKey: { export: (options: { type: 'spki'; format: 'pem' }) => string | Buffer } }) =>
    pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();

  it.each([
    { what: 'text', pem: () => 'hello' },
    { what: 'broken PEM', pem: () => '-----BEGIN PUBLIC KEY-----\naGVsbG8=\n-----END PUBLIC KEY-----\n' },
    {
      what: 'a private key',
      pem: () => pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }) as ReturnType<typeof generateKeyPairSync>),
    },
    { what: 'a key on another curve', pem: () => publicPem(generateKeyPairSync('ec', { namedCurve: 'P-384' })) },
    { what: 'an Ed25519 key', pem: () => publicPem(generateKeyPairSync('ed25519')) },
  ])('is refused when it is $what', ({ pem }) => {
    expect(() => readPublicKey(pem())).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('P-256 public key') }),
    );
  });
});
