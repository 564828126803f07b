import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { JsonObject } from '../../model/json.ts';
import { isArmError } from '../arm/arm-error.ts';
import { pause } from '../arm/door.ts';
import { decodeHandle, encodeHandle, openHandle, resourceHandle } from '../arm/operation.ts';
import { watchOperation } from '../arm/watch-operation.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import { resourceInput, SECURITY_GROUP_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import {
  type FoundRule,
  findRule,
  NETWORK_API_VERSION,
  ownRuleName,
  parseRule,
  parseSecurityGroup,
  ruleTarget,
} from './security-rule.ts';

const input = z.strictObject({
  securityGroup: resourceInput(SECURITY_GROUP_TYPE),
  direction: z.enum(['Inbound', 'Outbound']).describe('One step a direction: each is one request'),
  priority: z
    .int()
    .min(100)
    .max(4096)
    .default(100)
    .describe('The lowest is looked at first; a rule in front of this one still holds'),
});
type Input = z.infer<typeof input>;

const REST_POLL_MS = 2000;

/** Denies everything in one direction by a rule of the step's own, which the end of the disruption removes. */
export const networkIsolate = defineAction<Input, World>({
  name: 'azure/network.isolate',
  title: 'Cut the subnets of a network security group off',
  kind: 'write',
  input,
  writes: ({ securityGroup }) => [securityGroup],
  permissions: [
    'Microsoft.Network/networkSecurityGroups/read',
    'Microsoft.Network/networkSecurityGroups/securityRules/read',
    'Microsoft.Network/networkSecurityGroups/securityRules/write',
    'Microsoft.Network/networkSecurityGroups/securityRules/delete',
  ],
  undo: 'reversible',
  // Its rule has a name of this step's own, so that no other step can remove it.
  endsWithDisruption: true,
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 1 to 11 s, median 10 s.
  forecast: { operation: 'PUT Microsoft.Network/networkSecurityGroups/securityRules', typicalMs: 10_000 },
  inspect,
  start: async (given, context) => {
    const { world, key, requestId, signal } = context;
    const target = ruleTarget(given.securityGroup, ownRuleName(key));
    const { apiVersion = '' } = target;
    const answer = await world.arm.mutate(
      { method: 'PUT', path: target.path, apiVersion, body: { properties: ruleOf(given) }, requestId },
      signal,
    );
    const handle = openHandle(answer, target);
    if (handle !== undefined) return { kind: 'accepted', handle: encodeHandle(handle) };
    return {
      kind: 'done',
      output: outputOf(
        given,
        readTaken(() => parseRule(answer.body)),
        context,
      ),
    };
  },
  observe: async (given, handle, context) => {
    const { world, key, signal } = context;
    const target = ruleTarget(given.securityGroup, ownRuleName(key));
    const accepted = handle === undefined ? resourceHandle(target) : decodeHandle(handle);
    const rule = await watchOperation(world.arm, accepted, signal).then((body) => readTaken(() => parseRule(body)));
    const wrong = isAsked(given, rule)
      ? await holeIn(given, world, signal)
      : `expected the rule ${rule.name} of ${given.securityGroup} to deny ${given.direction}, found ${describe(rule)}`;
    // The rule stands and cuts something off: only what is not failed for certain is looked at again, and ended.
    if (wrong !== undefined) throw new ProviderError('isolation-failed', wrong, { ambiguous: true });
    return outputOf(given, rule, context);
  },
  takeBack,
});

const ruleOf = ({ direction, priority }: Input): JsonObject => ({
  protocol: '*',
  sourcePortRange: '*',
  destinationPortRange: '*',
  sourceAddressPrefix: '*',
  destinationAddressPrefix: '*',
  access: 'Deny',
  priority,
  direction,
  description: 'Made by a disaster recovery drill, and removed at its end.',
});

const describe = ({ properties: { access, direction, priority, provisioningState } }: FoundRule): string =>
  `${access} ${direction} at priority ${priority}, ${provisioningState ?? 'in a state that nobody tells'}`;

/** All of it: a rule for one port, or for one address, isolates nobody. */
const isAsked = ({ direction, priority }: Input, { properties }: FoundRule): boolean =>
  properties.access === 'Deny' &&
  properties.direction === direction &&
  properties.priority === priority &&
  [
    properties.protocol,
    properties.sourceAddressPrefix,
    properties.destinationAddressPrefix,
    properties.destinationPortRange,
  ].every((part) => part === '*');

/** As a disruption it took effect (epoch ms) after the request was meant to be sent, and before the end of its operation was seen. */
function outputOf(
  { securityGroup, direction }: Input,
  { name, properties }: FoundRule,
  { attemptedAt, intendedAt, now }: ActionContext<World>,
): JsonObject {
  const latest = Math.ceil(now());
  const earliest = Math.min(latest, Math.floor(attemptedAt ?? intendedAt ?? latest));
  return {
    securityGroup,
    rule: name,
    direction,
    priority: properties.priority,
    earliest,
    effectiveAt: earliest,
    latest,
    simulated: false,
    ours: intendedAt !== undefined,
    source: 'the security rule, between its request and the end of its operation',
    fidelity: [{ resource: securityGroup, means: `${direction} traffic of its subnets was denied` }],
  };
}

/** The rule's name is this step's alone, so what stands under it was sent by this step. */
async function inspect(given: Input, context: ActionContext<World>): Promise<Inspection> {
  const { world, key, signal } = context;
  const name = ownRuleName(key);
  const rule = await findRule(world, given.securityGroup, name, signal);
  if (rule === undefined) {
    const hole = await holeIn(given, world, signal);
    if (hole !== undefined) throw new ProviderError('isolation-failed', hole);
    return { finding: 'not-started', detail: `${given.securityGroup} has no rule ${name}`, before: { rule: null } };
  }
  const detail = `the rule ${name} of ${given.securityGroup} says ${describe(rule)}`;
  if (isRuleChanging(rule)) return { finding: 'running', detail };
  if (!isAsked(given, rule)) return { finding: 'unknown', detail };
  const hole = await holeIn(given, world, signal);
  return hole === undefined
    ? { finding: 'done', detail, output: outputOf(given, rule, context) }
    : { finding: 'unknown', detail: `${detail}; ${hole}` };
}

const isRuleChanging = ({ properties }: FoundRule): boolean => /ing$/i.test(properties.provisioningState ?? '');

/** The rule once nobody is at work on it: a removal whose answer was lost may still be. */
async function restingRule(
  securityGroup: string,
  name: string,
  { world, signal }: Pick<ActionContext<World>, 'world' | 'signal'>,
): Promise<FoundRule | undefined> {
  let rule = await findRule(world, securityGroup, name, signal);
  while (rule !== undefined && isRuleChanging(rule)) {
    await pause(REST_POLL_MS, signal);
    rule = await findRule(world, securityGroup, name, signal);
  }
  return rule;
}

/** What is wrong when a rule that allows something is looked at before ours: the cut has a hole. Undefined: nothing. */
async function holeIn(given: Input, world: World, signal: AbortSignal): Promise<string | undefined> {
  const { securityGroup, direction, priority } = given;
  const { body } = await world.arm.get({ path: securityGroup, apiVersion: NETWORK_API_VERSION }, signal);
  const first = parseSecurityGroup(body).list.find(
    ({ properties: rule }) => rule.access === 'Allow' && rule.direction === direction && rule.priority < priority,
  );
  return (
    first &&
    `expected no rule of ${securityGroup} before priority ${priority} to allow ${direction} traffic, found ${first.name} at ${first.properties.priority}`
  );
}

async function takeBack(
  { securityGroup }: Input,
  _before: unknown,
  { world, key, requestId, signal }: ActionContext<World>,
): Promise<JsonObject> {
  const name = ownRuleName(key);
  const removed = { securityGroup, removed: name };
  if ((await restingRule(securityGroup, name, { world, signal })) === undefined) return removed;
  const target = ruleTarget(securityGroup, name);
  const answer = await world.arm.mutate(
    { method: 'DELETE', path: target.path, apiVersion: target.apiVersion ?? '', requestId },
    signal,
  );
  const handle = openHandle(answer, target);
  try {
    if (handle !== undefined) await watchOperation(world.arm, handle, signal);
  } catch (error) {
    // The end of a deletion is that its resource cannot be read any more.
    if (!isArmError(error, 'arm-not-found')) throw error;
  }
  if ((await findRule(world, securityGroup, name, signal)) !== undefined)
    throw new ProviderError('isolation-failed', `expected the rule ${name} of ${securityGroup} to be gone, found it`);
  return removed;
}
