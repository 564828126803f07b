// What the live view knows of a run: a fold over its events, nothing else.
import type { DrillEvent, EventOf } from '../../model/events.ts';
import type { Phase } from '../../model/phase.ts';
import type { Plan } from '../../plan/plan.ts';
import { timeoutOf } from '../../report/step-log.ts';
import { peopleChange } from './people-progress.ts';

export interface StepProgress {
  readonly state:
    | 'running'
    | 'done'
    | 'skipped'
    | 'failed'
    | 'retrying'
    | 'undoing'
    | 'undone'
    | 'unknown'
    | 'timed out';
  readonly startedAt: number;
  readonly endedAt?: number;
}

export interface CanaryProgress {
  readonly acknowledged: number;
  readonly inDoubt: number;
  /** Undefined until the canary was read back. */
  readonly lost?: number;
}

export interface Progress {
  readonly run: string;
  readonly startedAt: number;
  readonly phase: Phase;
  readonly steps: ReadonlyMap<string, StepProgress>;
  readonly probes: ReadonlyMap<string, { readonly healthy: boolean; readonly since: number; readonly detail?: string }>;
  readonly canaries: ReadonlyMap<string, CanaryProgress>;
  /** When the disruption took effect, and when service was back for good; the RTO clock runs between them. */
  readonly disruptedAt?: number;
  readonly stableSince: ReadonlyMap<string, number>;
  readonly aborted?: string;
  /** Nobody is asked. */
  readonly unattended?: boolean;
  /** The disruption was seen; people may declare. */
  readonly seen?: string;
  readonly paused?: { readonly as: string; readonly reason: string; readonly since: number } | undefined;
  /** Who approved, in order; one whose approval expired is not among them. */
  readonly approved?: readonly string[];
  /** What was asked for last and not done. */
  readonly refused?: string;
  readonly outcome?: string;
  /** Acknowledged sequence numbers by canary with their instants: needed once, when survivors are known. */
  readonly acknowledgedAt: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

export const noProgress = (run: string, startedAt: number): Progress => ({
  run,
  startedAt,
  phase: 'preflight',
  steps: new Map(),
  probes: new Map(),
  canaries: new Map(),
  stableSince: new Map(),
  acknowledgedAt: new Map(),
});

/** Adds one event. `phase` is the machine's phase after it. */
export function progressAfter(progress: Progress, event: DrillEvent, phase: Phase, plan: Plan): Progress {
  const overruled = phase === 'restoration' || phase === 'evaluation' ? { paused: undefined } : {};
  const { outcome: _, ...open } = progress;
  // A run that is taken up again has no end any more.
  const before = event.type === 'run.reopened' ? open : progress;
  return { ...before, phase, ...changeOf(progress, event, plan), ...overruled };
}

function changeOf(progress: Progress, event: DrillEvent, plan: Plan): Partial<Progress> {
  switch (event.type) {
    case 'run.opened':
      return { startedAt: event.at, unattended: event.unattended };
    case 'step.started':
      return withStep(progress, event.step, { state: 'running', startedAt: event.at });
    case 'step.succeeded':
      return {
        ...withStep(progress, event.step, ended(progress, event, 'done')),
        ...disruptionOf(progress, event, plan),
      };
    case 'step.failed':
      return withStep(progress, event.step, ended(progress, event, event.retryable ? 'retrying' : 'failed'));
    case 'step.skipped':
      return withStep(progress, event.step, ended(progress, event, 'skipped'));
    case 'step.interrupted':
      return withStep(progress, event.step, ended(progress, event, 'unknown'));
    case 'undo.started':
      return withStep(progress, event.step, { state: 'undoing', startedAt: event.at });
    case 'undo.succeeded':
      return withStep(progress, event.step, ended(progress, event, 'undone'));
    case 'probe.readings':
      return probeChange(progress, event);
    case 'probe.stable':
      return { stableSince: new Map(progress.stableSince).set(event.probe, event.since) };
    case 'canary.writes':
      return writesChange(progress, event);
    case 'canary.survivors':
      return survivorsChange(progress, event);
    case 'abort.requested':
      return { aborted: event.reason, paused: undefined };
    case 'guardrail.tripped':
      return { aborted: `guardrail ${event.guardrail}`, paused: undefined };
    case 'step.inspected':
      return event.finding === 'done' ? withStep(progress, event.step, ended(progress, event, 'done')) : {};
    case 'timer.fired':
      return timerChange(progress, event);
    case 'approval.decided':
    case 'disruption.seen':
    case 'run.paused':
    case 'run.continued':
    case 'command.refused':
      return peopleChange(progress, event);
    case 'run.closed':
      return { outcome: event.outcome };
    default:
      return {};
  }
}

type Fired = Extract<DrillEvent, { type: 'timer.fired' }>;

/** What had its answer before the timer was read did not time out. */
function timerChange(progress: Progress, event: Fired): Partial<Progress> {
  const late = timeoutOf(event.timer);
  if (late === undefined) return peopleChange(progress, event);
  const { state } = progress.steps.get(late.step) ?? {};
  if (state !== 'running' && state !== 'unknown') return {};
  return withStep(progress, late.step, ended(progress, { step: late.step, at: event.at }, 'timed out'));
}

const withStep = (progress: Progress, step: string, value: StepProgress) => ({
  steps: new Map(progress.steps).set(step, value),
});

const ended = (
  progress: Progress,
  event: { step: string; at: number },
  state: StepProgress['state'],
): StepProgress => ({
  state,
  startedAt: progress.steps.get(event.step)?.startedAt ?? event.at,
  endedAt: event.at,
});

function disruptionOf(progress: Progress, event: EventOf<'step.succeeded'>, plan: Plan): Partial<Progress> {
  const planned = plan.steps.find((step) => step.id === event.step);
  if (planned?.phase !== 'disruption' || progress.disruptedAt !== undefined) return {};
  const output = event.output as { effectiveAt?: unknown } | null;
  return typeof output?.effectiveAt === 'number' ? { disruptedAt: output.effectiveAt } : {};
}

function probeChange(progress: Progress, event: EventOf<'probe.readings'>): Partial<Progress> {
  let known = progress.probes.get(event.probe);
  for (const [sent, , healthy, detail] of event.readings) {
    if (known?.healthy === healthy) continue;
    known = { healthy, since: sent, ...(detail === undefined ? {} : { detail }) };
  }
  return known === undefined ? {} : { probes: new Map(progress.probes).set(event.probe, known) };
}

function writesChange(progress: Progress, event: EventOf<'canary.writes'>): Partial<Progress> {
  const before = progress.canaries.get(event.canary) ?? { acknowledged: 0, inDoubt: 0 };
  const acknowledgedAt = progress.acknowledgedAt.get(event.canary) as Map<number, number> | undefined;
  const instants = acknowledgedAt ?? new Map<number, number>();
  let acknowledged = 0;
  for (const [sequence, , at] of event.writes) {
    if (at === null) continue;
    acknowledged += 1;
    instants.set(sequence, at);
  }
  // What was sent to a server that was already gone is not in doubt: nobody could have taken it.
  const inDoubt = event.writes.filter(
    ([, sentAt, at]) => at === null && sentAt <= (progress.disruptedAt ?? Number.POSITIVE_INFINITY),
  ).length;
  return {
    canaries: new Map(progress.canaries).set(event.canary, {
      acknowledged: before.acknowledged + acknowledged,
      inDoubt: before.inDoubt + inDoubt,
    }),
    acknowledgedAt: acknowledgedAt
      ? progress.acknowledgedAt
      : new Map(progress.acknowledgedAt).set(event.canary, instants),
  };
}

function survivorsChange(progress: Progress, event: EventOf<'canary.survivors'>): Partial<Progress> {
  const known = progress.canaries.get(event.canary);
  if (known === undefined) return {};
  const sequences = [...(progress.acknowledgedAt.get(event.canary)?.keys() ?? [])];
  const present = (sequence: number) => event.present.some(([from, to]) => sequence >= from && sequence <= to);
  const lost = sequences.filter((sequence) => !present(sequence)).length;
  return { canaries: new Map(progress.canaries).set(event.canary, { ...known, lost }) };
}
