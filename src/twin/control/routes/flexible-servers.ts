// Microsoft.DBforPostgreSQL/flexibleServers, as api-version 2025-08-01 has it.
import { SERVER_TYPE } from '../../world/resource-ids.ts';
import { noContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { checkPromotion, promote, touched } from '../promotion.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { type ServerViewer, serverBody } from '../server-body.ts';
import { startCreate } from '../server-create.ts';
import { checkUp, startOnServer } from '../server-operation.ts';
import type { ServerRecord } from '../server-records.ts';
import { checkRestart, parsePatch } from '../server-requests.ts';

const VERSIONS = ['2025-08-01'];
/** The server is gone this long before the end of its deletion. */
const LEAD_MS = 1000;
const SUBSCRIPTION = `/subscriptions/{subscription}/providers/${SERVER_TYPE}`;
const GROUP = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${SERVER_TYPE}`;
const SERVER = `${GROUP}/{name}`;

export function flexibleServerRoutes(cloud: Cloud): readonly Route[] {
  const viewer: ServerViewer = {
    subscription: cloud.world.subscription,
    plane: cloud.plane,
    sourceOf: (name) => cloud.servers.find(name),
  };
  const listed = async (request: ArmRequest, records: readonly ServerRecord[]) =>
    page(request, cloud.endpoint(), await Promise.all(records.map((record) => serverBody(record, viewer))));
  const serverOf = ({ names: { group = '', name = '' } }: ArmRequest) => {
    cloud.groups.get(group);
    return cloud.servers.get(group, name);
  };
  const view = async (request: ArmRequest) => ok(await serverBody(serverOf(request), viewer));
  return served(VERSIONS, [
    { method: 'GET', path: SUBSCRIPTION, handle: (request) => listed(request, cloud.servers.list()) },
    {
      method: 'GET',
      path: GROUP,
      handle: (request) => listed(request, cloud.servers.list(cloud.groups.get(request.names['group'] ?? '').name)),
    },
    { method: 'GET', path: SERVER, handle: view },
    { method: 'PATCH', path: SERVER, handle: (request) => patch(cloud, request, serverOf(request), viewer) },
    { method: 'PUT', path: SERVER, handle: (request) => startCreate(cloud, request, viewer) },
    { method: 'DELETE', path: SERVER, handle: (request) => remove(cloud, request) },
    { method: 'POST', path: `${SERVER}/restart`, handle: (request) => restart(cloud, request, serverOf(request)) },
    {
      method: 'GET',
      path: `${SERVER}/replicas`,
      handle: (request) => listed(request, cloud.servers.replicasOf(serverOf(request).name)),
    },
    // No virtual endpoints are kept: clients reach servers by their own names.
    {
      method: 'GET',
      path: `${SERVER}/virtualendpoints`,
      handle: (request) => listed(request, serverOf(request) && []),
    },
  ]);
}

async function patch(cloud: Cloud, request: ArmRequest, server: ServerRecord, viewer: ServerViewer): Promise<Reply> {
  const { tags, promote: promotion } = parsePatch(request.body);
  if (promotion === undefined) {
    if (tags !== undefined) server.tags = tags;
    return ok(await serverBody(server, viewer));
  }
  checkUp(server, cloud);
  await checkPromotion(server, promotion, cloud.servers, cloud.plane);
  return startOnServer(cloud, request, server, {
    verb: 'PATCH',
    variety: promotion.option,
    label: 'PromoteReadReplicaManagementOperation',
    transition: 'Updating',
    touched: touched(server, promotion, cloud.servers),
    work: async (pace) => {
      await promote(server, promotion, cloud.servers, cloud.plane, pace);
      if (tags !== undefined) server.tags = tags;
    },
    result: () => serverBody(server, viewer),
  });
}

function restart(cloud: Cloud, request: ArmRequest, server: ServerRecord): Reply {
  checkRestart(request.body);
  checkUp(server, cloud);
  return startOnServer(cloud, request, server, {
    verb: 'POST',
    action: 'restart',
    label: 'RestartServerManagementOperation',
    transition: 'Restarting',
    touched: [server],
    work: () => cloud.plane.databases.restart(server.name),
  });
}

function remove(cloud: Cloud, request: ArmRequest): Reply {
  const { group = '', name = '' } = request.names;
  const server = cloud.servers.find(name);
  if (server === undefined || server.group.toLowerCase() !== group.toLowerCase()) return noContent;
  const replicas = cloud.servers.replicasOf(server.name).length;
  if (replicas > 0) throw replicasExist(server.name, replicas);
  checkUp(server, cloud);
  return startOnServer(cloud, request, server, {
    verb: 'DELETE',
    label: server.role === 'Primary' ? 'DropServerManagementOperation' : 'DropReadReplicaManagementOperation',
    transition: 'Dropping',
    touched: [server],
    work: async (pace) => {
      await pace.untilBeforeEnd(LEAD_MS);
      await cloud.plane.databases.remove(server.name);
      cloud.servers.remove(server.name);
    },
  });
}

const replicasExist = (name: string, count: number) =>
  new Refusal(
    400,
    'ReadReplicaServersExistForSourceServer',
    `Server '${name}' has '${count}' active replicas.Drop operation on server with replicas not allowed.`,
  );
