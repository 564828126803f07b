import type { GenericResourceExpanded } from '@azure/arm-resources';
import { toErrorData } from '../model/errors.ts';
import { ArmError, isArmError } from './arm/arm-error.ts';
import { redactText } from './arm/redact.ts';
import { openClient } from './sdk-client.ts';
import type { World } from './world.ts';

const LIST_TIMEOUT_MS = 120_000;
const RESOURCES_MAX = 10_000;

/** Every top-level resource of a resource group, through the Azure SDK; none when there is no such group. Throws ArmError. */
export async function listGroup(
  { subscription, group }: { readonly subscription: string; readonly group: string },
  world: World,
  signal: AbortSignal,
): Promise<readonly GenericResourceExpanded[]> {
  const { ResourceManagementClient } = await import('@azure/arm-resources');
  const client = openClient(ResourceManagementClient, subscription, world);
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

const statusOf = (error: unknown) => (error as { statusCode?: unknown } | undefined)?.statusCode;

function listError(group: string, error: unknown): ArmError {
  const { code, message } = toErrorData(error);
  const reason = redactText(message);
  return new ArmError('arm-unavailable', `the resource group ${group} could not be listed (${code}): ${reason}`, {
    retryable: true,
  });
}
