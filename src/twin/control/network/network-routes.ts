// Microsoft.Network: virtual networks and subnets for reading, interfaces for deletion; rules of security groups can be changed, and cut what they deny.
import * as z from 'zod';
import { NETWORK_TYPE, NIC_TYPE, resourceId, SECURITY_GROUP_TYPE } from '../../world/resource-ids.ts';
import type { SecurityRule } from '../../world/security-rules.ts';
import { invalidContent, noContent, ok, Refusal, type Reply, resourceNotFound } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { refusedWrites } from '../compute/refused-writes.ts';
import type { Pace } from '../operations.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { removeInterface } from './interface-routes.ts';
import { networkBody, nicBody, ruleBody, securityGroupBody, subnetBody } from './network-bodies.ts';
import type { SecurityGroup } from './network-records.ts';

export const NETWORK_VERSIONS = ['2023-11-01', '2024-01-01', '2024-05-01', '2025-01-01', '2026-01-01'];
const inGroup = (type: string) => `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}`;
const RULES_MAX = 200;

export function networkRoutes(cloud: Cloud): readonly Route[] {
  const { world, networks } = cloud;
  const group = ({ names }: ArmRequest) => cloud.groups.get(names['group'] ?? '').name;
  const network = (request: ArmRequest) =>
    found(networks.networks, NETWORK_TYPE, group(request), request.names['name'] ?? '');
  const paged = (request: ArmRequest, items: readonly unknown[]) => page(request, cloud.endpoint(), items);
  const ofGroup = <T extends { readonly group: string }>(items: readonly T[], request: ArmRequest) =>
    items.filter((item) => item.group.toLowerCase() === group(request).toLowerCase());
  return served(NETWORK_VERSIONS, [
    {
      method: 'GET',
      path: inGroup(NETWORK_TYPE),
      handle: (request) =>
        paged(
          request,
          ofGroup(networks.networks, request).map((one) => networkBody(one, world)),
        ),
    },
    {
      method: 'GET',
      path: `${inGroup(NETWORK_TYPE)}/{name}`,
      handle: (request) => ok(networkBody(network(request), world)),
    },
    {
      method: 'GET',
      path: `${inGroup(NETWORK_TYPE)}/{name}/subnets/{subnet}`,
      handle: (request) => {
        const { name, group: place, subnets } = network(request);
        const members = subnets.map((subnet) => ({ ...subnet, group: place }));
        const subnet = found(members, `${NETWORK_TYPE}/${name}/subnets`, place, request.names['subnet'] ?? '');
        return ok(subnetBody(network(request), subnet.name, world));
      },
    },
    {
      method: 'GET',
      path: inGroup(NIC_TYPE),
      handle: (request) =>
        paged(
          request,
          cloud.interfaces.list(group(request)).map((one) => nicBody(one, world)),
        ),
    },
    {
      method: 'GET',
      path: `${inGroup(NIC_TYPE)}/{name}`,
      handle: (request) => ok(nicBody(cloud.interfaces.get(group(request), request.names['name'] ?? ''), world)),
    },
    {
      method: 'DELETE',
      path: `${inGroup(NIC_TYPE)}/{name}`,
      handle: (request) => removeInterface(cloud, request, group(request)),
    },
    ...securityRoutes(cloud, group, paged),
    ...[NETWORK_TYPE, SECURITY_GROUP_TYPE].flatMap((type) =>
      refusedWrites(['PUT', 'DELETE'], `${inGroup(type)}/{name}`, type, 'the world file has them'),
    ),
    ...refusedWrites(['PUT'], `${inGroup(NIC_TYPE)}/{name}`, NIC_TYPE, 'every machine has its own'),
  ]);
}

function securityRoutes(
  cloud: Cloud,
  group: (request: ArmRequest) => string,
  paged: (request: ArmRequest, items: readonly unknown[]) => Reply,
): readonly Omit<Route, 'apiVersions'>[] {
  const { world, networks } = cloud;
  const base = inGroup(SECURITY_GROUP_TYPE);
  const owner = (request: ArmRequest) => networks.securityGroup(group(request), request.names['name'] ?? '');
  const view = (one: SecurityGroup) => securityGroupBody(one, world);
  const rules = (one: SecurityGroup) => [...one.rules.values()].map((rule) => ruleBody(one, rule, world.subscription));
  return [
    {
      method: 'GET',
      path: base,
      handle: (request) => paged(request, networks.securityGroups(group(request)).map(view)),
    },
    { method: 'GET', path: `${base}/{name}`, handle: (request) => ok(view(owner(request))) },
    { method: 'GET', path: `${base}/{name}/securityRules`, handle: (request) => paged(request, rules(owner(request))) },
    {
      method: 'GET',
      path: `${base}/{name}/securityRules/{rule}`,
      handle: (request) => ok(ruleBody(owner(request), ruleOf(owner(request), request), world.subscription)),
    },
    {
      method: 'PUT',
      path: `${base}/{name}/securityRules/{rule}`,
      handle: (request) => putRule(cloud, request, owner(request)),
    },
    {
      method: 'DELETE',
      path: `${base}/{name}/securityRules/{rule}`,
      handle: (request) => removeRule(cloud, request, owner(request)),
    },
  ];
}

function ruleOf(owner: SecurityGroup, { names: { rule = '' } }: ArmRequest): SecurityRule {
  const known = owner.rules.get(rule.toLowerCase());
  if (known === undefined)
    throw resourceNotFound(`${SECURITY_GROUP_TYPE}/${owner.name}/securityRules`, rule, owner.group);
  return known;
}

/** Everything else would be taken and change nothing here, so it is refused. */
const peer = z.enum(['*', 'VirtualNetwork', 'Internet']);
const ruleSchema = z.object({
  properties: z.strictObject({
    protocol: z.literal('*'),
    sourcePortRange: z.literal('*').default('*'),
    destinationPortRange: z.literal('*').default('*'),
    sourceAddressPrefix: peer,
    destinationAddressPrefix: peer,
    access: z.enum(['Allow', 'Deny']),
    priority: z.int().min(100).max(4096),
    direction: z.enum(['Inbound', 'Outbound']),
    description: z.string().max(140).optional(),
    provisioningState: z.string().optional(),
  }),
});

function putRule(cloud: Cloud, request: ArmRequest, owner: SecurityGroup): Reply {
  const rule = parseRule(request);
  const known = owner.rules.get(rule.name.toLowerCase());
  const other = [...owner.rules.values()].find(
    ({ name, priority, direction }) =>
      name !== known?.name && priority === rule.priority && direction === rule.direction,
  );
  if (other !== undefined)
    throw new Refusal(
      400,
      'SecurityRuleConflict',
      `Security rule ${rule.name} conflicts with rule ${other.name}. Rules cannot have the same Priority and Direction.`,
    );
  if (known === undefined && owner.rules.size >= RULES_MAX)
    throw invalidContent(`expected at most ${RULES_MAX} rules of ${owner.name}, found more`);
  const reply = changeRules(cloud, request, owner, rule);
  return { ...reply, status: known === undefined ? 201 : 200, body: ruleBody(owner, rule, cloud.world.subscription) };
}

function parseRule({ body, names }: ArmRequest): SecurityRule {
  const parsed = ruleSchema.safeParse(body);
  if (!parsed.success)
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      `This twin takes rules for all ports and protocols, with * or the tags VirtualNetwork and Internet: ${z.prettifyError(parsed.error)}`,
    );
  const { direction, access, priority, description, ...ends } = parsed.data.properties;
  // The subnet's own end of a rule: in Azure one for the Internet fits no machine of a subnet, and would cut nothing.
  const own = direction === 'Inbound' ? ends.destinationAddressPrefix : ends.sourceAddressPrefix;
  if (own !== '*')
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      `This twin takes rules for whole subnets: expected * as the ${direction === 'Inbound' ? 'destination' : 'source'} of an ${direction} rule, found ${own}.`,
    );
  return {
    name: names['rule'] ?? '',
    priority,
    direction,
    access,
    peer: direction === 'Inbound' ? ends.sourceAddressPrefix : ends.destinationAddressPrefix,
    ...(description === undefined ? {} : { description }),
  };
}

function removeRule(cloud: Cloud, request: ArmRequest, owner: SecurityGroup): Reply {
  const name = request.names['rule'] ?? '';
  if (!owner.rules.has(name.toLowerCase())) return noContent;
  return changeRules(cloud, request, owner, undefined);
}

function changeRules(cloud: Cloud, request: ArmRequest, owner: SecurityGroup, rule: SecurityRule | undefined): Reply {
  const name = request.names['rule'] ?? '';
  const method = rule === undefined ? 'DELETE' : 'PUT';
  cloud.networks.begin(owner, name, rule);
  return cloud.operations.start(
    request,
    {
      operation: `${method} ${SECURITY_GROUP_TYPE}/securityRules`,
      label: method === 'PUT' ? 'PutSecurityRuleOperation' : 'DeleteSecurityRuleOperation',
      provider: 'Microsoft.Network',
      location: owner.region,
      resource: `${resourceId(cloud.world.subscription, SECURITY_GROUP_TYPE, owner)}/securityRules/${name}`,
      work: async (pace: Pace) => {
        await pace.untilBeforeEnd(0);
        cloud.networks.enforce(owner, name, rule);
      },
      settle: () => cloud.networks.settle(owner, name),
      result: () => undefined,
    },
    cloud.signal,
  );
}

function found<T extends { readonly name: string; readonly group: string }>(
  items: readonly T[],
  type: string,
  group: string,
  name: string,
): T {
  const item = items.find(
    (one) => one.name.toLowerCase() === name.toLowerCase() && one.group.toLowerCase() === group.toLowerCase(),
  );
  if (item === undefined) throw resourceNotFound(type, name, group);
  return item;
}
