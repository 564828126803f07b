// Which recovery point a client asks for, and which one that is.
import * as z from 'zod';
import { invalidContent, Refusal } from '../arm-reply.ts';
import type { ProtectedItem, RecoveryPoint } from './site-records.ts';

const pointTypes = ['Latest', 'LatestProcessed', 'LatestApplicationConsistent', 'LatestCrashConsistent'] as const;
const details = z.looseObject({
  instanceType: z.literal('A2A'),
  recoveryPointId: z.string().optional(),
  recoveryPointType: z.enum(pointTypes).optional(),
});
/** One object for an item, a list for a plan. */
const detailsSchema = z.looseObject({
  providerSpecificDetails: z.union([details, z.array(details).max(1)]).optional(),
});

export interface PointWish {
  readonly id: string | undefined;
  readonly type: (typeof pointTypes)[number];
}

/** Throws Refusal 400. */
export function pointWish(body: unknown): PointWish {
  const { providerSpecificDetails: given } = parseProperties(detailsSchema, body);
  const one = Array.isArray(given) ? given[0] : given;
  return { id: one?.recoveryPointId?.split('/').at(-1), type: one?.recoveryPointType ?? 'Latest' };
}

/** Throws Refusal 409 when the item has no such point. */
export function choosePoint({ name, points }: ProtectedItem, { id, type }: PointWish): RecoveryPoint {
  const wanted = (point: RecoveryPoint) => {
    if (id !== undefined) return point.id === id;
    if (type === 'LatestApplicationConsistent') return point.consistency === 'application';
    return type !== 'LatestCrashConsistent' || point.consistency === 'crash';
  };
  const found = points.findLast(wanted);
  if (found === undefined)
    throw new Refusal(409, 'RecoveryPointNotFound', `'${name}' has no recovery point ${id ?? `for ${type}`}.`);
  return found;
}

/** The `properties` of a request. Throws Refusal 400. */
export function parseProperties<T>(schema: z.ZodType<T>, body: unknown): T {
  const { properties = {} } = (body ?? {}) as { properties?: unknown };
  const parsed = schema.safeParse(properties);
  if (!parsed.success)
    throw invalidContent(`The request content was invalid: ${z.prettifyError(parsed.error).slice(0, 500)}`);
  return parsed.data;
}

/** Throws Refusal 404. */
export function pointOf({ name, points }: ProtectedItem, id: string): RecoveryPoint {
  const found = points.find((point) => point.id === id);
  if (found === undefined) throw new Refusal(404, 'ResourceNotFound', `'${name}' has no recovery point ${id}.`);
  return found;
}
