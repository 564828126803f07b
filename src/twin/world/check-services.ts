// What the services of a world can still get wrong: names that lead nowhere, pairs in one region, one thing in two pairs.
import { missing, placed, twice as twiceIn, type WorldIssue } from './world-issues.ts';
import type { World } from './world-schema.ts';

export const checkServices = (world: World): readonly WorldIssue[] => [
  ...checkPlaces(world),
  ...checkSqlServers(world),
  ...checkFailoverGroups(world),
  ...checkCopies(world),
  ...checkAliases('serviceBusNamespaces', world.serviceBusNamespaces),
  ...checkAliases('eventHubNamespaces', world.eventHubNamespaces),
  ...checkNames(world),
];

function checkPlaces(world: World): readonly WorldIssue[] {
  const { sqlServers, serviceBusNamespaces, eventHubNamespaces, keyVaults, cosmosAccounts } = world;
  const groups = world.resourceGroups.map(({ name }) => name);
  const local = [
    ...placed('sqlServers', sqlServers),
    ...placed('serviceBusNamespaces', serviceBusNamespaces),
    ...placed('eventHubNamespaces', eventHubNamespaces),
    ...placed('keyVaults', keyVaults),
  ];
  const global = placed('cosmosAccounts', cosmosAccounts);
  return [
    ...local.flatMap(({ path, item }) => missing([...path, 'region'], 'a region', item.region, world.regions)),
    ...global.flatMap(({ path, item }) => [
      ...item.regions.flatMap((name, at) => missing([...path, 'regions', at], 'a region', name, world.regions)),
      ...twice([...path, 'regions'], item.regions),
    ]),
    ...[...local, ...global].flatMap(({ path, item }) =>
      missing([...path, 'group'], 'a resource group', item.group, groups),
    ),
  ];
}

function checkSqlServers({ sqlServers }: World): readonly WorldIssue[] {
  const servers = sqlServers.map(({ name }) => name);
  return placed('sqlServers', sqlServers).flatMap(({ path, item: { name, databases } }) => [
    ...twice(
      [...path, 'databases'],
      databases.map((database) => database.name),
      'name',
    ),
    ...databases.flatMap(({ name: database, copy }, at) => {
      if (copy === undefined) return [];
      const place = [...path, 'databases', at, 'copy'];
      const target = sqlServers.find((server) => server.name === copy);
      if (copy === name) return [{ path: place, message: `expected another server than ${name}, found itself` }];
      return [...missing(place, 'a SQL server', copy, servers), ...taken(place, database, target)];
    }),
  ]);
}

function checkFailoverGroups({ sqlServers, sqlFailoverGroups }: World): readonly WorldIssue[] {
  const servers = sqlServers.map(({ name }) => name);
  return placed('sqlFailoverGroups', sqlFailoverGroups).flatMap(({ path, item }, nth) => {
    const primary = sqlServers.find(({ name }) => name === item.primary);
    const secondary = sqlServers.find(({ name }) => name === item.secondary);
    const unknown = [
      ...missing([...path, 'primary'], 'a SQL server', item.primary, servers),
      ...missing([...path, 'secondary'], 'a SQL server', item.secondary, servers),
    ];
    if (primary === undefined || secondary === undefined) return unknown;
    const known = primary.databases.map(({ name }) => name);
    const others = sqlFailoverGroups.slice(0, nth).filter((other) => other.primary === item.primary);
    return [
      ...(primary.region === secondary.region
        ? [{ path, message: `expected servers in two regions, found both in ${primary.region}` }]
        : []),
      ...twice([...path, 'databases'], item.databases),
      ...item.databases.flatMap((name, at) => {
        const place = [...path, 'databases', at];
        const alone = primary.databases.every((database) => database.name !== name || database.copy === undefined);
        const free = alone && others.every(({ databases }) => !databases.includes(name));
        return [
          ...missing(place, `a database of ${primary.name}`, name, known),
          ...taken(place, name, secondary),
          ...(free ? [] : [{ path: place, message: `expected a database without another copy, found ${name}` }]),
        ];
      }),
    ];
  });
}

/** Two copies of one name on one server. */
function checkCopies({ sqlServers, sqlFailoverGroups }: World): readonly WorldIssue[] {
  const copies = [
    ...placed('sqlServers', sqlServers).flatMap(({ path, item }) =>
      item.databases.flatMap(({ name, copy }, at) =>
        copy === undefined ? [] : [{ path: [...path, 'databases', at, 'copy'], place: `${copy}/${name}` }],
      ),
    ),
    ...placed('sqlFailoverGroups', sqlFailoverGroups).flatMap(({ path, item }) =>
      item.databases.map((name, at) => ({ path: [...path, 'databases', at], place: `${item.secondary}/${name}` })),
    ),
  ];
  return copies.flatMap(({ path, place }, nth) =>
    copies.findIndex((other) => other.place === place) === nth
      ? []
      : [{ path, message: `expected one copy of a name on a server, found ${place} again` }],
  );
}

const taken = (
  path: readonly PropertyKey[],
  database: string,
  server: World['sqlServers'][number] | undefined,
): readonly WorldIssue[] =>
  server?.databases.some(({ name }) => name === database)
    ? [{ path, message: `expected room for a copy of ${database}, found a database of that name on ${server.name}` }]
    : [];

function checkAliases(key: string, namespaces: World['serviceBusNamespaces']): readonly WorldIssue[] {
  const names = namespaces.map(({ name }) => name);
  const ends = namespaces.flatMap(({ name, alias }) => (alias === undefined ? [] : [name, alias.secondary]));
  const aliases = namespaces.flatMap(({ alias }) => (alias === undefined ? [] : [alias.name]));
  return placed(key, namespaces).flatMap(({ path, item: { name, region, alias } }) => {
    if (alias === undefined) return [];
    const place = [...path, 'alias', 'secondary'];
    const other = namespaces.find((namespace) => namespace.name === alias.secondary);
    const paired = ends.filter((end) => end === name || end === alias.secondary).length > 2;
    return [
      ...missing(place, 'a namespace', alias.secondary, names),
      ...(other?.region === region
        ? [{ path: place, message: `expected a namespace in another region than ${region}, found ${alias.secondary}` }]
        : []),
      ...(paired ? [{ path: place, message: `expected each namespace in one pair, found ${name} in two` }] : []),
      ...(aliases.filter((known) => known === alias.name).length > 1 || names.includes(alias.name)
        ? [{ path: [...path, 'alias', 'name'], message: `expected each name once, found "${alias.name}" again` }]
        : []),
    ];
  });
}

const checkNames = (world: World): readonly WorldIssue[] =>
  (
    [
      'sqlServers',
      'sqlFailoverGroups',
      'serviceBusNamespaces',
      'eventHubNamespaces',
      'cosmosAccounts',
      'keyVaults',
    ] as const
  ).flatMap((key) =>
    twice(
      [key],
      world[key].map(({ name }) => name),
      'name',
    ),
  );

/** Names of a list at a place that stand there before, without regard to case. */
const twice = (path: readonly PropertyKey[], names: readonly string[], member?: string): readonly WorldIssue[] =>
  twiceIn(
    '',
    names.map((name) => name.toLowerCase()),
    member,
  ).map(({ path: [, ...below], message }) => ({ path: [...path, ...below], message }));
