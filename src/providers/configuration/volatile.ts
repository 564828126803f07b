// What changes in a resource's body although nobody changed its configuration. It is left out of every inventory; all else is compared.

/** Fields of bodies that are not compared, and why. */
export interface Volatile {
  /** Resource type; `*`: of every type. */
  readonly type: string;
  /** Members and items from the body's root: `*` is any one of them, `**` any number, none included. */
  readonly path: string;
  readonly why: string;
}

const LOOK = 'what the service sees at this moment; whether it is well is for probes and checks to say';
const EXPLAINED = 'what the service says of the parameter, not how it is set';
const MOVES_ON = 'moves on by itself while backups are made and expire';
const JOB = 'the job that was last at work';

const SERVER = 'Microsoft.DBforPostgreSQL/flexibleServers';
const VAULT = 'Microsoft.RecoveryServices/vaults';
const ITEM = `${VAULT}/replicationFabrics/replicationProtectionContainers/replicationProtectedItems`;
const PLAN = `${VAULT}/replicationRecoveryPlans`;
const PROFILE = 'Microsoft.Network/trafficManagerProfiles';

const of = (type: string, paths: readonly string[], why: string): readonly Volatile[] =>
  paths.map((path) => ({ type, path, why }));

/** The one table. docs/restoration-proof.md shows it to people, and a test holds the two together. */
export const VOLATILE: readonly Volatile[] = [
  ...of('*', ['id', 'name', 'type'], 'what the resource is asked by'),
  ...of('*', ['**.etag', '**.eTag'], 'new with every write, whatever was written'),
  ...of(
    '*',
    ['**.systemData.**', 'changedTime'],
    'who made it and wrote last, and when: a restoration may make it anew',
  ),
  ...of(
    'Microsoft.Network/dnsZones',
    ['recordsets.*.properties.metadata.drillmaster-step'],
    "this program's own mark of the step that wrote last, which stays when the values are back",
  ),
  ...of(SERVER, ['properties.backup.earliestRestoreDate'], MOVES_ON),
  ...of(
    SERVER,
    [
      'configurations.*.properties.description',
      'configurations.*.properties.defaultValue',
      'configurations.*.properties.dataType',
      'configurations.*.properties.allowedValues',
      'configurations.*.properties.source',
      'configurations.*.properties.unit',
      'configurations.*.properties.documentationLink',
      'configurations.*.properties.isDynamicConfig',
      'configurations.*.properties.isReadOnly',
    ],
    EXPLAINED,
  ),
  ...of(
    'Microsoft.Storage/storageAccounts',
    ['properties.lastGeoFailoverTime', 'properties.geoReplicationStats.**', 'properties.blobRestoreStatus.**'],
    'when copies were last made and sent',
  ),
  ...of('Microsoft.Storage/storageAccounts', ['blobServices.*.properties.restorePolicy.minRestoreTime'], MOVES_ON),
  ...of(
    PROFILE,
    ['properties.monitorConfig.profileMonitorStatus', 'properties.endpoints.*.properties.endpointMonitorStatus'],
    LOOK,
  ),
  ...['AzureEndpoints', 'ExternalEndpoints', 'NestedEndpoints'].flatMap((kind) =>
    of(`${PROFILE}/${kind}`, ['properties.endpointMonitorStatus'], LOOK),
  ),
  ...of(
    'Microsoft.Compute/virtualMachines',
    ['properties.instanceView.**'],
    'what runs in it at this moment; its power is compared as a fact of its own',
  ),
  ...of('Microsoft.Compute/disks', ['properties.LastOwnershipUpdateTime'], 'when it was last attached'),
  ...of('Microsoft.Web/sites', ['properties.lastModifiedTimeUtc', 'properties.usageState'], LOOK),
  ...of(VAULT, ['properties.monitoringSummary.**'], LOOK),
  ...of(
    ITEM,
    [
      'properties.providerSpecificDetails.rpoInSeconds',
      'properties.providerSpecificDetails.lastRpoCalculatedTime',
      'properties.providerSpecificDetails.lastHeartbeat',
      'properties.providerSpecificDetails.monitoringPercentageCompletion',
      'properties.providerSpecificDetails.monitoringJobType',
      'properties.providerSpecificDetails.protectedManagedDisks.**',
      'properties.healthErrors.**',
    ],
    'how far replication is at this moment; whether it is healthy is compared',
  ),
  ...of(
    ITEM,
    [
      'properties.currentScenario.**',
      'properties.lastSuccessfulFailoverTime',
      'properties.lastSuccessfulTestFailoverTime',
      'properties.failoverRecoveryPointId',
    ],
    JOB,
  ),
  ...of(
    PLAN,
    [
      'properties.currentScenario.**',
      'properties.currentScenarioStatus',
      'properties.currentScenarioStatusDescription',
      'properties.lastTestFailoverTime',
      'properties.lastPlannedFailoverTime',
      'properties.lastUnplannedFailoverTime',
    ],
    JOB,
  ),
  ...of('Microsoft.Sql/servers', ['databases.*.properties.earliestRestoreDate'], MOVES_ON),
  ...of('Microsoft.Sql/servers/databases', ['properties.earliestRestoreDate'], MOVES_ON),
  ...['Microsoft.ServiceBus', 'Microsoft.EventHub'].flatMap((provider) => [
    ...of(`${provider}/namespaces`, ['properties.updatedAt'], 'when it was last written'),
    ...of(
      `${provider}/namespaces/disasterRecoveryConfigs`,
      ['properties.pendingReplicationOperationsCount'],
      'what is on its way at this moment',
    ),
    ...of(
      `${provider}/namespaces`,
      ['disasterRecoveryConfigs.*.properties.pendingReplicationOperationsCount'],
      'what is on its way at this moment',
    ),
  ]),
];

/** Tells of one resource type whether a path into its body is volatile. Members of the path are given one by one. */
export function volatileIn(type: string): (path: readonly string[]) => boolean {
  const patterns = VOLATILE.filter((row) => row.type === '*' || row.type.toLowerCase() === type.toLowerCase()).map(
    ({ path }) => path.split('.'),
  );
  return (path) => patterns.some((pattern) => fits(pattern, path));
}

function fits([first, ...rest]: readonly string[], path: readonly string[]): boolean {
  if (first === undefined) return path.length === 0;
  if (first === '**') return fits(rest, path) || (path.length > 0 && fits([first, ...rest], path.slice(1)));
  return path.length > 0 && (first === '*' || first === path[0]) && fits(rest, path.slice(1));
}
