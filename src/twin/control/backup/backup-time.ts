// Instants as Azure Backup writes them in filters and in the property bags of jobs. All of them are UTC.
import { Refusal } from '../arm-reply.ts';

const FILTER_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$/i;
const NOON = 12;

/** `2026-11-21 02:05:00 PM` → epoch ms. Throws Refusal 400. */
export function parseFilterTime(text: string): number {
  const [, year, month, day, hour, minute, second, half] = FILTER_TIME.exec(text) ?? [];
  if (hour === undefined || half === undefined)
    throw new Refusal(
      400,
      'BMSUserErrorInvalidInput',
      `expected "yyyy-MM-dd hh:mm:ss tt", found "${text.slice(0, 40)}"`,
    );
  const hours = (Number(hour) % NOON) + (half.toUpperCase() === 'PM' ? NOON : 0);
  return Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute), Number(second));
}

/** `5/20/2023 2:15:29 PM`, as the property bag of a restore job has the time of its recovery point. */
export function bagTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = date.getUTCHours();
  const clock = `${hours % NOON === 0 ? NOON : hours % NOON}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${clock} ${hours < NOON ? 'AM' : 'PM'}`;
}
