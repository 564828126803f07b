// ECDSA P-256 signatures in their one canonical form. For every signature (r, s) the pair (r, n − s) is valid too, so whoever wants
// every changed byte to be noticed must allow only one of the two: the one with the smaller s.

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const HALF = ORDER >> 1n;
const NUMBER_BYTES = 32;

/** r || s as 64 bytes (IEEE P1363, what node:crypto and key vaults give) → the smaller form as DER (what openssl reads). */
export function toCanonicalDer(pair: Uint8Array): Buffer {
  const r = toNumber(pair.subarray(0, NUMBER_BYTES));
  const s = toNumber(pair.subarray(NUMBER_BYTES));
  return sequence(integer(r), integer(s > HALF ? ORDER - s : s));
}

/** True when DER bytes are the canonical form: shortest encoding, smaller s, both numbers in range. */
export function isCanonicalDer(der: Buffer): boolean {
  const pair = parse(der);
  if (pair === undefined) return false;
  const [r, s] = pair;
  return r > 0n && r < ORDER && s > 0n && s <= HALF && sequence(integer(r), integer(s)).equals(der);
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** At most 72 bytes, so every length is one byte. */
const sequence = (...parts: readonly Buffer[]) => tagged(SEQUENCE, Buffer.concat(parts));
const tagged = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag, content.length]), content]);

function integer(value: bigint): Buffer {
  const text = value.toString(16);
  const bytes = Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex');
  // A leading bit would make the number negative (X.690, 8.3).
  return tagged(INTEGER, (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function parse(der: Buffer): readonly [bigint, bigint] | undefined {
  const rLength = der[3] ?? 0;
  const sLength = der[5 + rLength] ?? 0;
  if (rLength === 0 || sLength === 0 || der.length !== 6 + rLength + sLength) return undefined;
  return [toNumber(der.subarray(4, 4 + rLength)), toNumber(der.subarray(6 + rLength))];
}

const toNumber = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
