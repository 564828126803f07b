// The key of this machine: ECDSA P-256, because that is what a key vault can hold too. It never leaves its file.
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { EvidenceError } from './evidence-error.ts';

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Base64 of the SHA-256 of the public key's SPKI DER: the key id of its signatures. */
  readonly id: string;
}

const KEY_FOLDER = 'keys';
const KEY_FILE = 'evidence.key.pem';
const CURVE = 'prime256v1';
const KEY_BYTES_MAX = 16 * 1024;
/** Any right of the group or of others. */
const FOREIGN_RIGHTS = 0o077;

/**
 * The signing key of a state folder; made on first use. Two processes that come first at the same time get the same key.
 * Throws EvidenceError `key-unsafe` when others may read folder or file, `key-invalid` when the file holds no P-256 private key.
 */
export function openKey(state: string): SigningKey {
  const folder = join(state, KEY_FOLDER);
  const file = join(folder, KEY_FILE);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  assertOwn(folder, lstatSync(folder).isDirectory(), '700');
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) makeKeyFile(folder, file);
  const { size } = lstatSync(file);
  assertOwn(file, lstatSync(file).isFile() && size <= KEY_BYTES_MAX, '600');
  return toKey(file, readFileSync(file, 'utf8'));
}

/** The public half as PEM (SubjectPublicKeyInfo), for people who check evidence. */
export const exportPublicKey = ({ publicKey }: SigningKey): string =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** A public key that somebody gave. Throws UsageError `usage` unless it is the PEM of a P-256 public key. */
export function readPublicKey(pem: string): KeyObject {
  const expected = 'expected the PEM of an ECDSA P-256 public key ("-----BEGIN PUBLIC KEY-----")';
  if (!pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----'))
    throw new UsageError('usage', `${expected}, found something else`);
  try {
    const key = createPublicKey(pem);
    if (isP256(key)) return key;
  } catch (cause) {
    throw new UsageError('usage', `${expected}, found an unreadable one`, { cause });
  }
  throw new UsageError('usage', `${expected}, found a key of another kind`);
}

/** Base64 of the SHA-256 of the SPKI DER; `openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64` gives the same. */
export const keyId = (publicKey: KeyObject): string =>
  hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'base64');

/** A hard link refuses to replace what is there, so the first of two makers wins and nobody ever sees half a key. */
function makeKeyFile(folder: string, file: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  const made = join(folder, `.${KEY_FILE}.${randomBytes(8).toString('hex')}`);
  const descriptor = openSync(made, 'wx', 0o600);
  try {
    writeSync(descriptor, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    fsyncSync(descriptor);
    linkSync(made, file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  } finally {
    closeSync(descriptor);
    rmSync(made);
  }
}

function assertOwn(path: string, isExpectedKind: boolean, mode: string): void {
  const { mode: found } = lstatSync(path);
  if (isExpectedKind && (found & FOREIGN_RIGHTS) === 0) return;
  const rights = (found & 0o777).toString(8);
  throw new EvidenceError(
    'key-unsafe',
    `${path}: expected rights ${mode} and no link, found ${rights}; make it yours alone or move it away`,
  );
}

function toKey(file: string, pem: string): SigningKey {
  const privateKey = parsePrivateKey(file, pem);
  if (!isP256(privateKey))
    throw new EvidenceError('key-invalid', `${file}: expected an ECDSA P-256 private key, found another kind`);
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, id: keyId(publicKey) };
}

function parsePrivateKey(file: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The parser's own error is left out: it could carry a part of the key.
    throw new EvidenceError('key-invalid', `${file}: expected the PEM of a private key, found something else`);
  }
}

const isP256 = (key: KeyObject) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === CURVE;
