// How far a copy is behind. A replica's own figures mislead: an idle one looks late and a broken one looks fresh. So it is asked until it
// has replayed what the primary had written at a known moment; the time that took is the most that it can be behind.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { ProviderError } from '../provider-error.ts';

/** Where the primary was when its snapshot was taken. */
export interface Position {
  /** Of the write-ahead log, as PostgreSQL writes it: 0/3000060. */
  readonly lsn: string;
  /** Identifies the cluster: a physical replica has the one of its primary. */
  readonly system: string;
  /** A timestamptz of the primary's clock, as text. */
  readonly watermark: string;
}

export type Lag =
  /** It replays the primary's log, and had all of it after at most so many milliseconds. */
  | { readonly kind: 'caught-up'; readonly atMostMs: number }
  /** It replays the primary's log, and after so many milliseconds some was missing. */
  | { readonly kind: 'behind'; readonly afterMs: number; readonly bytes: number; readonly replayedTo: string | null }
  /** It does not replay the primary's log; only its rows can tell. */
  | { readonly kind: 'independent' };

const LOOK_EVERY_MS = 25;

const LSN = 'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END';
const SYSTEM = '(SELECT system_identifier::text FROM pg_control_system())';

export async function readPosition(primary: Client, settledBeforeMs: number): Promise<Position> {
  const { rows } = await primary.query<Position>({
    text: `SELECT (${LSN})::text AS lsn, ${SYSTEM} AS system, (clock_timestamp() - $1 * interval '1 millisecond')::text AS watermark`,
    values: [settledBeforeMs],
  });
  const [position] = rows;
  if (position === undefined) throw new ProviderError('postgres-failed', 'primary: expected a position, found none');
  return position;
}

interface Patience {
  /** When the primary was asked, of the monotonic clock: the copy cannot be fresher than that. */
  readonly askedAt: number;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

interface Replayed {
  readonly follows: boolean;
  readonly missing: number;
  readonly replayedTo: string | null;
}

/** Asks the copy until it has everything up to the position, at least once and not longer than the limit. */
export async function measureLag(replica: Client, position: Position, patience: Patience): Promise<Lag> {
  for (;;) {
    const { follows, missing, replayedTo } = await readReplayed(replica, position);
    const tookMs = performance.now() - patience.askedAt;
    if (!follows) return { kind: 'independent' };
    if (missing <= 0) return { kind: 'caught-up', atMostMs: tookMs };
    if (tookMs >= patience.limitMs) return { kind: 'behind', afterMs: tookMs, bytes: missing, replayedTo };
    await pause(patience.signal);
  }
}

async function readReplayed(replica: Client, { lsn, system }: Position): Promise<Replayed> {
  const { rows } = await replica.query<Replayed>({
    text: `SELECT pg_is_in_recovery() AND ${SYSTEM} = $2 AS follows,
      pg_wal_lsn_diff($1::pg_lsn, coalesce(pg_last_wal_replay_lsn(), '0/0'))::float8 AS missing,
      pg_last_xact_replay_timestamp()::text AS "replayedTo"`,
    values: [lsn, system],
  });
  return rows[0] ?? { follows: false, missing: 0, replayedTo: null };
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  } catch {
    throw new ProviderError('aborted', 'a wait for the replica was aborted');
  }
}
