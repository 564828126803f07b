// Clients of the Azure SDK that only read: aimed at our endpoint, with our sign-in, and at no other host.
import type { TokenCredential } from '@azure/core-auth';
import type { Pipeline, PipelinePolicy } from '@azure/core-rest-pipeline';
import { allowedUrl } from './arm/allowed-url.ts';
import { ARM_SCOPE } from './arm/credential.ts';
import type { World } from './world.ts';

const RETRIES_MAX = 2;

type ClientOptions = ReturnType<typeof clientOptions>;
type ClientClass<Client> = new (credential: TokenCredential, subscription: string, options: ClientOptions) => Client;

/** A client of one subscription. */
export function openClient<Client extends { readonly pipeline: Pipeline }>(
  Class: ClientClass<Client>,
  subscription: string,
  world: World,
): Client {
  const client = new Class(world.credential, subscription, clientOptions(world));
  // A twin is on the loopback, where no proxy leads.
  if (world.environment.kind === 'twin') client.pipeline.removePolicy({ name: 'proxyPolicy' });
  return client;
}

/** Both generations of the SDKs must be told the audience: one derives it from the endpoint, the other ignores the endpoint. */
const clientOptions = ({ connection, authorities }: World) => ({
  endpoint: connection.armEndpoint,
  credentials: { scopes: [ARM_SCOPE] },
  credentialScopes: ARM_SCOPE,
  retryOptions: { maxRetries: RETRIES_MAX },
  additionalPolicies: [{ policy: ownHostOnly(connection.armEndpoint), position: 'perRetry' as const }],
  ...(authorities === undefined ? {} : { tlsOptions: { ca: [...authorities] } }),
});

/** A hostile nextLink gets neither a request nor a token. */
const ownHostOnly = (endpoint: string): PipelinePolicy => ({
  name: 'ownHostOnlyPolicy',
  sendRequest: (request, next) => {
    allowedUrl(endpoint, { path: request.url });
    return next(request);
  },
});
