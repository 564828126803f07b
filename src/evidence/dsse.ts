// Dead Simple Signing Envelope v1 (https://github.com/secure-systems-lab/dsse): the signature covers the payload's raw bytes and its type.
import { type KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../model/json.ts';
import { isCanonicalDer, toCanonicalDer } from './ecdsa-signature.ts';
import { EvidenceError } from './evidence-error.ts';
import { keyId, type SigningKey } from './keys.ts';

const envelopeSchema = z.strictObject({
  payloadType: z.string(),
  payload: z.base64(),
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: z.base64() })]),
});

/** Signs a payload. Returns the text of the envelope's file. */
export function signEnvelope(payloadType: string, payload: string, key: SigningKey): string {
  const bytes = Buffer.from(payload);
  const pair = sign('sha256', preAuthEncoding(payloadType, bytes), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  const signature = { keyid: key.id, sig: toCanonicalDer(pair).toString('base64') };
  return fileText({ payloadType, payload: bytes.toString('base64'), signatures: [signature] });
}

/**
 * Checks an envelope against one key and returns its payload. Every byte of the text counts: what is not exactly as `signEnvelope`
 * writes it is refused. Throws EvidenceError `envelope-invalid` or `signature-invalid`.
 */
export function openEnvelope(text: string, payloadType: string, publicKey: KeyObject): string {
  const envelope = parseEnvelope(text, payloadType);
  const [{ keyid, sig }] = envelope.signatures;
  const signature = Buffer.from(sig, 'base64');
  const expected = keyId(publicKey);
  if (keyid !== expected)
    throw new EvidenceError('signature-invalid', `expected a signature of key ${expected}, found one of another key`);
  const payload = Buffer.from(envelope.payload, 'base64');
  const valid =
    isCanonicalDer(signature) && verify('sha256', preAuthEncoding(payloadType, payload), publicKey, signature);
  if (!valid)
    throw new EvidenceError('signature-invalid', `the signature of key ${expected} does not fit the statement`);
  return payload.toString('utf8');
}

/** "DSSEv1" SP length SP type SP length SP payload. */
export const preAuthEncoding = (payloadType: string, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `), payload]);

type Envelope = z.infer<typeof envelopeSchema>;

const fileText = (envelope: Envelope) => `${canonicalJson(envelope)}\n`;

function parseEnvelope(text: string, payloadType: string): Envelope {
  const parsed = envelopeSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new EvidenceError('envelope-invalid', 'expected a DSSE envelope with one signature, found something else');
  if (parsed.data.payloadType !== payloadType)
    throw new EvidenceError('envelope-invalid', `expected payload type ${payloadType}, found another`);
  const { payload, signatures } = parsed.data;
  const canonical = [payload, signatures[0].sig].every(
    (base64) => Buffer.from(base64, 'base64').toString('base64') === base64,
  );
  if (!canonical || fileText(parsed.data) !== text)
    throw new EvidenceError(
      'envelope-invalid',
      'expected the envelope exactly as it was written, found other bytes around the same content',
    );
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EvidenceError('envelope-invalid', 'expected JSON, found something else', { cause });
  }
}
