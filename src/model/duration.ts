import { Temporal } from 'temporal-polyfill';

/** Milliseconds of an ISO 8601 duration of days and smaller ("PT2M", "PT0.25S", "P1D"); undefined when it is none or negative. */
export function parseDuration(text: string): number | undefined {
  try {
    const duration = Temporal.Duration.from(text);
    if (duration.sign < 0 || duration.years || duration.months || duration.weeks) return undefined;
    return duration.total('milliseconds');
  } catch {
    return undefined;
  }
}

/** The same duration for people: "850 ms", "21.4 s", "2 min 5 s", "1 h 3 min". */
export function formatDuration(ms: number): string {
  const whole = Math.round(ms);
  if (Math.abs(whole) < 1000) return `${whole} ms`;
  if (Math.abs(whole) < 60_000) return `${trim(whole / 1000)} s`;
  const seconds = Math.round(whole / 1000);
  if (Math.abs(seconds) < 3600) return joined(Math.trunc(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  return joined(Math.trunc(minutes / 60), 'h', minutes % 60, 'min');
}

const trim = (seconds: number) => seconds.toFixed(1).replace(/\.0$/, '');
const joined = (large: number, largeUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${Math.abs(small)} ${smallUnit}`;
