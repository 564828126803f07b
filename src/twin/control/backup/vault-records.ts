// Vaults as the control plane knows them: what they protect, and the recovery points that they hold.
import { MACHINE_TYPE, resourceId, VAULT_TYPE } from '../../world/resource-ids.ts';
import type { World } from '../../world/world-schema.ts';
import { Refusal, resourceNotFound } from '../arm-reply.ts';

export interface PointRecord {
  /** Digits, as the service names points. */
  readonly id: string;
  /** Epoch ms: what was acknowledged before it is in the copy. */
  readonly takenAt: number;
  readonly consistency: 'application' | 'crash';
}

export interface ItemRecord {
  /** The protected machine. */
  readonly machine: string;
  /** The machine's resource group. */
  readonly group: string;
  readonly region: string;
  readonly everyMs: number;
  readonly consistency: PointRecord['consistency'];
  readonly keep: number;
  /** Oldest first. */
  points: readonly PointRecord[];
  /** The second, since 1970, that the newest copy has for itself. */
  second: number;
  /** How the last backup ended, and when; undefined before the first one. */
  last: { readonly status: 'Completed' | 'Failed'; readonly at: number } | undefined;
}

export interface VaultRecord {
  readonly name: string;
  readonly group: string;
  readonly region: string;
  readonly policy: string;
  readonly createdAt: number;
  readonly items: readonly ItemRecord[];
}

export class VaultRecords {
  readonly #records: readonly VaultRecord[];

  constructor({ recoveryVaults, machines }: Pick<World, 'recoveryVaults' | 'machines'>, createdAt: number) {
    this.#records = recoveryVaults.map(({ name, group, region, policy, protects }) => ({
      name,
      group,
      region,
      policy,
      createdAt,
      items: protects.map(({ machine, every, consistency, keep }) => ({
        machine,
        group: machines.find((known) => known.name === machine)?.group ?? group,
        region,
        everyMs: every,
        consistency,
        keep,
        points: [],
        second: 0,
        last: undefined,
      })),
    }));
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  get(group: string, name: string): VaultRecord {
    const record = this.list(group).find((candidate) => same(candidate.name, name));
    if (record === undefined) throw resourceNotFound(VAULT_TYPE, name, group);
    return record;
  }

  list(group?: string): readonly VaultRecord[] {
    return this.#records.filter((record) => group === undefined || same(record.group, group));
  }
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** `iaasvmcontainerv2;rg-archive;archive-weu`: how the service names a machine of a resource group. */
export const entityName = ({ group, machine }: Pick<ItemRecord, 'group' | 'machine'>): string =>
  `iaasvmcontainerv2;${group};${machine}`;

export const vaultId = (subscription: string, vault: VaultRecord): string =>
  resourceId(subscription, VAULT_TYPE, vault);

export const machineIdOf = (subscription: string, { group, machine }: ItemRecord): string =>
  resourceId(subscription, MACHINE_TYPE, { group, name: machine });

export const itemId = (subscription: string, vault: VaultRecord, item: ItemRecord): string =>
  `${vaultId(subscription, vault)}/backupFabrics/Azure/protectionContainers/IaasVMContainer;${entityName(item)}/protectedItems/VM;${entityName(item)}`;

/** The item that a path names by its container and its own name. Throws Refusal 404. */
export function findItem(
  { name, items }: VaultRecord,
  { fabric = '', container = '', item = '' }: Readonly<Record<string, string>>,
): ItemRecord {
  const found = items.find(
    (candidate) =>
      same(fabric, 'Azure') &&
      same(container, `IaasVMContainer;${entityName(candidate)}`) &&
      same(item, `VM;${entityName(candidate)}`),
  );
  if (found === undefined)
    throw new Refusal(404, 'BMSUserErrorContainerObjectNotFound', `The item '${item}' is not protected in '${name}'.`);
  return found;
}

/** Throws Refusal 404. */
export function findPoint({ machine, points }: ItemRecord, id: string): PointRecord {
  const found = points.find((point) => point.id === id);
  if (found === undefined)
    throw new Refusal(
      404,
      'UserErrorRecoveryPointNotFound',
      `The recovery point '${id}' of '${machine}' was not found.`,
    );
  return found;
}
