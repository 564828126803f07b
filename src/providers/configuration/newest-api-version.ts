// In which version a resource type can be asked of which this program knows nothing: its provider says it.
import * as z from 'zod';
import { parseResourceId, sameResource } from '../../model/resource-id.ts';
import { isArmError } from '../arm/arm-error.ts';
import type { World } from '../world.ts';

const PROVIDERS_API_VERSION = '2021-04-01';

const shape = z.object({
  resourceTypes: z.array(z.object({ resourceType: z.string(), apiVersions: z.array(z.string()).nullish() })),
});

/** The newest version that is no preview, else the newest; undefined when the control plane tells none. Throws ArmError. */
export async function newestApiVersion(id: string, world: World, signal: AbortSignal): Promise<string | undefined> {
  const { subscription, type } = parseResourceId(id) ?? { subscription: '', type: '' };
  const [provider = '', ...types] = type.split('/');
  if (types.length === 0) return undefined;
  try {
    const path = `/subscriptions/${subscription}/providers/${provider}`;
    const { body } = await world.arm.get({ path, apiVersion: PROVIDERS_API_VERSION }, signal);
    const known = shape.safeParse(body).data?.resourceTypes ?? [];
    const versions = known.find(({ resourceType }) => sameResource(resourceType, types.join('/')))?.apiVersions ?? [];
    const newest = versions.toSorted().toReversed();
    return newest.find((version) => !/preview/i.test(version)) ?? newest[0];
  } catch (error) {
    if (isArmError(error, 'arm-not-found', 'arm-refused')) return undefined;
    throw error;
  }
}
