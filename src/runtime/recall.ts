// What the performers need to know of the events so far. Read from events alone, so that a resumed run knows the same.
import type { DrillEvent, EventOf, Finding } from '../model/events.ts';
import type { Json } from '../model/json.ts';
import type { Phase } from '../model/phase.ts';

export interface Recall {
  /** Takes the next event, and the phase that the run is in after it. */
  readonly note: (event: DrillEvent, phase: Phase) => void;
  readonly opened: () => EventOf<'run.opened'> | undefined;
  /** How the checks were seen red before anything began. */
  readonly proof: () => EventOf<'checks.proved'> | undefined;
  /** Outputs of the steps that succeeded. */
  readonly outputs: ReadonlyMap<string, Json>;
  /** What `inspect` said before a step's last attempt. */
  readonly before: ReadonlyMap<string, Json>;
  /** When the first intent of a step was put on record, epoch ms. Undefined: nothing was sent. */
  readonly intendedAt: (step: string) => number | undefined;
  /** When the newest attempt's request was meant to be sent, or given up, while nothing was heard of it: it may still arrive. Epoch ms. */
  readonly unansweredSince: (step: string) => number | undefined;
  /** The same of one attempt. */
  readonly attemptedAt: (step: string, attempt: number) => number | undefined;
  /** The id of every request that was meant to be sent for a step, oldest first. */
  readonly requests: (step: string) => readonly string[];
  /** When a step's last undo failed, and when the service that refused it may be asked again, epoch ms. */
  readonly undoFailed: (step: string) => { readonly at: number; readonly dueAt: number } | undefined;
  readonly baseline: () => EventOf<'baseline.finished'> | undefined;
  /** When the last act of restoration was over, epoch ms: everything was taken back, gone back and removed. */
  readonly cleanedAt: () => number | undefined;
  /** When the run entered a phase, epoch ms. */
  readonly since: (phase: Phase) => number | undefined;
  /** When the first disruption took effect, epoch ms, as its step says. */
  readonly disruptedAt: () => number | undefined;
  /** The highest sequence number of a canary that is on record. */
  readonly lastWrite: (canary: string) => number | undefined;
  /** When the last intent of a step was put on record, whichever attempt it was. */
  readonly lastIntentAt: (step: string) => number | undefined;
  /** True when a person had a step tried again of whose last request no answer is on record. */
  readonly isVouchedFor: (step: string) => boolean;
  /** The answers to a page in one attempt of its step, by item; the first one counts. */
  readonly answers: (step: string, attempt: number) => ReadonlyMap<number, EventOf<'page.answered'>>;
  /** How the disruption was seen, where people have to declare. */
  readonly seen: () => string | undefined;
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
    requests: new Map(),
    unanswered: new Map(),
    undoFailed: new Map(),
    entered: new Map(),
    lastWrites: new Map(),
    stable: new Set(),
    collected: new Set(),
    retried: new Set(),
    answers: new Map(),
    faster: false,
    resumed: 0,
  };
  return {
    note: (event, phase) => {
      if (!notes.entered.has(phase)) notes.entered.set(phase, event.at);
      take(notes, event);
    },
    opened: () => notes.opened,
    proof: () => notes.proof,
    outputs: notes.outputs,
    before: notes.before,
    intendedAt: (step) => notes.intents.get(step)?.first,
    unansweredSince: (step) => notes.unanswered.get(step),
    attemptedAt: (step, attempt) => {
      const intent = notes.intents.get(step);
      return intent?.attempt === attempt ? intent.at : undefined;
    },
    requests: (step) => notes.requests.get(step) ?? [],
    undoFailed: (step) => notes.undoFailed.get(step),
    baseline: () => notes.baseline,
    cleanedAt: () => notes.cleanedAt,
    since: (phase) => notes.entered.get(phase),
    disruptedAt: () => notes.disruptedAt,
    lastWrite: (canary) => notes.lastWrites.get(canary),
    lastIntentAt: (step) => notes.intents.get(step)?.at,
    isVouchedFor: (step) => notes.retried.has(step) && notes.unanswered.has(step),
    answers: (step, attempt) => notes.answers.get(`${step}:${attempt}`) ?? NO_ANSWERS,
    seen: () => notes.seen,
    resumed: () => notes.resumed,
    stable: notes.stable,
    collected: notes.collected,
    fasterNoted: () => notes.faster,
  };
}

const NO_ANSWERS: ReadonlyMap<number, EventOf<'page.answered'>> = new Map();

interface Notes {
  readonly disruptions: ReadonlySet<string>;
  readonly outputs: Map<string, Json>;
  readonly before: Map<string, Json>;
  readonly intents: Map<string, { readonly first: number; readonly attempt: number; readonly at: number }>;
  readonly requests: Map<string, readonly string[]>;
  readonly unanswered: Map<string, number>;
  readonly undoFailed: Map<string, { readonly at: number; readonly dueAt: number }>;
  readonly entered: Map<Phase, number>;
  readonly lastWrites: Map<string, number>;
  readonly stable: Set<string>;
  readonly collected: Set<string>;
  readonly retried: Set<string>;
  readonly answers: Map<string, Map<number, EventOf<'page.answered'>>>;
  opened?: EventOf<'run.opened'>;
  proof?: EventOf<'checks.proved'>;
  baseline?: EventOf<'baseline.finished'>;
  disruptedAt?: number;
  seen?: string;
  cleanedAt?: number;
  faster: boolean;
  resumed: number;
}

function take(notes: Notes, event: DrillEvent): void {
  switch (event.type) {
    case 'run.opened':
      notes.opened = event;
      break;
    case 'checks.proved':
      notes.proof ??= event;
      break;
    case 'run.resumed':
      notes.resumed += 1;
      for (const step of notes.unanswered.keys()) givenUp(notes, step, event.at);
      break;
    case 'baseline.finished':
      notes.baseline = event;
      break;
    case 'undo.failed':
      notes.undoFailed.set(event.step, { at: event.at, dueAt: event.at + (event.retryAfterMs ?? 0) });
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
      notes.requests.set(event.step, [...(notes.requests.get(event.step) ?? []), event.requestId]);
      notes.unanswered.set(event.step, event.at);
      if (event.before !== undefined) notes.before.set(event.step, event.before as Json);
      break;
    case 'step.accepted':
      notes.unanswered.delete(event.step);
      break;
    case 'step.interrupted':
      givenUp(notes, event.step, event.at);
      break;
    case 'timer.fired':
      givenUp(notes, /^timeout:(.*):\d+$/.exec(event.timer)?.[1] ?? '', event.at);
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
    case 'step.failed':
      // Of an attempt that was never sent nothing is learned about the one before it.
      if (notes.intents.get(event.step)?.attempt === event.attempt) notes.unanswered.delete(event.step);
      break;
    case 'step.retried':
      notes.retried.add(event.step);
      break;
    case 'page.answered':
      takeAnswer(notes, event);
      break;
    case 'disruption.seen':
      notes.seen = event.reason;
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

/** Nobody waits for the answer any longer; the request itself may have left just before. */
function givenUp({ unanswered }: Notes, step: string, at: number): void {
  if (unanswered.has(step)) unanswered.set(step, at);
}

function takeAnswer({ answers }: Notes, event: EventOf<'page.answered'>): void {
  const key = `${event.step}:${event.attempt}`;
  const known = answers.get(key) ?? new Map<number, EventOf<'page.answered'>>();
  if (!known.has(event.item)) answers.set(key, known.set(event.item, event));
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
