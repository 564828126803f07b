// Networks, security groups and interfaces as Azure shows them. Address ranges are declared: nothing of a twin has an address of its own.
import { MACHINE_TYPE, NETWORK_TYPE, NIC_TYPE, resourceId, SECURITY_GROUP_TYPE } from '../../world/resource-ids.ts';
import type { SecurityRule } from '../../world/security-rules.ts';
import type { World } from '../../world/world-schema.ts';
import { uuidOf } from '../compute/compute-bodies.ts';
import type { InterfaceRecord } from './interface-records.ts';
import type { SecurityGroup, VirtualNetwork } from './network-records.ts';

const DECLARED_RANGE = '10.0.0.0/16';

export function networkBody(network: VirtualNetwork, world: World) {
  const id = resourceId(world.subscription, NETWORK_TYPE, network);
  return {
    id,
    name: network.name,
    type: NETWORK_TYPE,
    location: network.region,
    etag: etagOf(id),
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: uuidOf(id),
      addressSpace: { addressPrefixes: [DECLARED_RANGE] },
      subnets: network.subnets.map(({ name }) => subnetBody(network, name, world)),
    },
  };
}

export function subnetBody(network: VirtualNetwork, name: string, world: World) {
  const at = network.subnets.findIndex((subnet) => subnet.name === name);
  const securityGroup = world.networkSecurityGroups.find((group) => group.name === network.subnets[at]?.securityGroup);
  const id = `${resourceId(world.subscription, NETWORK_TYPE, network)}/subnets/${name}`;
  return {
    id,
    name,
    type: `${NETWORK_TYPE}/subnets`,
    etag: etagOf(id),
    properties: {
      provisioningState: 'Succeeded',
      addressPrefix: `10.0.${at}.0/24`,
      ...(securityGroup === undefined
        ? {}
        : { networkSecurityGroup: { id: resourceId(world.subscription, SECURITY_GROUP_TYPE, securityGroup) } }),
    },
  };
}

export function securityGroupBody(group: SecurityGroup, world: World) {
  const id = resourceId(world.subscription, SECURITY_GROUP_TYPE, group);
  const subnets = world.virtualNetworks.flatMap((network) =>
    network.subnets
      .filter(({ securityGroup }) => securityGroup === group.name)
      .map(({ name }) => ({ id: `${resourceId(world.subscription, NETWORK_TYPE, network)}/subnets/${name}` })),
  );
  return {
    id,
    name: group.name,
    type: SECURITY_GROUP_TYPE,
    location: group.region,
    etag: etagOf(id),
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: uuidOf(id),
      securityRules: [...group.rules.values()].map((rule) => ruleBody(group, rule, world.subscription)),
      ...(subnets.length === 0 ? {} : { subnets }),
    },
  };
}

export function ruleBody(group: SecurityGroup, rule: SecurityRule, subscription: string) {
  const id = `${resourceId(subscription, SECURITY_GROUP_TYPE, group)}/securityRules/${rule.name}`;
  const peer = rule.peer;
  return {
    id,
    name: rule.name,
    type: `${SECURITY_GROUP_TYPE}/securityRules`,
    etag: etagOf(JSON.stringify(rule)),
    properties: {
      provisioningState: group.pending.get(rule.name.toLowerCase()) ?? 'Succeeded',
      protocol: '*',
      sourcePortRange: '*',
      destinationPortRange: '*',
      sourceAddressPrefix: rule.direction === 'Inbound' ? peer : '*',
      destinationAddressPrefix: rule.direction === 'Outbound' ? peer : '*',
      access: rule.access,
      priority: rule.priority,
      direction: rule.direction,
      ...(rule.description === undefined ? {} : { description: rule.description }),
    },
  };
}

export function nicBody(one: InterfaceRecord, world: World) {
  const { machine, tags } = one;
  const id = resourceId(world.subscription, NIC_TYPE, one);
  const [network, subnet = ''] = one.subnet?.split('/') ?? [];
  const found = world.virtualNetworks.find(({ name }) => name === network);
  const configured = found && { subnet: { id: subnetBody(found, subnet, world).id } };
  return {
    id,
    name: one.name,
    type: NIC_TYPE,
    location: one.region,
    etag: etagOf(id),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    properties: {
      provisioningState: one.isDeleting ? 'Deleting' : 'Succeeded',
      ...(machine === undefined
        ? {}
        : { virtualMachine: { id: resourceId(world.subscription, MACHINE_TYPE, machine) } }),
      ipConfigurations: [
        {
          id: `${id}/ipConfigurations/primary`,
          name: 'primary',
          properties: {
            provisioningState: 'Succeeded',
            primary: true,
            privateIPAllocationMethod: 'Dynamic',
            ...configured,
          },
        },
      ],
    },
  };
}

const etagOf = (text: string) => `W/"${uuidOf(text)}"`;
