// What checks have in common of what they claim to find: values of an answer, rows that a SELECT reads, blobs of a container.
import {
  BLOB_CHANGES,
  type BlobChange,
  type Claim,
  type CorruptionInput,
  ROW_CHANGES,
  type ValueChange,
} from '../model/corruption.ts';
import { type Conjunct, parseExpression } from '../model/expression.ts';
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
  if (parseExpression(expect).references.length === 0) return [];
  return claimedConditions(expect, ({ text, references: parts }) => {
    const changes: readonly ValueChange[] = [
      ...(['other', 'less', 'more'] as const),
      ...(/\bnull\b/.test(text) ? (['null'] as const) : []),
      ...(/\bhas\s*\(|\bin\b/.test(text) ? (['gone'] as const) : []),
    ];
    const each = parts.map((part) => [part]);
    const plants = changes.flatMap((change) =>
      (parts.length > 1 ? [...each, [...parts]] : each).map((some) => corruptionOf(some, change)),
    );
    return claim(parts.join(' and '), plants);
  });
}

/** A claim for each of the conditions that `&&` joins, which is judged alone while it is tried. Of one that reads nothing: the whole, which stays green. */
export function claimedConditions(expect: string, claimOf: (condition: Conjunct) => Claim): readonly Claim[] {
  const conditions = parseExpression(expect).conjuncts();
  if (conditions.length === 0) return [claimOf({ text: expect, references: [] })];
  const claims = conditions.map((condition) => ({ ...claimOf(condition), expect: condition.text }));
  const isShared = (one: Claim) => claims.filter((other) => other.claim === one.claim).length > 1;
  return claims.map((one) => (isShared(one) ? { ...one, claim: `${one.claim}, in ${one.expect}` } : one));
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
