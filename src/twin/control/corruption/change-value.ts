// Turns a JSON value, or one inside it, into another one. Pure.
import type { ValueChange } from '../../../model/corruption.ts';
import type { Json, JsonObject } from '../../../model/json.ts';

const MORE = 1_000_000;
const YEAR_MS = 365 * 24 * 3600 * 1000;
/** RFC 3339, as clouds and programs write instants. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** `status` of an answer: the worst of another kind. */
const SERVER_ERROR = 500;
const NOT_FOUND = 404;
const OK = 200;

/** What becomes of the member that a way leads to; everything else stays. In a list `*` leads to each item, `0` to the first. A way that leads nowhere changes nothing. */
export function changeAt(value: Json, part: readonly string[], change: ValueChange): Json {
  const [name, ...below] = part;
  if (name === undefined) return changeValue(value, change);
  if (Array.isArray(value))
    return value.map((item, nth) =>
      name === '*' || (name === '0' && nth === 0) ? changeAt(item, below, change) : item,
    );
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return value;
  const { [name]: member = null, ...rest } = value as JsonObject;
  if (below.length === 0 && change === 'gone') return rest;
  return { ...rest, [name]: changeAt(member, below, change) };
}

/** A resource that answered is absent, one that was absent answers, and a service that answered well fails. */
export const changeStatus = (status: number, kind: 'resource' | 'service'): number =>
  status >= 400 ? OK : kind === 'resource' ? NOT_FOUND : SERVER_ERROR;

function changeValue(value: Json, change: ValueChange): Json {
  if (change === 'gone' || change === 'null') return null;
  if (change === 'other') return anotherOf(value);
  return change === 'less' ? lessOf(value) : moreOf(value);
}

/** Objects keep their members: what reads one of them finds another value, not none. */
function anotherOf(value: Json): Json {
  if (value === null) return 'corrupted';
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `corrupted ${value}`;
  if (Array.isArray(value)) return value.map(anotherOf);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, anotherOf(member)]));
}

function lessOf(value: Json): Json {
  if (typeof value === 'boolean') return false;
  if (typeof value === 'number') return value === 0 ? -1 : 0;
  if (typeof value === 'string') return lessText(value);
  if (Array.isArray(value)) return [];
  return value === null ? null : {};
}

function moreOf(value: Json): Json {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return value * 2 + MORE;
  if (typeof value === 'string') return INSTANT.test(value) ? yearsFrom(value, 1) : `${value}${value}`;
  return Array.isArray(value) ? [...value, ...value] : { ...value, corrupted: true };
}

/** A text that is a number stays one, for conditions that read it so. */
function lessText(text: string): string {
  if (INSTANT.test(text)) return yearsFrom(text, -1);
  return /^-?\d+(\.\d+)?$/.test(text) ? String(lessOf(Number(text))) : '';
}

function yearsFrom(instant: string, years: number): string {
  const at = Date.parse(instant) + years * YEAR_MS;
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
}
