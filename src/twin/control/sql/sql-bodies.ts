// SQL servers, databases, links and failover groups as Microsoft.Sql shows them.
import { resourceId, SQL_SERVER_TYPE } from '../../world/resource-ids.ts';
import type { Cloud } from '../cloud.ts';
import { regionDisplayName } from '../region-display-name.ts';
import type { SqlDatabase, SqlFailoverGroup, SqlLink, SqlServer } from './sql-records.ts';

const SKU = { name: 'GP_Gen5', tier: 'GeneralPurpose', family: 'Gen5', capacity: 2 };
const OBJECTIVE = 'GP_Gen5_2';
const SIZE_BYTES_MAX = 34_359_738_368;

const serverId = ({ world }: Cloud, server: SqlServer) => resourceId(world.subscription, SQL_SERVER_TYPE, server);
export const databaseId = (cloud: Cloud, server: SqlServer, name: string): string =>
  `${serverId(cloud, server)}/databases/${name}`;
export const groupId = (cloud: Cloud, server: SqlServer, name: string): string =>
  `${serverId(cloud, server)}/failoverGroups/${name}`;
export const linkId = (cloud: Cloud, server: SqlServer, { database, id }: SqlLink): string =>
  `${databaseId(cloud, server, database)}/replicationLinks/${id}`;

export const serverBody = (server: SqlServer, cloud: Cloud): object => ({
  id: serverId(cloud, server),
  name: server.name,
  type: SQL_SERVER_TYPE,
  location: server.region,
  tags: {},
  kind: 'v12.0',
  properties: {
    administratorLogin: 'twin',
    version: '12.0',
    state: 'Ready',
    fullyQualifiedDomainName: `${server.name}.database.windows.net`,
    privateEndpointConnections: [],
    publicNetworkAccess: 'Enabled',
    restrictOutboundNetworkAccess: 'Disabled',
  },
});

/** A database in a lost region is Offline: nobody reaches it. */
export function databaseBody(server: SqlServer, { name, id, createdAt, status }: SqlDatabase, cloud: Cloud): object {
  const secondary = cloud.services.sql.linksOf(server, name).some((link) => link.secondary === server);
  return {
    id: databaseId(cloud, server, name),
    name,
    type: `${SQL_SERVER_TYPE}/databases`,
    location: server.region,
    tags: {},
    kind: 'v12.0,user,vcore',
    sku: SKU,
    properties: {
      collation: 'SQL_Latin1_General_CP1_CI_AS',
      maxSizeBytes: SIZE_BYTES_MAX,
      status: cloud.plane.regions.isUp(server.region) ? status : 'Offline',
      databaseId: id,
      creationDate: new Date(createdAt).toISOString(),
      earliestRestoreDate: new Date(createdAt).toISOString(),
      currentServiceObjectiveName: OBJECTIVE,
      requestedServiceObjectiveName: OBJECTIVE,
      catalogCollation: 'SQL_Latin1_General_CP1_CI_AS',
      zoneRedundant: false,
      readScale: 'Disabled',
      ...(secondary ? { secondaryType: 'Geo' } : {}),
      currentSku: SKU,
      currentBackupStorageRedundancy: 'Geo',
      requestedBackupStorageRedundancy: 'Geo',
    },
  };
}

/** A geo-redundant backup of a database as another region sees it. */
export const recoverableBody = (server: SqlServer, { name, createdAt }: SqlDatabase, cloud: Cloud): object => ({
  id: `${serverId(cloud, server)}/recoverableDatabases/${name}`,
  name,
  type: `${SQL_SERVER_TYPE}/recoverableDatabases`,
  properties: {
    edition: SKU.tier,
    serviceLevelObjective: OBJECTIVE,
    lastAvailableBackupDate: new Date(createdAt).toISOString(),
  },
});

/** As one of its two servers sees it. */
export function linkBody(link: SqlLink, server: SqlServer, cloud: Cloud): object {
  const isPrimary = link.primary === server;
  const partner = isPrimary ? link.secondary : link.primary;
  return {
    id: linkId(cloud, server, link),
    name: link.id,
    type: `${SQL_SERVER_TYPE}/databases/replicationLinks`,
    properties: {
      partnerServer: partner.name,
      partnerDatabase: link.database,
      partnerLocation: regionDisplayName(partner.region),
      role: roleOf(isPrimary),
      partnerRole: roleOf(!isPrimary),
      replicationMode: 'ASYNC',
      startTime: new Date(link.startedAt).toISOString(),
      percentComplete: 100,
      replicationState: replicationState(link, cloud),
      isTerminationAllowed: true,
      linkType: 'GEO',
    },
  };
}

/** As one of its two servers sees it. */
export function groupBody(group: SqlFailoverGroup, server: SqlServer, cloud: Cloud): object {
  const isPrimary = group.primary === server;
  const partner = isPrimary ? group.secondary : group.primary;
  const { policy, graceMinutes } = group;
  return {
    id: groupId(cloud, server, group.name),
    name: group.name,
    type: `${SQL_SERVER_TYPE}/failoverGroups`,
    location: regionDisplayName(server.region),
    tags: {},
    properties: {
      readWriteEndpoint: {
        failoverPolicy: policy,
        ...(policy === 'Automatic' ? { failoverWithDataLossGracePeriodMinutes: graceMinutes } : {}),
      },
      readOnlyEndpoint: { failoverPolicy: 'Disabled' },
      replicationRole: roleOf(isPrimary),
      replicationState: replicationState(group, cloud),
      partnerServers: [
        {
          id: serverId(cloud, partner),
          location: regionDisplayName(partner.region),
          replicationRole: roleOf(!isPrimary),
        },
      ],
      databases: group.links.map(({ database }) => databaseId(cloud, server, database)),
    },
  };
}

const roleOf = (isPrimary: boolean) => (isPrimary ? 'Primary' : 'Secondary');

/** Declared: what is apart is suspended, and what is together is caught up. */
export const replicationState = (
  { primary, secondary }: { readonly primary: SqlServer; readonly secondary: SqlServer },
  { plane }: Cloud,
): string => ([primary, secondary].every(({ region }) => plane.regions.isUp(region)) ? 'CATCH_UP' : 'SUSPENDED');
