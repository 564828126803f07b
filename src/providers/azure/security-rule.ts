// Rules of network security groups as the control plane shows them.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Json } from '../../model/json.ts';
import type { Target } from '../arm/allowed-url.ts';
import { isArmError } from '../arm/arm-error.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';

export const NETWORK_API_VERSION = '2024-01-01';

const ruleShape = z.object({
  name: z.string(),
  properties: z.object({
    provisioningState: z.string().nullish(),
    access: z.string(),
    direction: z.string(),
    priority: z.int(),
    protocol: z.string().nullish(),
    sourceAddressPrefix: z.string().nullish(),
    destinationAddressPrefix: z.string().nullish(),
    destinationPortRange: z.string().nullish(),
  }),
});
export type FoundRule = z.infer<typeof ruleShape>;

const groupShape = z.object({
  properties: z.object({ securityRules: z.array(ruleShape).nullish() }),
});

/** The name of a step's own rule: nobody else's has it. `key` is the step's, the same for every attempt. */
export const ownRuleName = (key: string): string =>
  `drillmaster-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;

export const ruleTarget = (group: string, name: string): Target => ({
  path: `${group}/securityRules/${name}`,
  apiVersion: NETWORK_API_VERSION,
});

/** Undefined when there is none. */
export async function findRule(
  world: World,
  group: string,
  name: string,
  signal: AbortSignal,
): Promise<FoundRule | undefined> {
  try {
    return parseRule((await world.arm.get(ruleTarget(group, name), signal)).body);
  } catch (error) {
    if (!isArmError(error, 'arm-not-found')) throw error;
    // A rule that is not there is an answer; a group that is not there is none.
    parseSecurityGroup((await world.arm.get({ path: group, apiVersion: NETWORK_API_VERSION }, signal)).body);
    return undefined;
  }
}

/** Throws ProviderError `answer-invalid`. */
export function parseRule(body: Json | undefined): FoundRule {
  const parsed = ruleShape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a security rule, found something else: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data;
}

interface FoundGroup {
  readonly list: readonly FoundRule[];
}

/** Throws ProviderError `answer-invalid`. */
export function parseSecurityGroup(body: Json | undefined): FoundGroup {
  const parsed = groupShape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a network security group, found something else: ${z.prettifyError(parsed.error)}`,
    );
  return { list: parsed.data.properties.securityRules ?? [] };
}
