// Left-overs and differences as one table: what, who made it, who took it as it stands.
import type { DrillResult } from '../model/result.ts';

export const STANDING_HEAD = ['What', 'Expected', 'Found', 'Made by', 'Accepted by'] as const;

export const standingRows = ({ leftOvers, differences }: DrillResult): readonly (readonly string[])[] => [
  ...leftOvers.map((item) => [item.resource, 'gone', 'there', item.createdBy ?? 'unknown', acceptedText(item)]),
  ...differences.map((item) => [
    item.resource === null ? item.fact : `${item.resource}: ${item.fact}`,
    item.expected,
    item.found,
    '',
    acceptedText(item),
  ]),
];

const acceptedText = ({ acceptedBy }: DrillResult['leftOvers'][number] | DrillResult['differences'][number]) =>
  acceptedBy === undefined ? 'nobody' : `${acceptedBy.as} at ${acceptedBy.at}: ${acceptedBy.reason}`;
