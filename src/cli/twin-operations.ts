// Which times of a twin say nothing about Azure: those that were too short, and those of which nobody can say that they were not.
import type { EventOf } from '../model/events.ts';
import type { JournaledOperation } from '../twin/index.ts';

type Listed = EventOf<'twin.faster'>['operations'][number];

/**
 * Operations that succeeded in less than the shortest recorded time, that have no record, or that are not over at `now` (epoch ms) and
 * have not taken the shortest recorded time yet.
 */
export const notKnownToBeSlowEnough = (operations: readonly JournaledOperation[], now: number): readonly Listed[] =>
  operations
    .filter(
      ({ startedAt, tookMs, recordedMs, faster }) =>
        faster || recordedMs === null || (tookMs === null && now - startedAt < recordedMs),
    )
    .map(({ operation, resource, startedAt, tookMs, recordedMs }) => ({
      operation,
      resource,
      startedAt,
      tookMs,
      recordedMs,
    }));
