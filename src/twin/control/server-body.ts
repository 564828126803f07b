// A flexible server as api-version 2025-08-01 shows it: complete, because SDKs fail on a missing part.
import { resourceId, SERVER_TYPE, serverHost } from '../world/resource-ids.ts';
import type { DataPlane } from './data-plane.ts';
import type { ServerRecord } from './server-records.ts';

export interface ServerViewer {
  readonly subscription: string;
  readonly plane: DataPlane;
  readonly sourceOf: (name: string) => ServerRecord | undefined;
}

const REPLICAS_MAX = 5;

export async function serverBody(record: ServerRecord, viewer: ServerViewer): Promise<object> {
  const { name, region, tags, createdAt } = record;
  return {
    id: resourceId(viewer.subscription, SERVER_TYPE, record),
    name,
    type: SERVER_TYPE,
    location: region,
    tags,
    sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
    systemData: { createdAt: new Date(createdAt).toISOString() },
    properties: { ...(await roleProperties(record, viewer)), ...fixedProperties(record, viewer) },
  };
}

async function roleProperties(record: ServerRecord, viewer: ServerViewer): Promise<object> {
  const { role, source } = record;
  const state = serverState(record, viewer.plane);
  const capacity = role === 'Primary' ? REPLICAS_MAX : 0;
  if (role === 'Primary')
    return { state, replicationRole: role, replicaCapacity: capacity, replica: { role, capacity } };
  const replicationState = await replicationStateOf(record, viewer.plane);
  const owner = source === undefined ? undefined : viewer.sourceOf(source);
  return {
    state,
    replicationRole: role,
    replicaCapacity: capacity,
    replica: { role, capacity, replicationState },
    ...(owner === undefined ? {} : { sourceServerResourceId: resourceId(viewer.subscription, SERVER_TYPE, owner) }),
  };
}

/** A server whose region is down, or whose data is old and could not be copied anew, is shown as Disabled. */
export function serverState({ region, transition, stale }: ServerRecord, plane: DataPlane): string {
  if (!plane.regions.isUp(region)) return 'Disabled';
  return transition ?? (stale ? 'Disabled' : 'Ready');
}

async function replicationStateOf({ name, region, transition }: ServerRecord, plane: DataPlane): Promise<string> {
  if (!plane.regions.isUp(region)) return 'Broken';
  if (transition !== undefined) return transition === 'Provisioning' ? 'Provisioning' : 'Reconfiguring';
  const { streaming } = await plane.databases.replication(name).catch(() => ({ streaming: false }));
  return streaming ? 'Active' : 'Broken';
}

const fixedProperties = ({ name, version, createdAt }: ServerRecord, { plane }: ServerViewer): object => ({
  fullyQualifiedDomainName: serverHost(name),
  version,
  minorVersion: plane.databases.version(name).split('.')[1] ?? '0',
  administratorLogin: 'drillmaster',
  availabilityZone: '1',
  storage: { storageSizeGB: 32, autoGrow: 'Disabled', tier: 'P4', iops: 120, type: '' },
  dataEncryption: { type: 'SystemManaged' },
  authConfig: { activeDirectoryAuth: 'Disabled', passwordAuth: 'Enabled' },
  backup: {
    backupRetentionDays: 7,
    geoRedundantBackup: 'Disabled',
    earliestRestoreDate: new Date(createdAt).toISOString(),
  },
  network: { publicNetworkAccess: 'Enabled' },
  highAvailability: { mode: 'Disabled', state: 'NotEnabled' },
  maintenanceWindow: { customWindow: 'Disabled', dayOfWeek: 0, startHour: 0, startMinute: 0 },
  privateEndpointConnections: [],
});
