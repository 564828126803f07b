// A replica takes over from its primary, as a flexible server's promotion does.
import { Refusal } from './arm-reply.ts';
import type { DataPlane } from './data-plane.ts';
import type { Pace } from './operations.ts';
import { checkIdle, type ServerRecord, type ServerRecords } from './server-records.ts';

export interface Promotion {
  readonly mode: 'Switchover' | 'Standalone';
  readonly option: 'planned' | 'forced';
}

/** The database changes its role this long before the end of the operation, at most; a catch-up may take longer. */
const LEAD_MS = 500;

/** Throws Refusal when the promotion cannot begin. */
export async function checkPromotion(
  replica: ServerRecord,
  { mode, option }: Promotion,
  records: ServerRecords,
  plane: DataPlane,
): Promise<void> {
  if (replica.role !== 'AsyncReplica')
    throw new Refusal(
      400,
      'InvalidServerRole',
      `Promotion needs a read replica, found '${replica.name}' in the role ${replica.role}.`,
    );
  const primary = primaryOf(replica, records);
  if (mode === 'Switchover' && primary === undefined)
    throw new Refusal(
      409,
      'PrimaryServerNotFound',
      `Switchover needs the primary of '${replica.name}', which does not exist. Use promoteMode Standalone.`,
    );
  if (primary !== undefined) checkIdle(primary);
  if (option === 'planned') await checkReachable(primary, plane);
}

/** Nothing that the primary acknowledged is lost in a planned promotion, so it must be there to hand over. */
async function checkReachable(primary: ServerRecord | undefined, plane: DataPlane): Promise<void> {
  if (primary !== undefined && (await plane.databases.reachable(primary.name))) return;
  throw new Refusal(
    409,
    'PrimaryServerNotReachable',
    `Planned promotion waits for the primary '${primary?.name ?? 'unknown'}', which cannot be reached. Use promoteOption Forced and accept loss.`,
  );
}

/** The servers that a promotion changes, the replica first. */
export function touched(replica: ServerRecord, { mode }: Promotion, records: ServerRecords): readonly ServerRecord[] {
  const primary = primaryOf(replica, records);
  return mode === 'Standalone' || primary === undefined ? [replica] : [replica, primary];
}

export async function promote(
  replica: ServerRecord,
  { mode, option }: Promotion,
  records: ServerRecords,
  plane: DataPlane,
  pace: Pace,
): Promise<void> {
  await pace.untilBeforeEnd(LEAD_MS);
  const primary = primaryOf(replica, records);
  if (option === 'planned') await checkReachable(primary, plane);
  await plane.databases.promote(replica.name, option);
  replica.role = 'Primary';
  replica.source = undefined;
  if (mode === 'Standalone' || primary === undefined) return;
  primary.role = 'AsyncReplica';
  const followers = [primary, ...records.replicasOf(primary.name)].filter((server) => server !== replica);
  for (const server of followers) server.source = replica.name;
  for (const server of followers) await follow(server, replica, plane);
}

/** A server whose region is down follows when the region returns. */
async function follow(server: ServerRecord, primary: ServerRecord, plane: DataPlane): Promise<void> {
  server.stale = !plane.regions.isUp(server.region);
  if (!server.stale) await plane.databases.stream(server, primary.name);
}

const primaryOf = ({ source }: ServerRecord, records: ServerRecords) =>
  source === undefined ? undefined : records.find(source);
