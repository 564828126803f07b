// What checks have in common of what they claim to find: values of an answer, rows that a SELECT reads, blobs of a container.
import {
  BLOB_CHANGES,
  type BlobChange,
  type Claim,
  type CorruptionInput,
  ROW_CHANGES,
  type ValueChange,
} from '../model/corruption.ts';
import { parseExpression } from '../model/expression.ts';
import type { ContainerInput } from './blob/container-input.ts';

/** A query that reads more tables is proved by its first ones, or not at all. */
const TABLES_MAX = 6;

/**
 * A claim for each of the conditions that `&&` joins: what it reads is changed, value by value and then all of it at once, while everything
 * else stays. A member that is null or missing counts only where the condition asks for that: any other condition is red then without judging.
 */
export function claimedValues(
  expect: string,
  corruptionOf: (parts: string[], change: ValueChange) => CorruptionInput,
): readonly Claim[] {
  const changes: readonly ValueChange[] = [
    ...(['other', 'less', 'more'] as const),
    ...(/\bnull\b/.test(expect) ? (['null'] as const) : []),
    ...(/\bhas\s*\(|\bin\b/.test(expect) ? (['gone'] as const) : []),
  ];
  const claims = parseExpression(expect)
    .conjuncts()
    .map((parts) => {
      const each = parts.map((part) => [part]);
      const plants = changes.flatMap((change) =>
        (parts.length > 1 ? [...each, [...parts]] : each).map((some) => corruptionOf(some, change)),
      );
      return claim(parts.join(' and '), plants);
    });
  // Two conditions over the same values cannot be told apart by what is changed.
  return claims.filter((one, nth) => claims.findIndex((other) => other.claim === one.claim) === nth);
}

/** Changes of the rows of every table that a SELECT reads, from one row to all. */
export const changedRows = (server: string, reads: string): readonly CorruptionInput[] =>
  ROW_CHANGES.flatMap((change) =>
    Array.from({ length: TABLES_MAX }, (_, table) => ({
      fault: 'corrupt-rows' as const,
      server,
      reads,
      table,
      change,
    })),
  );

type Place = Pick<ContainerInput, 'account' | 'container' | 'endpoint' | 'prefix'> & {
  readonly blob?: string | undefined;
};

export const changedBlobs = (
  { account, container, endpoint, prefix, blob }: Place,
  changes: readonly BlobChange[] = BLOB_CHANGES,
): readonly CorruptionInput[] =>
  changes.map((change) => ({
    fault: 'corrupt-blobs' as const,
    ...{ account, container, endpoint, prefix, change },
    ...(blob === undefined ? {} : { blob }),
  }));

export const claim = (text: string, plants: readonly CorruptionInput[]): Claim => ({ claim: text, plants });
