import type { World } from '../world/world-schema.ts';
import { chance } from './chance.ts';
import { RECORDED_DURATIONS, type RecordedDuration } from './recorded-durations.ts';

/** For operations of which no duration was recorded. */
const UNRECORDED_MS = 10_000;

/**
 * How long the `nth` operation of a kind takes, in milliseconds: what the world says, else drawn from the recorded range by the world's
 * seed. `variety` names a kind more closely: `forced`.
 */
export function operationDurationMs(
  { operations, seed }: Pick<World, 'operations' | 'seed'>,
  operation: string,
  variety: string | undefined,
  nth: number,
): number {
  const said = lookUp(operations, `${operation} [${variety}]`) ?? lookUp(operations, operation) ?? 'recorded';
  if (said !== 'recorded') return said;
  const recorded = recordedDuration(operation);
  return recorded === undefined
    ? UNRECORDED_MS
    : Math.round(draw(recorded, chance(seed, `${operation}/${nth}`)) * 1000);
}

/** The shortest recorded time of a kind of operation in milliseconds; undefined when none was recorded. */
export function recordedMinimumMs(operation: string): number | undefined {
  const recorded = recordedDuration(operation);
  return recorded === undefined ? undefined : recorded.minimumSeconds * 1000;
}

/** Half of the draws lie below the median. */
function draw({ minimumSeconds, medianSeconds, maximumSeconds }: RecordedDuration, share: number): number {
  return share < 0.5
    ? minimumSeconds + (medianSeconds - minimumSeconds) * share * 2
    : medianSeconds + (maximumSeconds - medianSeconds) * (share - 0.5) * 2;
}

const recordedDuration = (operation: string) =>
  RECORDED_DURATIONS.find((recorded) => recorded.operation.toLowerCase() === operation.toLowerCase());

/** Resource types are compared without regard to case. */
const lookUp = <Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.entries(table).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
