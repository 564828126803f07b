// What one canary lost: pure arithmetic on writes, survivors and the moment of disruption.
import type { CanaryWrite } from './canary-log.ts';
import type { Disruption } from './disruption.ts';
import { clockBoundMs } from './disruption.ts';

/** Timers of a busy machine do not keep shorter intervals; two of these before Ts must hold an acknowledged write. */
const CANARY_INTERVAL_MIN_MS = 50;
const INTERVALS_BEFORE_TS = 2;
/** An answer that was on the wire at T0 is read by a busy observer so much later. */
const READ_LATE_MS_MAX = 50;
/** One that stood still for longer is not waited for. */
const STANDSTILL_MS_MAX = 1000;

export interface CanaryLoss {
  /** Ts − p, never negative. */
  readonly actualMs: number;
  readonly uncertaintyMs: number;
  /** The time between two writes that the uncertainty counts: the planned interval, or the hole in which p lies when that is wider. */
  readonly intervalMs: number;
  /** By how much an answer that counts was read later than any is otherwise: nobody can tell when it was given. Part of the uncertainty. */
  readonly lateMs: number;
  /** The first write that was acknowledged and is absent: p lies just before its acknowledgement. */
  readonly firstLost: CanaryWrite | null;
  readonly acknowledged: number;
  readonly lost: number;
  /** Acknowledged after Ts's bracket and absent: the original served on, so Ts is not the moment of loss and `actualMs` means nothing. */
  readonly lostAfterT0: number;
  readonly inDoubt: number;
  readonly holes: number;
  readonly newestSurvivor: CanaryWrite | null;
}

interface LossInput {
  readonly writes: readonly CanaryWrite[];
  readonly has: (sequence: number) => boolean;
  readonly disruption: Disruption;
  readonly everyMs: number;
}

/**
 * RPO actual = Ts − p with Ts = `disruption`, the moment the original stopped serving, and p the latest instant such that every write
 * acknowledged at or before p is present. Writes that were acknowledged inside its bracket, or sent before its end and their answer read as soon as it could be, count as acknowledged before it:
 * the bracket and the lateness are part of the uncertainty.
 */
export function measureLoss({ writes, has, disruption, everyMs }: LossInput): CanaryLoss {
  const acknowledged = acknowledgedBefore(writes, disruption, everyMs);
  const lost = acknowledged.filter(({ sequence }) => !has(sequence));
  const newest =
    writes.findLast(({ sequence, sentAt }) => sentAt <= disruption.latest && has(sequence))?.sequence ?? -1;
  const firstLost = lost[0] ?? null;
  const intervalMs = Math.max(everyMs, holeAt(acknowledged, firstLost?.acknowledgedAt ?? disruption.effectiveAt));
  const lateMs = Math.max(0, (lost.at(-1)?.acknowledgedAt ?? 0) - disruption.latest - READ_LATE_MS_MAX);
  return {
    actualMs: firstLost ? Math.max(0, disruption.effectiveAt - firstLost.acknowledgedAt) : 0,
    uncertaintyMs: intervalMs + clockBoundMs(disruption) + lateMs,
    intervalMs,
    lateMs,
    firstLost,
    acknowledged: acknowledged.length,
    lost: lost.length,
    lostAfterT0: lostOf(writes, has) - lost.length,
    inDoubt: writes.filter(({ sentAt, acknowledgedAt }) => acknowledgedAt === null && sentAt <= disruption.latest)
      .length,
    holes: lost.filter(({ sequence }) => sequence < newest).length,
    newestSurvivor: newestOf(acknowledged.filter(({ sequence }) => has(sequence))),
  };
}

type Acknowledged = CanaryWrite & { readonly acknowledgedAt: number };

const isAcknowledged = (write: CanaryWrite): write is Acknowledged => write.acknowledgedAt !== null;

/** All that were acknowledged and are absent. Those after T0's bracket show a second fault, or one that stopped nothing. */
const lostOf = (writes: readonly CanaryWrite[], has: (sequence: number) => boolean): number =>
  writes.filter((write) => isAcknowledged(write) && !has(write.sequence)).length;

/** Up to the end of T0's bracket, in the order of acknowledgement. */
function acknowledgedBefore(
  writes: readonly CanaryWrite[],
  disruption: Disruption,
  everyMs: number,
): readonly Acknowledged[] {
  const { latest } = disruption;
  const readBy = latest + READ_LATE_MS_MAX + standstillAfter(writes, latest, everyMs);
  return writes
    .filter(isAcknowledged)
    .filter(({ sentAt, acknowledgedAt }) => acknowledgedAt <= (sentAt <= latest ? readBy : latest))
    .sort((a, b) => a.acknowledgedAt - b.acknowledgedAt);
}

/**
 * How long the observer did nothing at an instant: a write was due an interval after it at the latest, and when none was sent by then, no
 * answer was read either.
 */
function standstillAfter(writes: readonly CanaryWrite[], instant: number, everyMs: number): number {
  const next = writes.reduce((first, { sentAt }) => (sentAt > instant && sentAt < first ? sentAt : first), Infinity);
  const stood = next - instant - everyMs;
  return stood > 0 && stood <= STANDSTILL_MS_MAX ? stood : 0;
}

/** The time before p in which no write was acknowledged: nobody can tell where in it the loss begins. */
function holeAt(acknowledged: readonly Acknowledged[], p: number): number {
  const before = acknowledged.findLast(({ acknowledgedAt }) => acknowledgedAt < p);
  return before ? p - before.acknowledgedAt : 0;
}

const newestOf = (survivors: readonly CanaryWrite[]) =>
  survivors.toSorted((a, b) => b.sequence - a.sequence)[0] ?? null;

/** True when the canary was writing up to the disruption, so that its silence afterwards means something. */
export function wasWriting(writes: readonly CanaryWrite[], disruption: Disruption, everyMs: number): boolean {
  const from = disruption.earliest - INTERVALS_BEFORE_TS * Math.max(everyMs, CANARY_INTERVAL_MIN_MS);
  return acknowledgedBefore(writes, disruption, everyMs).some(({ acknowledgedAt }) => acknowledgedAt >= from);
}
