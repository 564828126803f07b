/** The one observer clock. `now` is whole Unix epoch milliseconds, UTC, and never goes back within a process. */
export interface Clock {
  readonly now: () => number;
}

/** RFC 3339 UTC with milliseconds, as every instant in events and results is written. */
export const formatInstant = (ms: number): string => new Date(ms).toISOString();

/** Epoch milliseconds of an RFC 3339 instant. Throws a RangeError when it is none. */
export function parseInstant(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`expected an RFC 3339 instant, found "${text}"`);
  return ms;
}
