// New databases from backups: at an instant on the same server, or from another region's geo-redundant backup. Both are declared.
import * as z from 'zod';
import { parseResourceId, sameResource } from '../../../model/resource-id.ts';
import { SQL_SERVER_TYPE } from '../../world/resource-ids.ts';
import { Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { sameName } from '../named-records.ts';
import type { ArmRequest } from '../route.ts';
import { SQL_DATABASE_POLLS } from '../service-versions.ts';
import { databaseBody, databaseId } from './sql-bodies.ts';
import { newDatabase, type SqlDatabase, type SqlServer } from './sql-records.ts';

const DATABASES_MAX = 50;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/;

const putSchema = z.object({
  location: z.string().optional(),
  properties: z.object({
    createMode: z.enum(['PointInTimeRestore', 'Recovery']),
    sourceDatabaseId: z.string().optional(),
    recoverableDatabaseId: z.string().optional(),
    restorePointInTime: z.iso.datetime({ offset: true }).optional(),
  }),
});
type Wanted = z.infer<typeof putSchema>['properties'];

/** Throws Refusal 400 for a source or an instant that leads nowhere, 409 for a name that is taken. */
export function restoreDatabase(cloud: Cloud, request: ArmRequest, server: SqlServer): Reply {
  const name = request.names['database'] ?? '';
  const wanted = readWanted(request.body);
  checkTarget(cloud, server, name);
  if (wanted.createMode === 'Recovery') checkRecoverable(cloud, wanted);
  else checkPointInTime(cloud, server, wanted);
  const database: SqlDatabase = { ...newDatabase(name, Date.now()), status: 'Restoring' };
  server.databases.push(database);
  return cloud.operations.start(
    request,
    {
      operation: `PUT ${SQL_SERVER_TYPE}/databases`,
      variety: wanted.createMode === 'Recovery' ? 'geo' : 'restore',
      label: wanted.createMode === 'Recovery' ? 'CreateRecoverRequest' : 'CreateRestoreRequest',
      provider: 'Microsoft.Sql',
      location: server.region,
      resource: databaseId(cloud, server, name),
      polls: SQL_DATABASE_POLLS,
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        checkUp(cloud, server);
      },
      settle: () => {
        database.status = 'Online';
      },
      onFailed: () => removeDatabase(server, database),
      result: () => databaseBody(server, database, cloud),
    },
    cloud.signal,
  );
}

/** Throws Refusal 409 for a database that is being restored or has a copy. */
export function deleteDatabase(cloud: Cloud, request: ArmRequest, server: SqlServer): Reply {
  const database = server.databases.find(({ name }) => sameName(name, request.names['database'] ?? ''));
  if (database === undefined) return { status: 204 };
  if (database.status !== 'Online' || cloud.services.sql.linksOf(server, database.name).length > 0)
    throw new Refusal(
      409,
      'ManagementServiceDatabaseBusy',
      `Database '${database.name}' is being restored, or a replication link holds it.`,
    );
  checkUp(cloud, server);
  return cloud.operations.start(
    request,
    {
      operation: `DELETE ${SQL_SERVER_TYPE}/databases`,
      label: 'DropLogicalDatabase',
      provider: 'Microsoft.Sql',
      location: server.region,
      resource: databaseId(cloud, server, database.name),
      polls: SQL_DATABASE_POLLS,
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        removeDatabase(server, database);
      },
      settle: () => {},
      result: () => undefined,
    },
    cloud.signal,
  );
}

function readWanted(body: unknown): Wanted {
  const parsed = putSchema.safeParse(body);
  if (parsed.success) return parsed.data.properties;
  throw new Refusal(
    400,
    'UnsupportedByTwin',
    'This twin makes databases with createMode PointInTimeRestore or Recovery, and changes none.',
  );
}

function checkTarget(cloud: Cloud, server: SqlServer, name: string): void {
  checkUp(cloud, server);
  if (!NAME.test(name)) throw new Refusal(400, 'InvalidDatabaseName', `expected a name of a database, found '${name}'`);
  if (server.databases.some((known) => sameName(known.name, name)))
    throw new Refusal(409, 'DatabaseAlreadyExists', `Database '${name}' already exists on '${server.name}'.`);
  if (server.databases.length >= DATABASES_MAX)
    throw new Refusal(409, 'DatabaseQuotaExceeded', `This twin has at most ${DATABASES_MAX} databases a server.`);
}

function checkUp({ plane }: Cloud, { name, region }: SqlServer): void {
  if (!plane.regions.isUp(region))
    throw new Refusal(409, 'OperationInterrupted', `The server '${name}' in ${region} is not available.`);
}

/** The source stands on the same server, and the instant lies between its beginning and now. */
function checkPointInTime(cloud: Cloud, server: SqlServer, { sourceDatabaseId, restorePointInTime }: Wanted): void {
  if (sourceDatabaseId === undefined)
    throw new Refusal(400, 'MissingSourceDatabaseId', 'Missing source database identifier.');
  if (restorePointInTime === undefined)
    throw new Refusal(400, 'MissingRestorePointInTime', 'Missing restore point in time.');
  const source = server.databases.find(
    ({ name, status }) => status === 'Online' && sameResource(databaseId(cloud, server, name), sourceDatabaseId),
  );
  if (source === undefined)
    throw new Refusal(
      400,
      'SourceDatabaseNotFound',
      `The source database '${sourceDatabaseId}' does not exist on '${server.name}'.`,
    );
  const at = Date.parse(restorePointInTime);
  if (at < source.createdAt || at > Date.now())
    throw new Refusal(
      400,
      'InvalidRestorePointInTime',
      `expected an instant from ${new Date(source.createdAt).toISOString()} to now, found ${restorePointInTime}`,
    );
}

/** The backup survives the region of its database. */
function checkRecoverable({ services }: Cloud, { recoverableDatabaseId, sourceDatabaseId }: Wanted): void {
  const id = recoverableDatabaseId ?? sourceDatabaseId;
  if (id === undefined)
    throw new Refusal(400, 'MissingRecoverableDatabaseId', 'Missing recoverable database identifier.');
  const [, server = '', , database = ''] =
    /\/servers\/([^/]+)\/(databases|recoverableDatabases)\/([^/]+)$/i.exec(id) ?? [];
  const known = services.sql.servers.find(server);
  const found =
    parseResourceId(id) !== undefined &&
    known?.databases.some(({ name, status }) => status === 'Online' && sameName(name, database));
  if (found !== true)
    throw new Refusal(400, 'InvalidRecoverableDatabaseId', `Invalid recoverable database identifier '${id}'.`);
}

function removeDatabase({ databases }: SqlServer, database: SqlDatabase): void {
  const at = databases.indexOf(database);
  if (at >= 0) databases.splice(at, 1);
}
