// Storage accounts as the control plane knows them.
import { STORAGE_TYPE } from '../world/resource-ids.ts';
import type { World } from '../world/world-schema.ts';
import { Refusal, resourceNotFound } from './arm-reply.ts';

export interface StorageRecord {
  readonly name: string;
  readonly group: string;
  readonly createdAt: number;
  primary: string;
  secondary: string | undefined;
  /** A planned or unplanned failover is at work. */
  failoverInProgress: boolean;
  /** The first copy to a new secondary is under way. */
  seeding: boolean;
  /** The latest point-in-time restore of its blobs. */
  blobRestore: BlobRestore | undefined;
  /** Properties of its blob service as they were put last; undefined: never. */
  blobService: Readonly<Record<string, unknown>> | undefined;
}

/** As Azure shows it. */
export interface BlobRestore {
  readonly status: 'InProgress' | 'Complete' | 'Failed';
  readonly restoreId: string;
  readonly failureReason?: string;
  readonly parameters: {
    readonly timeToRestore: string;
    readonly blobRanges: readonly { readonly startRange: string; readonly endRange: string }[];
  };
}

export class StorageRecords {
  readonly #records: readonly StorageRecord[];

  constructor({ storageAccounts }: World, createdAt: number) {
    this.#records = storageAccounts.map(({ name, group, region, secondary }) => ({
      name,
      group,
      createdAt,
      primary: region,
      secondary,
      failoverInProgress: false,
      seeding: false,
      blobRestore: undefined,
      blobService: undefined,
    }));
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  get(group: string, name: string): StorageRecord {
    const record = this.list(group).find((candidate) => candidate.name === name.toLowerCase());
    if (record === undefined) throw resourceNotFound(STORAGE_TYPE, name, group);
    return record;
  }

  list(group?: string): readonly StorageRecord[] {
    return this.#records.filter((record) => group === undefined || record.group.toLowerCase() === group.toLowerCase());
  }
}

/** Throws Refusal 409 when somebody is at work on the account. */
export function checkAccountIdle({ name, failoverInProgress, seeding, blobRestore }: StorageRecord): void {
  if (failoverInProgress || seeding || blobRestore?.status === 'InProgress')
    throw new Refusal(
      409,
      'StorageAccountOperationInProgress',
      `An operation is currently performing on the storage account '${name}' that requires exclusive access.`,
    );
}
