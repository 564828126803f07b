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

/** Changes of every value that a condition reads, one after the other. A member that is missing counts where the condition asks for its presence. */
export function changedValues(
  expect: string,
  corruptionOf: (part: string[], change: ValueChange) => CorruptionInput,
): readonly CorruptionInput[] {
  const asksForPresence = /\bhas\s*\(|\bin\b/.test(expect);
  const changes: readonly ValueChange[] = ['other', 'less', 'more', ...(asksForPresence ? (['gone'] as const) : [])];
  const parts = parseExpression(expect).references.map((path) => path.split('.'));
  return changes.flatMap((change) => parts.map((part) => corruptionOf(part, change)));
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

/** Undefined claims are those that do not apply. */
export const claim = (text: string, plants: readonly CorruptionInput[]): Claim => ({ claim: text, plants });
