// Microsoft.Sql: servers, databases, replication links and failover groups.
import { SQL_SERVER_TYPE } from '../../world/resource-ids.ts';
import { noContent, ok, resourceNotFound } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { sameName } from '../named-records.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { SQL_VERSIONS } from '../service-versions.ts';
import { deleteGroup, patchGroup } from './change-group.ts';
import { failOverGroup, failOverLink } from './failover.ts';
import { deleteDatabase, restoreDatabase } from './restore-database.ts';
import { databaseBody, groupBody, linkBody, recoverableBody, serverBody } from './sql-bodies.ts';
import type { SqlServer } from './sql-records.ts';

const SUBSCRIPTION = `/subscriptions/{subscription}/providers/${SQL_SERVER_TYPE}`;
const GROUP = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${SQL_SERVER_TYPE}`;
const SERVER = `${GROUP}/{server}`;
const DATABASE = `${SERVER}/databases/{database}`;
const LINK = `${DATABASE}/replicationLinks/{link}`;
const FAILOVER_GROUP = `${SERVER}/failoverGroups/{failoverGroup}`;
const TRY_PLANNED_VERSIONS = SQL_VERSIONS.filter((version) => version.startsWith('2023-'));

export function sqlRoutes(cloud: Cloud): readonly Route[] {
  return [...serverRoutes(cloud), ...databaseRoutes(cloud), ...linkRoutes(cloud), ...failoverGroupRoutes(cloud)];
}

function serverRoutes(cloud: Cloud): readonly Route[] {
  const { servers } = cloud.services.sql;
  const listed = (request: ArmRequest, group?: string) =>
    page(
      request,
      cloud.endpoint(),
      servers.list(group).map((server) => serverBody(server, cloud)),
    );
  return served(SQL_VERSIONS, [
    { method: 'GET', path: SUBSCRIPTION, handle: (request) => listed(request) },
    {
      method: 'GET',
      path: GROUP,
      handle: (request) => listed(request, cloud.groups.get(request.names['group'] ?? '').name),
    },
    { method: 'GET', path: SERVER, handle: (request) => ok(serverBody(serverOf(cloud, request), cloud)) },
  ]);
}

function databaseRoutes(cloud: Cloud): readonly Route[] {
  const { sql } = cloud.services;
  const databaseOf = (request: ArmRequest) => sql.database(serverOf(cloud, request), request.names['database'] ?? '');
  const listed = (request: ArmRequest, body: typeof databaseBody) => {
    const server = serverOf(cloud, request);
    return page(
      request,
      cloud.endpoint(),
      server.databases.map((database) => body(server, database, cloud)),
    );
  };
  return served(SQL_VERSIONS, [
    { method: 'GET', path: `${SERVER}/databases`, handle: (request) => listed(request, databaseBody) },
    {
      method: 'GET',
      path: DATABASE,
      handle: (request) => ok(databaseBody(serverOf(cloud, request), databaseOf(request), cloud)),
    },
    { method: 'PUT', path: DATABASE, handle: (request) => restoreDatabase(cloud, request, serverOf(cloud, request)) },
    { method: 'DELETE', path: DATABASE, handle: (request) => deleteDatabase(cloud, request, serverOf(cloud, request)) },
    { method: 'GET', path: `${SERVER}/recoverableDatabases`, handle: (request) => listed(request, recoverableBody) },
    {
      method: 'GET',
      path: `${SERVER}/recoverableDatabases/{database}`,
      handle: (request) => ok(recoverableBody(serverOf(cloud, request), databaseOf(request), cloud)),
    },
  ]);
}

function linkRoutes(cloud: Cloud): readonly Route[] {
  const { sql } = cloud.services;
  const listed = (request: ArmRequest, database?: string) => {
    const server = serverOf(cloud, request);
    return page(
      request,
      cloud.endpoint(),
      sql.linksOf(server, database).map((link) => linkBody(link, server, cloud)),
    );
  };
  const linkOf = (request: ArmRequest) => {
    const server = serverOf(cloud, request);
    const { database = '', link: id = '' } = request.names;
    const link = sql.linksOf(server, sql.database(server, database).name).find((known) => sameName(known.id, id));
    if (link === undefined) throw resourceNotFound(`${SQL_SERVER_TYPE}/databases/replicationLinks`, id, server.group);
    return { server, link };
  };
  const failover = (request: ArmRequest, way: 'failover' | 'forceFailoverAllowDataLoss') => {
    const { server, link } = linkOf(request);
    return failOverLink(cloud, request, way, server, link);
  };
  return served(SQL_VERSIONS, [
    { method: 'GET', path: `${SERVER}/replicationLinks`, handle: (request) => listed(request) },
    {
      method: 'GET',
      path: `${DATABASE}/replicationLinks`,
      handle: (request) =>
        listed(request, sql.database(serverOf(cloud, request), request.names['database'] ?? '').name),
    },
    {
      method: 'GET',
      path: LINK,
      handle: (request) => {
        const { server, link } = linkOf(request);
        return ok(linkBody(link, server, cloud));
      },
    },
    { method: 'POST', path: `${LINK}/failover`, handle: (request) => failover(request, 'failover') },
    {
      method: 'POST',
      path: `${LINK}/forceFailoverAllowDataLoss`,
      handle: (request) => failover(request, 'forceFailoverAllowDataLoss'),
    },
  ]);
}

function failoverGroupRoutes(cloud: Cloud): readonly Route[] {
  const { sql } = cloud.services;
  const onGroup =
    (work: typeof patchGroup) =>
    (request: ArmRequest): ReturnType<typeof patchGroup> => {
      const server = serverOf(cloud, request);
      return work(cloud, request, server, sql.group(server, request.names['failoverGroup'] ?? ''));
    };
  const listed = (request: ArmRequest, server: SqlServer) =>
    page(
      request,
      cloud.endpoint(),
      sql.groups(server).map((group) => groupBody(group, server, cloud)),
    );
  const remove = (request: ArmRequest) => {
    const name = request.names['failoverGroup'] ?? '';
    const stands = sql.groups(serverOf(cloud, request)).some((group) => sameName(group.name, name));
    return stands ? onGroup(deleteGroup)(request) : noContent;
  };
  const ways = ['failover', 'forceFailoverAllowDataLoss'] as const;
  return [
    ...served(SQL_VERSIONS, [
      {
        method: 'GET',
        path: `${SERVER}/failoverGroups`,
        handle: (request) => listed(request, serverOf(cloud, request)),
      },
      {
        method: 'GET',
        path: FAILOVER_GROUP,
        handle: onGroup((_, __, server, group) => ok(groupBody(group, server, cloud))),
      },
      { method: 'PATCH', path: FAILOVER_GROUP, handle: onGroup(patchGroup) },
      { method: 'DELETE', path: FAILOVER_GROUP, handle: remove },
      ...ways.map((way) => ({
        method: 'POST' as const,
        path: `${FAILOVER_GROUP}/${way}`,
        handle: onGroup((_, request, server, group) => failOverGroup(cloud, request, way, server, group)),
      })),
    ]),
    ...served(TRY_PLANNED_VERSIONS, [
      {
        method: 'POST',
        path: `${FAILOVER_GROUP}/tryPlannedBeforeForcedFailover`,
        handle: onGroup((_, request, server, group) =>
          failOverGroup(cloud, request, 'tryPlannedBeforeForcedFailover', server, group),
        ),
      },
    ]),
  ];
}

function serverOf({ groups, services }: Cloud, { names: { group = '', server = '' } }: ArmRequest): SqlServer {
  groups.get(group);
  return services.sql.servers.get(group, server);
}
