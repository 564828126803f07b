// What can be wrong with the machines and networks of a well-formed world: names that lead nowhere or stand twice.
import { missing, placed, twice, type WorldIssue } from './world-issues.ts';
import type { World } from './world-schema.ts';

export const checkMachines = (world: World): readonly WorldIssue[] => [
  ...checkPlaces(world),
  ...checkSubnets(world),
  ...checkProduction(world),
  ...(['machines', 'virtualNetworks', 'networkSecurityGroups'] as const).flatMap((key) =>
    twice(
      key,
      world[key].map(({ name }) => name.toLowerCase()),
      'name',
    ),
  ),
];

function checkPlaces({ machines, virtualNetworks, networkSecurityGroups, regions, resourceGroups }: World) {
  const groups = resourceGroups.map(({ name }) => name);
  return [
    ...placed('machines', machines),
    ...placed('virtualNetworks', virtualNetworks),
    ...placed('networkSecurityGroups', networkSecurityGroups),
  ].flatMap(({ path, item }) => [
    ...missing([...path, 'region'], 'a region', item.region, regions),
    ...missing([...path, 'group'], 'a resource group', item.group, groups),
  ]);
}

/** A machine stands in a network of its own region, a subnet under a security group of its own. */
function checkSubnets({ machines, virtualNetworks, networkSecurityGroups }: World): readonly WorldIssue[] {
  const subnetsIn = (region: string) =>
    virtualNetworks
      .filter((network) => network.region === region)
      .flatMap(({ name, subnets }) => subnets.map((subnet) => `${name}/${subnet.name}`));
  const ofMachines = placed('machines', machines).flatMap(({ path, item: { subnet, region } }) =>
    subnet === undefined ? [] : missing([...path, 'subnet'], `a subnet in ${region}`, subnet, subnetsIn(region)),
  );
  const ofNetworks = placed('virtualNetworks', virtualNetworks).flatMap(({ path, item: { subnets, region } }) =>
    subnets.flatMap(({ securityGroup }, at) =>
      securityGroup === undefined
        ? []
        : missing(
            [...path, 'subnets', at, 'securityGroup'],
            `a security group in ${region}`,
            securityGroup,
            networkSecurityGroups.filter((group) => group.region === region).map(({ name }) => name),
          ),
    ),
  );
  return [...ofMachines, ...ofNetworks];
}

function checkProduction({ machines, trafficManager }: World): readonly WorldIssue[] {
  const hosts = trafficManager.map(({ fqdn }) => fqdn);
  return placed('machines', machines).flatMap(({ path, item: { production } }) =>
    production === undefined
      ? []
      : missing([...path, 'production'], 'the name of a Traffic Manager profile', production, hosts),
  );
}
