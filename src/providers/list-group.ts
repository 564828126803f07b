import type { GenericResourceExpanded, ResourceManagementClientOptionalParams } from '@azure/arm-resources';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { toErrorData } from '../model/errors.ts';
import { allowedUrl } from './arm/allowed-url.ts';
import { ArmError, isArmError } from './arm/arm-error.ts';
import { ARM_SCOPE } from './arm/credential.ts';
import { redactText } from './arm/redact.ts';
import type { World } from './world.ts';

const LIST_TIMEOUT_MS = 120_000;
const RESOURCES_MAX = 10_000;
const RETRIES_MAX = 2;

/** Every top-level resource of a resource group, through the Azure SDK; none when there is no such group. Throws ArmError. */
export async function listGroup(
  { subscription, group }: { readonly subscription: string; readonly group: string },
  world: World,
  signal: AbortSignal,
): Promise<readonly GenericResourceExpanded[]> {
  const { ResourceManagementClient } = await import('@azure/arm-resources');
  const client = new ResourceManagementClient(world.credential, subscription, clientOptions(world));
  // A twin is on the loopback, where no proxy leads.
  if (world.environment.kind === 'twin') client.pipeline.removePolicy({ name: 'proxyPolicy' });
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]);
  const found: GenericResourceExpanded[] = [];
  try {
    for await (const resource of client.resources.listByResourceGroup(group, {
      expand: 'provisioningState',
      abortSignal,
    })) {
      if (found.push(resource) > RESOURCES_MAX)
        throw new ArmError(
          'arm-answer-too-large',
          `expected at most ${RESOURCES_MAX} resources in ${group}, found more`,
        );
    }
  } catch (error) {
    if (statusOf(error) !== 404) throw isArmError(error) ? error : listError(group, error);
  }
  return found;
}

/** Both generations of the SDKs must be told the audience: one derives it from the endpoint, the other ignores the endpoint. */
function clientOptions({
  connection,
  authorities,
}: World): ResourceManagementClientOptionalParams & { credentialScopes: string } {
  return {
    endpoint: connection.armEndpoint,
    credentials: { scopes: [ARM_SCOPE] },
    credentialScopes: ARM_SCOPE,
    retryOptions: { maxRetries: RETRIES_MAX },
    additionalPolicies: [{ policy: ownHostOnly(connection.armEndpoint), position: 'perRetry' }],
    ...(authorities === undefined ? {} : { tlsOptions: { ca: [...authorities] } }),
  };
}

/** A hostile nextLink gets neither a request nor a token. */
const ownHostOnly = (endpoint: string): PipelinePolicy => ({
  name: 'ownHostOnlyPolicy',
  sendRequest: (request, next) => {
    allowedUrl(endpoint, { path: request.url });
    return next(request);
  },
});

const statusOf = (error: unknown) => (error as { statusCode?: unknown } | undefined)?.statusCode;

function listError(group: string, error: unknown): ArmError {
  const { code, message } = toErrorData(error);
  const reason = redactText(message);
  return new ArmError('arm-unavailable', `the resource group ${group} could not be listed (${code}): ${reason}`, {
    retryable: true,
  });
}
