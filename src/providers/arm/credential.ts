// Who drillmaster is towards Azure or a twin. The identity library is heavy: it is loaded at the first token, and once.
import { Agent } from 'node:https';
import type { TokenCredential } from '@azure/core-auth';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import type { ClientSecretCredentialOptions } from '@azure/identity';
import type { Connection, Environment } from '../../model/environment.ts';

/** The audience of Azure Resource Manager in every public region. Never derived from the endpoint, which may be a twin's. */
export const ARM_SCOPE = 'https://management.azure.com/.default';

const TOKEN_LIFETIME_MS = 24 * 3600 * 1000;
const CONNECTIONS_MAX = 4;

/** `authorities`: PEM of every authority to trust; undefined: the system's. Sends nothing yet. */
export function credentialOf(
  { tenant }: Environment,
  { client, token }: Connection,
  authorities: readonly string[] | undefined,
): TokenCredential {
  if (client !== undefined) return clientIdentity(tenant, client, authorities);
  return token === undefined ? signedInIdentity(tenant) : tokenIdentity(token);
}

/** A token that is known already. */
export const tokenIdentity = (token: string): TokenCredential => ({
  getToken: async () => ({ token, expiresOnTimestamp: Date.now() + TOKEN_LIFETIME_MS }),
});

/** Whoever is signed in: workload identity, managed identity or a developer's tools. */
export const signedInIdentity = (tenantId: string): TokenCredential =>
  loadedOnce(async () => {
    const { DefaultAzureCredential } = await import('@azure/identity');
    return new DefaultAzureCredential(tenantId === '' ? {} : { tenantId });
  });

/** A client of a twin, which answers as Entra ID does. Its authority is known to nobody else, so nobody is asked whether it is genuine. */
const clientIdentity = (
  tenant: string,
  { authorityHost, clientId, clientSecret }: NonNullable<Connection['client']>,
  authorities: readonly string[] | undefined,
): TokenCredential =>
  loadedOnce(async () => {
    const { ClientSecretCredential } = await import('@azure/identity');
    const options: ClientSecretCredentialOptions = {
      authorityHost,
      disableInstanceDiscovery: true,
      additionalPolicies: [{ policy: directly(authorities), position: 'perCall' }],
    };
    return new ClientSecretCredential(tenant, clientId, clientSecret, options);
  });

/** A twin is on the loopback, where no proxy leads: a request with an agent of its own is not sent through one. */
function directly(authorities: readonly string[] | undefined): PipelinePolicy {
  const ca = authorities === undefined ? {} : { ca: [...authorities] };
  const agent = new Agent({ ...ca, maxSockets: CONNECTIONS_MAX });
  return {
    name: 'directlyPolicy',
    sendRequest: (request, next) => {
      request.agent = agent;
      return next(request);
    },
  };
}

function loadedOnce(load: () => Promise<TokenCredential>): TokenCredential {
  let inner: Promise<TokenCredential> | undefined;
  return {
    getToken: async (scopes, options) => {
      inner ??= load();
      return (await inner).getToken(scopes, options);
    },
  };
}
