// What became of each step, folded from its events: when it started and ended, what it gave, what went wrong.
import type { ErrorData } from '../model/errors.ts';
import type { Check, DrillEvent, EventOf, Finding } from '../model/events.ts';
import type { Json } from '../model/json.ts';
import type { PlannedStep } from '../plan/plan.ts';

export interface StepRecord {
  /** Highest attempt seen; 0 when nothing was tried. */
  readonly attempts: number;
  /** The last attempt has its answer. */
  readonly answered: boolean;
  /** False: whatever stands was found, not sent. */
  readonly sent: boolean;
  /** The person who had it skipped. */
  readonly skipped: { readonly as: string; readonly reason: string } | null;
  /** The first request of the first attempt. Epoch ms, like all times here. */
  readonly startedAt: number | null;
  /** The answer to the last attempt. */
  readonly endedAt: number | null;
  readonly ended: 'succeeded' | 'failed' | null;
  readonly output: Json;
  readonly check: Check | null;
  readonly error: ErrorData | null;
  /** What the last look at the world said. */
  readonly detail: string | null;
  /** When the last attempt timed out; null: it did not, or was answered before. What was found afterwards stands in `foundLate`. */
  readonly timedOutAt: number | null;
  readonly foundLate: Finding | null;
  /** The undo: its first request, and its end. */
  readonly undoStartedAt: number | null;
  readonly undoneAt: number | null;
}

const UNTOUCHED: StepRecord = {
  attempts: 0,
  answered: false,
  sent: false,
  skipped: null,
  startedAt: null,
  endedAt: null,
  ended: null,
  output: null,
  check: null,
  error: null,
  detail: null,
  timedOutAt: null,
  foundLate: null,
  undoStartedAt: null,
  undoneAt: null,
};

type StepLog = ReadonlyMap<string, StepRecord>;

/** Folds step and undo events into one record a step. A step without events has no record: see `recordOf`. */
export function stepLog(events: readonly DrillEvent[]): StepLog {
  const log = new Map<string, StepRecord>();
  for (const event of events) {
    if (event.type === 'timer.fired') noteTimeout(log, event);
    if ('step' in event) log.set(event.step, after(ofAttempt(recordOf(log, event.step), event), event));
  }
  return log;
}

const TIMEOUT = /^timeout:(.*):(\d+)$/;

/** A timer may be read after the attempt was answered; then nothing timed out. */
function noteTimeout(
  log: Map<string, StepRecord>,
  { timer, at }: EventOf<'timer.fired'> & { readonly at: number },
): void {
  const { step = '', attempt } = timeoutOf(timer) ?? {};
  const record = recordOf(log, step);
  if (record.attempts === attempt && !record.answered) log.set(step, { ...record, timedOutAt: at, foundLate: null });
}

/** A new attempt was neither answered nor timed out. Undo counts attempts of its own. */
function ofAttempt(record: StepRecord, { type, attempt }: StepEvent): StepRecord {
  const isNew = !type.startsWith('undo.') && attempt > record.attempts;
  return isNew ? { ...record, answered: false, timedOutAt: null, foundLate: null } : record;
}

/** The record of a step, or the one of a step that nothing happened to. */
export const recordOf = (log: StepLog, step: string): StepRecord => log.get(step) ?? UNTOUCHED;

/** Steps whose last attempt timed out. */
export const timedOutIn = (events: readonly DrillEvent[]): ReadonlySet<string> =>
  new Set([...stepLog(events)].flatMap(([step, { timedOutAt }]) => (timedOutAt === null ? [] : [step])));

/** The step and attempt of a time-out's timer; undefined for other timers. */
export function timeoutOf(timer: string): { readonly step: string; readonly attempt: number } | undefined {
  const [, step, attempt] = TIMEOUT.exec(timer) ?? [];
  return step === undefined ? undefined : { step, attempt: Number(attempt) };
}

/** True when the step was done before anything was sent: it changed nothing, and nothing of it is taken back. */
export const isFound = ({ ended, sent }: StepRecord): boolean => ended === 'succeeded' && !sent;

/** A check says what it expected and what it observed, each time it is asked: one that was found done, or never begun, has judged nothing. People answer a page in their own words. */
export const hasJudged = ({ page }: Pick<PlannedStep, 'page'>, { sent, check }: StepRecord): boolean =>
  page !== undefined || (sent && check !== null);

type StepEvent = Extract<DrillEvent, { readonly step: string }>;

function after(record: StepRecord, event: StepEvent): StepRecord {
  const attempts = Math.max(record.attempts, event.attempt);
  switch (event.type) {
    case 'step.started':
      return { ...record, attempts, sent: true, startedAt: record.startedAt ?? event.at };
    case 'step.accepted':
      return { ...record, attempts };
    case 'step.succeeded':
      return succeeded(record, event, event.output, event.check ?? null);
    case 'step.inspected':
      return event.finding === 'done'
        ? { ...succeeded(record, event, event.output ?? null, null), detail: event.detail }
        : { ...record, attempts, detail: event.detail, foundLate: event.finding };
    case 'step.failed':
      return {
        ...record,
        attempts,
        answered: true,
        ended: 'failed',
        endedAt: event.at,
        error: event.error,
        check: event.check ?? null,
      };
    case 'step.skipped':
      return { ...record, skipped: { as: event.as, reason: event.reason }, endedAt: event.at };
    case 'step.retried':
    case 'page.answered':
    case 'child.ended':
      return record;
    case 'step.interrupted':
      return { ...record, attempts, error: event.error };
    case 'undo.started':
      return { ...record, undoStartedAt: record.undoStartedAt ?? event.at };
    case 'undo.succeeded':
      // What failed before it was taken back has failed for its own reason.
      return { ...record, undoneAt: event.at, error: record.ended === 'failed' ? record.error : null };
    case 'undo.failed':
      return { ...record, error: event.error };
  }
}

const succeeded = (record: StepRecord, event: StepEvent, output: Json, check: Check | null): StepRecord => ({
  ...record,
  attempts: Math.max(record.attempts, event.attempt),
  answered: true,
  timedOutAt: null,
  startedAt: record.startedAt ?? event.at,
  endedAt: event.at,
  ended: 'succeeded',
  output,
  check,
  error: null,
});
