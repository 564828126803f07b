// What a well-formed world file can still get wrong: names that lead nowhere or stand twice.
import { checkDnsZones } from './check-dns-zones.ts';

import { checkMachines } from './check-machines.ts';
import { checkOperations } from './check-operations.ts';
import { checkServices } from './check-services.ts';
import { checkSiteRecovery } from './site-recovery-schema.ts';
import { checkVaults } from './vaults-schema.ts';
import { missing, placed, twice, type WorldIssue } from './world-issues.ts';
import type { World } from './world-schema.ts';

/** Every name that leads nowhere, stands twice or contradicts another. Empty when the world holds together. */
export const checkWorld = (world: World): readonly WorldIssue[] => [
  ...checkRegions(world),
  ...checkGroups(world),
  ...checkServers(world),
  ...checkAccounts(world),
  ...checkTargets(world),
  ...checkVaults(world),
  ...checkSiteRecovery(world),
  ...checkDnsZones(world),
  ...checkDocuments(world),
  ...checkMachines(world),
  ...checkUnique(world),
  ...checkServices(world),
  ...checkOperations(world),
];

function checkRegions(world: World): readonly WorldIssue[] {
  const named = [
    ...placed('resourceGroups', world.resourceGroups),
    ...placed('postgresServers', world.postgresServers),
    ...placed('storageAccounts', world.storageAccounts),
    ...placed('shops', world.shops),
    ...placed('recoveryVaults', world.recoveryVaults),
    ...world.trafficManager.flatMap((profile, at) => placed('trafficManager', profile.endpoints, [at, 'endpoints'])),
  ].map(({ path, item }) => ({ path: [...path, 'region'], name: item.region }));
  const ends = world.links.flatMap((link, at) =>
    link.between.map((name, end) => ({ path: ['links', at, 'between', end], name })),
  );
  const unknown = [...named, ...ends].flatMap(({ path, name }) => missing(path, 'a region', name, world.regions));
  const loops = world.links.flatMap(({ between: [a, b] }, at) =>
    a === b ? [{ path: ['links', at, 'between'], message: `expected two regions, found ${a} twice` }] : [],
  );
  return [...unknown, ...loops];
}

function checkGroups(world: World): readonly WorldIssue[] {
  const groups = world.resourceGroups.map(({ name }) => name);
  const members = [
    ...placed('postgresServers', world.postgresServers),
    ...placed('storageAccounts', world.storageAccounts),
    ...placed('shops', world.shops),
    ...placed('recoveryVaults', world.recoveryVaults),
    ...placed('trafficManager', world.trafficManager),
    ...placed('dnsZones', world.dnsZones),
  ];
  return members.flatMap(({ path, item }) => missing([...path, 'group'], 'a resource group', item.group, groups));
}

function checkServers({ postgresServers, links }: World): readonly WorldIssue[] {
  const primaries = postgresServers.filter(({ role }) => role === 'primary');
  return placed('postgresServers', postgresServers).flatMap(({ path, item: { role, source, region } }) => {
    if (role === 'primary')
      return source === undefined
        ? []
        : [{ path: [...path, 'source'], message: `expected no source of a primary, found ${source}` }];
    if (source === undefined) return [{ path, message: 'expected the source of a replica, found none' }];
    const primary = primaries.find(({ name }) => name === source);
    if (primary === undefined)
      return missing(
        [...path, 'source'],
        'a primary',
        source,
        primaries.map(({ name }) => name),
      );
    const linked =
      primary.region === region ||
      links.some(({ between }) => between.includes(region) && between.includes(primary.region));
    return linked ? [] : [{ path, message: `expected a link between ${primary.region} and ${region}, found none` }];
  });
}

function checkAccounts({ storageAccounts, links, regions }: World): readonly WorldIssue[] {
  return placed('storageAccounts', storageAccounts).flatMap(({ path, item: { region, secondary } }) => {
    if (secondary === undefined) return [];
    const linked = links.some(
      ({ between }) => region !== secondary && between.includes(region) && between.includes(secondary),
    );
    return [
      ...missing([...path, 'secondary'], 'a region', secondary, regions),
      ...(linked ? [] : [{ path, message: `expected a link between ${region} and ${secondary}, found none` }]),
    ];
  });
}

function checkTargets({ shops, postgresServers, trafficManager }: World): readonly WorldIssue[] {
  const databases = placed('shops', shops).flatMap(({ path, item }) =>
    missing(
      [...path, 'database'],
      'a PostgreSQL server',
      item.database,
      postgresServers.map(({ name }) => name),
    ),
  );
  const targets = trafficManager.flatMap((profile, at) =>
    placed('trafficManager', profile.endpoints, [at, 'endpoints']).flatMap(({ path, item }) =>
      missing(
        [...path, 'target'],
        'a shop',
        item.target,
        shops.map(({ name }) => name),
      ),
    ),
  );
  return [...databases, ...targets];
}

/** An account can have its primary in either of its regions, and a shop must reach both. */
function checkDocuments({ shops, storageAccounts, links }: World): readonly WorldIssue[] {
  return placed('shops', shops).flatMap(({ path, item: { region, documents } }) => {
    if (documents === undefined) return [];
    const account = storageAccounts.find(({ name }) => name === documents);
    if (account === undefined)
      return missing(
        [...path, 'documents'],
        'a storage account',
        documents,
        storageAccounts.map(({ name }) => name),
      );
    return [account.region, account.secondary ?? account.region]
      .filter(
        (place) =>
          place !== region && !links.some(({ between }) => between.includes(place) && between.includes(region)),
      )
      .map((place) => ({ path, message: `expected a link between ${place} and ${region}, found none` }));
  });
}

function checkUnique(world: World): readonly WorldIssue[] {
  const lower = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name.toLowerCase());
  return [
    ...twice('regions', world.regions),
    ...twice(
      'links',
      world.links.map(({ between }) => between.toSorted().join(' and ')),
    ),
    ...twice('resourceGroups', lower(world.resourceGroups), 'name'),
    ...twice('postgresServers', lower(world.postgresServers), 'name'),
    ...twice('storageAccounts', lower(world.storageAccounts), 'name'),
    ...twice('shops', lower(world.shops), 'name'),
    ...twice('recoveryVaults', lower(world.recoveryVaults), 'name'),
    ...twice(
      'trafficManager',
      world.trafficManager.map(({ fqdn }) => fqdn),
      'fqdn',
    ),
    ...twice('trafficManager', lower(world.trafficManager), 'name'),
    ...world.trafficManager.flatMap(({ endpoints }, at) =>
      twice('endpoints', lower(endpoints), 'name').map(({ path, message }) => ({
        path: ['trafficManager', at, ...path],
        message,
      })),
    ),
  ];
}
