// How what lies in a resource group is removed when the group is deleted: each service by its own means.
import { DISK_TYPE, DNS_ZONE_TYPE, MACHINE_TYPE, NIC_TYPE, PROFILE_TYPE, SERVER_TYPE } from '../world/resource-ids.ts';
import { Refusal } from './arm-reply.ts';
import type { Cloud } from './cloud.ts';
import { checkIdle } from './server-records.ts';

interface Removal {
  readonly name: string;
  readonly group: string;
  readonly signal: AbortSignal;
}

/** Resolves when the resource is gone, its data plane included. Throws a Refusal when it cannot go. */
type Remover = (cloud: Cloud, removal: Removal) => Promise<void>;

/** By resource type. A service that has no line here keeps its group from being deleted. */
const REMOVERS: Readonly<Record<string, Remover>> = {
  [SERVER_TYPE]: async ({ servers, plane }, { group, name }) => {
    const server = servers.get(group, name);
    checkIdle(server);
    if (servers.replicasOf(name).length > 0) throw blocked(group, `the server ${name} has replicas`);
    if (!plane.regions.isUp(server.region)) throw blocked(group, `the region ${server.region} is not available`);
    server.transition = 'Dropping';
    try {
      await plane.databases.remove(name);
      servers.remove(name);
    } finally {
      server.transition = undefined;
    }
  },
  [PROFILE_TYPE]: async ({ profiles, plane }, { group, name }) => {
    const profile = profiles.get(group, name);
    profiles.remove(profile);
    plane.traffic.steer(profile.fqdn, undefined);
  },
  [MACHINE_TYPE]: async ({ machines, plane }, { group, name }) => {
    machines.begin(machines.get(group, name), 'Deleting');
    try {
      await plane.machines.remove(name);
    } finally {
      machines.settle(name);
    }
  },
  // One that is attached goes with its machine.
  [NIC_TYPE]: async ({ interfaces }, place) => interfaces.remove(place),
  [DISK_TYPE]: async ({ machines, plane }, { group, name }) => {
    const owner = machines.ownerOf(machines.disk(group, name).name);
    if (owner !== undefined) throw blocked(group, `the disk ${name} is attached to ${owner.name}`);
    await plane.disks.remove(name);
  },
  [DNS_ZONE_TYPE]: async ({ zones }, { group, name }) => zones.remove(group, name),
};

interface Held {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

/** Throws Refusal 409 `ResourceGroupDeletionBlocked` when the group holds something that this twin cannot remove; nothing was changed. */
export function checkRemovable(group: string, held: readonly Held[]): void {
  const kept = held.filter(({ type }) => REMOVERS[type] === undefined);
  if (kept.length > 0) throw blocked(group, `this twin does not delete ${kept.map(({ id }) => id).join(', ')}`);
}

/** Removes everything in turn; what others hang on comes last. Throws the Refusal of what cannot go, and the rest stays. */
export async function removeResources(
  cloud: Cloud,
  held: readonly Held[],
  group: string,
  signal: AbortSignal,
): Promise<void> {
  checkRemovable(group, held);
  const isNeeded = ({ type, name }: Held) =>
    Number(type === DISK_TYPE || (type === SERVER_TYPE && cloud.servers.replicasOf(name).length > 0));
  for (const { type, name } of held.toSorted((a, b) => isNeeded(a) - isNeeded(b))) {
    signal.throwIfAborted();
    await REMOVERS[type]?.(cloud, { name, group, signal });
  }
}

/** Throws Refusal 409: somebody made something in the group while it was being deleted. */
export function checkEmpty(group: string, held: readonly Held[]): void {
  if (held.length > 0) throw blocked(group, `${held.map(({ id }) => id).join(', ')} came while it was being deleted`);
}

const blocked = (group: string, why: string) =>
  new Refusal(409, 'ResourceGroupDeletionBlocked', `Deletion of resource group '${group}' did not finish: ${why}.`);
