// The recovery points of a protected machine: which of them can be used, which one is meant, and how large their gaps are.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { formatInstant } from '../../../model/clock.ts';
import type { JsonObject } from '../../../model/json.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { backupTarget, itemPath, type Protected } from './protected-machine.ts';

export interface RecoveryPoint {
  readonly id: string;
  /** Epoch ms. */
  readonly takenAt: number;
  /** AppConsistent, FileSystemConsistent or CrashConsistent. */
  readonly consistency: string;
}

const instant = z.union([z.int().min(0), z.iso.datetime({ offset: true })]);

export const pointInput = z
  .union([
    z.literal('newest'),
    z.strictObject({
      before: instant.describe('RFC 3339, or milliseconds since 1970 as the outputs of steps have them'),
    }),
    z.strictObject({
      random: z.union([z.int().min(0), z.string().min(1).max(100)]).describe('Seed: the same one picks the same point'),
    }),
  ])
  .default('newest')
  .describe('Which recovery point: the newest, the newest before an instant, or one that a seed picks');
export type PointChoice = z.infer<typeof pointInput>;

const shape = z.object({
  name: z.string().min(1),
  properties: z.object({
    recoveryPointType: z.string(),
    recoveryPointTime: z.iso.datetime({ offset: true }),
    recoveryPointTierDetails: z.array(z.object({ type: z.string().nullish(), status: z.string().nullish() })).nullish(),
  }),
});

/** Every point that can be restored now, oldest first. Throws ArmError, or ProviderError `answer-invalid`. */
export async function usablePoints(
  given: Protected,
  world: World,
  signal: AbortSignal,
): Promise<readonly RecoveryPoint[]> {
  const listed = await world.arm.list(backupTarget(`${itemPath(given)}/recoveryPoints`), signal);
  const parsed = z.array(shape).safeParse(listed);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected recovery points of ${given.machine}, found something else: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data
    .filter(({ properties }) => isUsable(properties.recoveryPointTierDetails))
    .map(({ name, properties }) => ({
      id: name,
      takenAt: Date.parse(properties.recoveryPointTime),
      consistency: properties.recoveryPointType,
    }))
    .toSorted((a, b) => a.takenAt - b.takenAt);
}

type Tiers = z.infer<typeof shape>['properties']['recoveryPointTierDetails'];

/** A point in an archive must be rehydrated first; a deleted or disabled tier holds nothing. */
const isUsable = (tiers: Tiers): boolean =>
  (tiers ?? []).length === 0 ||
  (tiers ?? []).some(({ type, status }) => status === 'Valid' && (type === 'InstantRP' || type === 'HardenedRP'));

/** The point that is meant. Throws ProviderError `point-missing`. */
export function choosePoint(points: readonly RecoveryPoint[], choice: PointChoice, machine: string): RecoveryPoint {
  const found = pick(points, choice, machine);
  if (found === undefined)
    throw new ProviderError(
      'point-missing',
      `expected a usable recovery point of ${machine} (${describeChoice(choice)}), found ${describePoints(points)}`,
    );
  return found;
}

function pick(points: readonly RecoveryPoint[], choice: PointChoice, machine: string): RecoveryPoint | undefined {
  if (choice === 'newest') return points.at(-1);
  if ('before' in choice) {
    const limit = typeof choice.before === 'number' ? choice.before : Date.parse(choice.before);
    return points.findLast(({ takenAt }) => takenAt < limit);
  }
  return points.length === 0 ? undefined : points[draw(choice.random, machine) % points.length];
}

const DRAW_BYTES = 6;

/** Follows from the seed and the machine alone. */
const draw = (seed: number | string, machine: string): number =>
  createHash('sha256')
    .update(JSON.stringify([String(seed), machine.toLowerCase()]))
    .digest()
    .readUIntBE(0, DRAW_BYTES);

const describeChoice = (choice: PointChoice): string => (choice === 'newest' ? choice : JSON.stringify(choice));

const describePoints = (points: readonly RecoveryPoint[]): string => {
  const [oldest, newest] = [points.at(0), points.at(-1)];
  if (oldest === undefined || newest === undefined) return 'none';
  return `${points.length} from ${formatInstant(oldest.takenAt)} to ${formatInstant(newest.takenAt)}`;
};

/** What is known of the points as they were at an instant (epoch ms). Gaps are null where there are fewer than two points. */
export function pointFacts(points: readonly RecoveryPoint[], at: number): JsonObject {
  const known = points.filter(({ takenAt }) => takenAt <= at);
  const gaps = known.slice(1).map(({ takenAt }, nth) => takenAt - (known[nth]?.takenAt ?? takenAt));
  const newest = known.at(-1);
  return {
    usablePoints: known.length,
    largestGapMs: gaps.length === 0 ? null : Math.max(...gaps),
    newestAgeMs: newest === undefined ? null : at - newest.takenAt,
  };
}
