// Sign-in as Entra ID and the managed identity of a host offer it: discovery, client credentials, IDENTITY_ENDPOINT.
import { randomUUID } from 'node:crypto';
import type { Reply } from '../arm-reply.ts';
import type { WireRequest } from '../https-listener.ts';
import { AUDIENCES, type Identity, sameSecret } from './tokens.ts';

/** Where a managed identity asks: the value of `IDENTITY_ENDPOINT` is the twin's endpoint and this path. */
const MANAGED_IDENTITY_PATH = '/msi/token';
const TOKEN_PATH = /^\/([^/]+)\/oauth2\/v2\.0\/token$/i;
const DISCOVERY_PATH = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/i;
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** The answer to a request that signs in; undefined when it is none. Nobody needs a token to ask for one. */
export function answerSignIn(identity: Identity, endpoint: string, request: WireRequest): Reply | undefined {
  const { method, url } = request;
  const tenant = (TOKEN_PATH.exec(url.pathname) ?? DISCOVERY_PATH.exec(url.pathname))?.[1];
  if (tenant !== undefined) {
    if (tenant.toLowerCase() !== identity.tenant.toLowerCase())
      return failure(400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`);
    if (method === 'GET' && DISCOVERY_PATH.test(url.pathname)) return discovery(tenant, endpoint);
    if (method === 'POST' && TOKEN_PATH.test(url.pathname)) return clientToken(identity, request);
  }
  return method === 'GET' && url.pathname === MANAGED_IDENTITY_PATH ? hostToken(identity, request) : undefined;
}

const discovery = (tenant: string, endpoint: string): Reply => ({
  status: 200,
  body: {
    issuer: `${endpoint}/${tenant}/v2.0`,
    token_endpoint: `${endpoint}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${endpoint}/${tenant}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${endpoint}/${tenant}/oauth2/v2.0/logout`,
    jwks_uri: `${endpoint}/${tenant}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post'],
    response_types_supported: ['code'],
    scopes_supported: ['openid'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
  },
});

function clientToken(identity: Identity, { text }: WireRequest): Reply {
  const given = new URLSearchParams(text);
  if (given.get('grant_type') !== 'client_credentials')
    return failure(400, 'unsupported_grant_type', 70003, 'This twin knows the grant client_credentials only.');
  if (given.get('client_id') !== identity.client.clientId)
    return failure(400, 'unauthorized_client', 700016, 'The application was not found in the directory.');
  if (!sameSecret(given.get('client_secret') ?? '', identity.client.clientSecret))
    return failure(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
  const scope = (given.get('scope') ?? '').split(' ').find((word) => word.endsWith('/.default')) ?? '';
  const audience = audienceOf(scope.slice(0, -'/.default'.length));
  if (audience === undefined)
    return failure(400, 'invalid_resource', 500011, `The resource principal of the scope '${scope}' was not found.`);
  const { token, lifetimeSeconds } = identity.issue(audience);
  const body = { token_type: 'Bearer', expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds };
  return { status: 200, body: { ...body, access_token: token }, headers: NO_STORE };
}

function hostToken(identity: Identity, { url, headers }: WireRequest): Reply {
  if (!sameSecret(headers['x-identity-header'] ?? '', identity.client.identityHeader))
    return { status: 401, body: { statusCode: 401, message: 'expected the header X-IDENTITY-HEADER of this twin' } };
  const resource = url.searchParams.get('resource') ?? '';
  const audience = audienceOf(resource);
  if (audience === undefined)
    return { status: 400, body: { statusCode: 400, message: `expected a resource of Azure, found '${resource}'` } };
  const { token, expiresAt } = identity.issue(audience);
  const body = { access_token: token, expires_on: String(Math.floor(expiresAt / 1000)), resource };
  return {
    status: 200,
    body: { ...body, token_type: 'Bearer', client_id: identity.client.clientId },
    headers: NO_STORE,
  };
}

/** Clients write audiences with and without a slash at the end. */
const audienceOf = (resource: string): string | undefined =>
  AUDIENCES.find((audience) => audience === resource.replace(/\/+$/, ''));

/** The error envelope that every library of Entra ID reads. */
function failure(status: number, error: string, code: number, message: string): Reply {
  const ids = { trace_id: randomUUID(), correlation_id: randomUUID(), timestamp: new Date().toISOString() };
  return { status, body: { error, error_description: `AADSTS${code}: ${message}`, error_codes: [code], ...ids } };
}
