// PUT of a flexible server: a replica of another server, or another server's data at an instant.
import { parseResourceId } from '../../model/resource-id.ts';
import type { World } from '../world/world-schema.ts';
import { Refusal, type Reply } from './arm-reply.ts';
import type { Cloud } from './cloud.ts';
import type { ArmRequest } from './route.ts';
import { type ServerViewer, serverBody } from './server-body.ts';
import { checkUp, startOnServer } from './server-operation.ts';
import { checkIdle, FRESH, type ServerRecord } from './server-records.ts';
import { type PutRequest, parsePut } from './server-requests.ts';

const SERVERS_MAX = 20;
const NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** Throws Refusal for everything that the service refuses. */
export async function startCreate(cloud: Cloud, request: ArmRequest, viewer: ServerViewer): Promise<Reply> {
  const group = cloud.groups.get(request.names['group'] ?? '').name;
  const asked = parsePut(request.body);
  const source = sourceOf(cloud, asked);
  const name = request.names['name'] ?? '';
  const server = cloud.servers.find(name) ?? newServer(cloud.world, name, group, asked, source);
  checkTarget(cloud, server, group, asked, source);
  await checkSource(cloud, source);
  checkIdle(server);
  const isNew = cloud.servers.find(name) === undefined;
  if (isNew) cloud.servers.add(server);
  server.tags = asked.tags;
  return startOnServer(cloud, request, server, {
    verb: 'PUT',
    label:
      asked.restoreTo === undefined ? 'CreateReadReplicaManagementOperation' : 'RestoreSnapshotManagementOperation',
    transition: isNew ? 'Provisioning' : 'Updating',
    touched: [server],
    work: () => orForget(cloud, server, isNew, () => create(cloud, server, source, asked)),
    // A server that could not be made does not stay behind.
    onFailed: () => {
      if (isNew) cloud.servers.remove(server.name);
    },
    result: () => serverBody(server, viewer),
  });
}

async function create(
  { plane }: Cloud,
  server: ServerRecord,
  source: ServerRecord,
  { restoreTo }: PutRequest,
): Promise<void> {
  if (restoreTo === undefined) await plane.databases.stream(server, source.name);
  else await plane.databases.restore(server, source.name, restoreTo);
  server.stale = false;
}

/** Its processes may have got as far as running; a data plane that never had it says so, and that is fine. */
async function orForget(cloud: Cloud, server: ServerRecord, isNew: boolean, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isNew) await cloud.plane.databases.remove(server.name).catch(() => {});
    throw error;
  }
}

function sourceOf({ servers }: Cloud, { source }: PutRequest): ServerRecord {
  const id = parseResourceId(source);
  if (id === undefined)
    throw new Refusal(
      400,
      'InvalidParameterValue',
      `expected sourceServerResourceId as a resource id, found ${source}`,
    );
  return servers.get(id.group, id.name);
}

function newServer(
  world: World,
  name: string,
  group: string,
  { region, restoreTo, tags }: PutRequest,
  source: ServerRecord,
): ServerRecord {
  if (!NAME.test(name))
    throw new Refusal(
      400,
      'InvalidParameterValue',
      `expected a server name of lower-case letters, digits and hyphens, found ${name}`,
    );
  if (!world.regions.includes(region))
    throw new Refusal(
      400,
      'LocationNotAvailableForResourceType',
      `The provided location '${region}' is not available. This twin has ${world.regions.join(', ')}.`,
    );
  const role =
    restoreTo === undefined
      ? ({ role: 'AsyncReplica', source: source.name } as const)
      : ({ role: 'Primary', source: undefined } as const);
  return { name, group, region, version: source.version, createdAt: Date.now(), ...FRESH, ...role, tags };
}

/** An existing server can be made anew only as what it is: a replica of the same source, in the same place. */
function checkTarget(
  cloud: Cloud,
  server: ServerRecord,
  group: string,
  { region, restoreTo }: PutRequest,
  source: ServerRecord,
): void {
  const exists = cloud.servers.find(server.name) !== undefined;
  const same =
    server.group === group && server.region === region && restoreTo === undefined && server.source === source.name;
  if (exists && !same)
    throw new Refusal(
      409,
      'ServerNameAlreadyExists',
      `Specified server name '${server.name}' is already used as another server.`,
    );
  if (!exists && cloud.servers.list().length >= SERVERS_MAX)
    throw new Refusal(409, 'QuotaExceeded', `This twin has at most ${SERVERS_MAX} servers.`);
  const linked =
    server.region === source.region ||
    cloud.plane.links.list().some(({ between }) => between.includes(server.region) && between.includes(source.region));
  if (!linked)
    throw new Refusal(
      400,
      'InvalidParameterValue',
      `expected a region that is linked to ${source.region}, found ${server.region}`,
    );
  checkUp(server, cloud);
}

async function checkSource(cloud: Cloud, source: ServerRecord): Promise<void> {
  if (source.role !== 'Primary')
    throw new Refusal(
      400,
      'InvalidServerRole',
      `expected a source in the role Primary, found '${source.name}' in the role ${source.role}`,
    );
  checkUp(source, cloud);
  checkIdle(source);
  if (!(await cloud.plane.databases.reachable(source.name)))
    throw new Refusal(409, 'SourceServerNotReachable', `The source '${source.name}' cannot be reached.`);
}
