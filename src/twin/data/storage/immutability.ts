// Blobs that cannot be changed or deleted: time-based retention and legal hold of a container, held by the front, because Azurite passes them over.
import type { ContainerPolicy } from '../../control/data-plane.ts';
import { BlobRefusal } from './blob-refusal.ts';

const DAY_MS = 86_400_000;

export const NO_POLICY: ContainerPolicy = { retention: undefined, legalHold: [] };

/** By container. */
export type ContainerPolicies = Map<string, ContainerPolicy>;

export const isImmutable = ({ retention, legalHold }: ContainerPolicy): boolean =>
  retention !== undefined || legalHold.length > 0;

export interface ImmutableWrite {
  readonly method: string;
  /** `comp` of the request. */
  readonly operation: string;
  readonly now: number;
  /** Of the blob that stands there, epoch ms; undefined: none does. */
  readonly createdAt: number | undefined;
  readonly isAppendBlob: boolean;
}

/**
 * Throws BlobRefusal 409 `BlobImmutableDueToPolicy` when the policy forbids the write. New blobs may always come; after the retention
 * period a blob may be deleted, and still not be overwritten.
 */
export function checkImmutable({ retention, legalHold }: ContainerPolicy, write: ImmutableWrite): void {
  const { method, operation, now, createdAt, isAppendBlob } = write;
  if (createdAt === undefined) return;
  const isHeld = legalHold.length > 0;
  const isOver = retention === undefined || now >= createdAt + retention.days * DAY_MS;
  if (method === 'DELETE' && isOver && !isHeld) return;
  if (operation === 'appendblock' && isAppendBlob && !isHeld && retention?.allowsAppends === true) return;
  throw new BlobRefusal(
    409,
    'BlobImmutableDueToPolicy',
    'This operation is not permitted as the blob is immutable due to a policy.',
  );
}
