import { RuntimeError } from '../runtime-error.ts';

/** Sequence numbers as inclusive ranges, ascending: [1, 2, 3, 7] → [[1, 3], [7, 7]]. Throws when one is no whole number. */
export function toRanges(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    if (!Number.isSafeInteger(number))
      throw new RuntimeError('event-refused', `expected whole sequence numbers, found ${number}`);
    const last = ranges.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}
