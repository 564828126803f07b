// Looks at a service on a fixed schedule, whether or not the last look was answered, and keeps every reading.
import type { Reading } from '../../model/action.ts';
import type { EventOf } from '../../model/events.ts';
import type { PlannedProbe } from '../../plan/plan.ts';
import { errorDataOf } from '../perform/step-work.ts';
import { contextOf, probeOf, type Run } from '../run.ts';
import { bounded } from '../wait.ts';
import { onSchedule } from './schedule.ts';
import { createStreak, type Streak } from './streak.ts';

/** One look: when the request left and when the answer was judged, epoch ms. */
export interface TimedReading extends Reading {
  readonly sentAt: number;
  readonly judgedAt: number;
}

export interface ProbeObserver {
  readonly probe: PlannedProbe;
  /** The judged reading whose request was sent last. */
  readonly latest: () => TimedReading | undefined;
  /** A reading that was judged not healthy at `at` or later. */
  readonly unhealthyAfter: (at: number) => TimedReading | undefined;
  readonly streak: () => Streak | undefined;
  /** Journals the readings since the last time; resolves when they are durable. */
  readonly flush: () => Promise<void>;
  readonly stop: () => void;
}

/** While a service hangs, looks overlap up to this many: the return of the service is then seen in time all the same. */
const IN_FLIGHT_MAX = 8;
const DETAIL_LENGTH_MAX = 300;

export function startProbe(run: Run, probe: PlannedProbe, onReading: () => void): ProbeObserver {
  const stopped = new AbortController();
  const keeper = createStreak(probe);
  /** In the order of sending; the streak takes them in this order, however late one is answered. */
  const sent: { readonly sentAt: number; reading?: TimedReading }[] = [];
  let inFlight = 0;
  let unflushed: TimedReading[] = [];
  let latest: TimedReading | undefined;
  let unhealthy: TimedReading | undefined;

  const judge = (reading: TimedReading) => {
    unflushed.push(reading);
    if (latest === undefined || reading.sentAt >= latest.sentAt) latest = reading;
    if (!reading.healthy) unhealthy = reading;
    for (let first = sent[0]?.reading; first !== undefined; first = sent[0]?.reading) {
      keeper.take(first);
      sent.shift();
    }
    onReading();
  };
  const look = async () => {
    const entry: (typeof sent)[number] = { sentAt: run.clock.now() };
    sent.push(entry);
    inFlight += 1;
    const reading = await readOnce(run, probe, stopped.signal);
    inFlight -= 1;
    if (stopped.signal.aborted) return;
    entry.reading = { ...reading, sentAt: entry.sentAt, judgedAt: run.clock.now() };
    judge(entry.reading);
  };
  const stopSchedule = onSchedule(probe.everyMs, () => {
    if (inFlight < IN_FLIGHT_MAX) run.background(look);
  });
  return {
    probe,
    latest: () => latest,
    unhealthyAfter: (at) => (unhealthy !== undefined && unhealthy.judgedAt >= at ? unhealthy : undefined),
    streak: keeper.current,
    flush: async () => {
      const readings = unflushed.map(toTuple);
      unflushed = [];
      if (readings.length > 0) await run.submit({ type: 'probe.readings', probe: probe.id, readings });
    },
    stop: () => {
      stopSchedule();
      stopped.abort();
    },
  };
}

/** Never rejects: whatever goes wrong in a look means that the service was not seen to be well. */
async function readOnce(run: Run, probe: PlannedProbe, signal: AbortSignal): Promise<Reading> {
  try {
    const part = probeOf(run, probe);
    const input = part.input.parse(probe.with);
    return await bounded({ ms: probe.timeoutMs, signal, what: `reading probe ${probe.id}` }, (own) =>
      part.read(input, contextOf(run, probe.id, { kind: 'read', signal: own })),
    );
  } catch (error) {
    return { healthy: false, detail: errorDataOf(error).message };
  }
}

const toTuple = ({ sentAt, judgedAt, healthy, detail }: TimedReading): EventOf<'probe.readings'>['readings'][number] =>
  detail === undefined ? [sentAt, judgedAt, healthy] : [sentAt, judgedAt, healthy, detail.slice(0, DETAIL_LENGTH_MAX)];
