// What the performers need to know of the events so far. Read from events alone, so that a resumed run knows the same.
import type { DrillEvent, EventOf, Finding } from '../model/events.ts';
import type { Json } from '../model/json.ts';
import type { Phase } from '../model/phase.ts';

export interface Recall {
  /** Takes the next event, and the phase that the run is in after it. */
  readonly note: (event: DrillEvent, phase: Phase) => void;
  readonly opened: () => EventOf<'run.opened'> | undefined;
  /** Outputs of the steps that succeeded. */
  readonly outputs: ReadonlyMap<string, Json>;
  /** What `inspect` said before a step's last attempt. */
  readonly before: ReadonlyMap<string, Json>;
  /** When the first intent of a step was put on record, epoch ms. Undefined: nothing was sent. */
  readonly intendedAt: (step: string) => number | undefined;
  /** When the newest attempt was meant to be sent, while nothing was heard of its request: it may still arrive. Epoch ms. */
  readonly unansweredSince: (step: string) => number | undefined;
  /** The same of one attempt. */
  readonly attemptedAt: (step: string, attempt: number) => number | undefined;
  readonly baseline: () => EventOf<'baseline.finished'> | undefined;
  /** When the last act of restoration was over, epoch ms: everything was taken back, gone back and removed. */
  readonly cleanedAt: () => number | undefined;
  /** When the run entered a phase, epoch ms. */
  readonly since: (phase: Phase) => number | undefined;
  /** When the first disruption took effect, epoch ms, as its step says. */
  readonly disruptedAt: () => number | undefined;
  /** The highest sequence number of a canary that is on record. */
  readonly lastWrite: (canary: string) => number | undefined;
  /** How many processes took the run over. */
  readonly resumed: () => number;
  readonly stable: ReadonlySet<string>;
  /** Canaries that were read back, or cannot be. */
  readonly collected: ReadonlySet<string>;
  readonly fasterNoted: () => boolean;
}

/** `disruptions` are the ids of the plan's fault steps. */
export function createRecall(disruptions: ReadonlySet<string>): Recall {
  const notes: Notes = {
    disruptions,
    outputs: new Map(),
    before: new Map(),
    intents: new Map(),
    unanswered: new Map(),
    entered: new Map(),
    lastWrites: new Map(),
    stable: new Set(),
    collected: new Set(),
    faster: false,
    resumed: 0,
  };
  return {
    note: (event, phase) => {
      if (!notes.entered.has(phase)) notes.entered.set(phase, event.at);
      take(notes, event);
    },
    opened: () => notes.opened,
    outputs: notes.outputs,
    before: notes.before,
    intendedAt: (step) => notes.intents.get(step)?.first,
    unansweredSince: (step) => notes.unanswered.get(step),
    attemptedAt: (step, attempt) => {
      const intent = notes.intents.get(step);
      return intent?.attempt === attempt ? intent.at : undefined;
    },
    baseline: () => notes.baseline,
    cleanedAt: () => notes.cleanedAt,
    since: (phase) => notes.entered.get(phase),
    disruptedAt: () => notes.disruptedAt,
    lastWrite: (canary) => notes.lastWrites.get(canary),
    resumed: () => notes.resumed,
    stable: notes.stable,
    collected: notes.collected,
    fasterNoted: () => notes.faster,
  };
}

interface Notes {
  readonly disruptions: ReadonlySet<string>;
  readonly outputs: Map<string, Json>;
  readonly before: Map<string, Json>;
  readonly intents: Map<string, { readonly first: number; readonly attempt: number; readonly at: number }>;
  readonly unanswered: Map<string, number>;
  readonly entered: Map<Phase, number>;
  readonly lastWrites: Map<string, number>;
  readonly stable: Set<string>;
  readonly collected: Set<string>;
  opened?: EventOf<'run.opened'>;
  baseline?: EventOf<'baseline.finished'>;
  disruptedAt?: number;
  cleanedAt?: number;
  faster: boolean;
  resumed: number;
}

function take(notes: Notes, event: DrillEvent): void {
  switch (event.type) {
    case 'run.opened':
      notes.opened = event;
      break;
    case 'run.resumed':
      notes.resumed += 1;
      break;
    case 'baseline.finished':
      notes.baseline = event;
      break;
    case 'restoration.cleaned':
      notes.cleanedAt = event.at;
      break;
    case 'step.started':
      notes.intents.set(event.step, {
        first: notes.intents.get(event.step)?.first ?? event.at,
        attempt: event.attempt,
        at: event.at,
      });
      notes.unanswered.set(event.step, event.at);
      if (event.before !== undefined) notes.before.set(event.step, event.before as Json);
      break;
    case 'step.accepted':
    case 'step.failed':
      notes.unanswered.delete(event.step);
      break;
    case 'step.succeeded':
    case 'step.inspected':
      if (event.type === 'step.succeeded' || ANSWERED.has(event.finding)) notes.unanswered.delete(event.step);
      takeOutput(notes, event);
      break;
    case 'canary.writes':
      notes.lastWrites.set(
        event.canary,
        event.writes.reduce(
          (highest, [sequence]) => Math.max(highest, sequence),
          notes.lastWrites.get(event.canary) ?? 0,
        ),
      );
      break;
    case 'probe.stable':
      notes.stable.add(event.probe);
      break;
    case 'canary.survivors':
    case 'canary.unreadable':
      notes.collected.add(event.canary);
      break;
    case 'twin.faster':
      notes.faster = true;
  }
}

/** What a look finds when the request has arrived. */
const ANSWERED: ReadonlySet<Finding> = new Set<Finding>(['done', 'running']);

function takeOutput(notes: Notes, event: EventOf<'step.succeeded' | 'step.inspected'> & { readonly at: number }): void {
  if (event.type === 'step.inspected' && event.finding !== 'done') return;
  notes.outputs.set(event.step, (event.output ?? null) as Json);
  if (!notes.disruptions.has(event.step)) return;
  const effectiveAt = effectiveAtOf(event.output) ?? event.at;
  notes.disruptedAt = Math.min(notes.disruptedAt ?? effectiveAt, effectiveAt);
}

function effectiveAtOf(output: unknown): number | undefined {
  const { effectiveAt } = (output ?? {}) as { effectiveAt?: unknown };
  return typeof effectiveAt === 'number' ? effectiveAt : undefined;
}
