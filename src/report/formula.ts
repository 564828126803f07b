// Numbers inside formulas: exact, because people recompute them.

/** Time of day in UTC with milliseconds: `10:00:05.000`. */
export const timeOfDay = (ms: number): string => new Date(ms).toISOString().slice(11, 23);

/** Exact seconds: `42.250 s`. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`;

/** `2341` as `2,341`. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
