// Access tokens of one twin: signed by a key that nobody else has, for one audience, and for an hour.
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';

/** How a client proves who it is. All but the id are secrets. */
export interface ClientRegistration {
  readonly clientId: string;
  readonly clientSecret: string;
  /** What a managed identity's client sends as `X-IDENTITY-HEADER`. */
  readonly identityHeader: string;
}

export type TokenVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'expired'; readonly at: number }
  | { readonly kind: 'other-audience'; readonly audience: string };

export interface Identity {
  readonly tenant: string;
  readonly client: ClientRegistration;
  /** A new token for an audience, `https://management.azure.com`. */
  readonly issue: (audience: string) => IssuedToken;
  readonly check: (bearer: string, audiences: readonly string[]) => TokenVerdict;
}

export interface IssuedToken {
  readonly token: string;
  readonly lifetimeSeconds: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface IdentityOptions {
  readonly tenant: string;
  /** The operator's own token, which stands in the twin's folder and is good for every audience until the twin ends. */
  readonly operatorToken: string;
  readonly lifetimeSeconds?: number;
  readonly now?: () => number;
}

export const ARM_AUDIENCES = ['https://management.azure.com', 'https://management.core.windows.net'];
export const STORAGE_AUDIENCES = ['https://storage.azure.com'];
const VAULT_AUDIENCE = 'https://vault.azure.net';
export const AUDIENCES = [...ARM_AUDIENCES, ...STORAGE_AUDIENCES, VAULT_AUDIENCE];

const LIFETIME_SECONDS = 3600;
const SECRET_BYTES = 24;
const HEADER = base64url({ typ: 'JWT', alg: 'HS256' });
const claimsSchema = z.object({ aud: z.string(), exp: z.number(), nbf: z.number() });

export function makeIdentity({
  tenant,
  operatorToken,
  lifetimeSeconds = LIFETIME_SECONDS,
  now = Date.now,
}: IdentityOptions): Identity {
  const key = randomBytes(32);
  const client = { clientId: randomUUID(), clientSecret: secret(), identityHeader: secret() };
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url');

  function issue(audience: string): IssuedToken {
    const issued = Math.floor(now() / 1000);
    const expires = issued + lifetimeSeconds;
    const who = { tid: tenant, appid: client.clientId, oid: client.clientId, sub: client.clientId };
    const claims = { aud: audience, iss: `https://sts.windows.net/${tenant}/`, iat: issued, nbf: issued, exp: expires };
    const text = `${HEADER}.${base64url({ ...claims, ...who, ver: '1.0', uti: randomUUID() })}`;
    return { token: `${text}.${sign(text)}`, lifetimeSeconds, expiresAt: expires * 1000 };
  }

  function check(bearer: string, audiences: readonly string[]): TokenVerdict {
    if (sameSecret(bearer, operatorToken)) return { kind: 'accepted' };
    const [header = '', body = '', signature = ''] = bearer.split('.');
    if (!sameSecret(signature, sign(`${header}.${body}`))) return { kind: 'invalid' };
    const claims = claimsSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
    if (claims.exp * 1000 <= now()) return { kind: 'expired', at: claims.exp * 1000 };
    return audiences.includes(claims.aud) ? { kind: 'accepted' } : { kind: 'other-audience', audience: claims.aud };
  }

  return { tenant, client, issue, check };
}

/** Compares without telling by its duration how much was right. */
export const sameSecret = (found: string, expected: string): boolean =>
  timingSafeEqual(digest(found), digest(expected));

const digest = (text: string) => createHash('sha256').update(text).digest();
const secret = () => randomBytes(SECRET_BYTES).toString('base64url');

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
