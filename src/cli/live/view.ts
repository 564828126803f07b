import { createLogUpdate } from 'log-update';
import { formatDuration } from '../../model/duration.ts';
import type { DrillEvent } from '../../model/events.ts';
import type { Phase } from '../../model/phase.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Terminal } from '../terminal.ts';
import { noProgress, type Progress, progressAfter } from './progress.ts';
import { renderProgress } from './render.ts';

const REPAINT_MS = 250;

/** Shows a run while it goes on. `phase` is the machine's phase after the event. */
export interface LiveView {
  readonly event: (event: DrillEvent, phase: Phase) => void;
  readonly close: () => void;
}

/** A repainted view on a screen, one line for each thing that happens in a pipe. */
export function openLiveView(plan: Plan, run: string, terminal: Terminal, now: () => number): LiveView {
  return terminal.screen === undefined ? lineView(plan, terminal) : screenView(plan, run, terminal.screen, now);
}

function screenView(plan: Plan, run: string, screen: NodeJS.WriteStream, now: () => number): LiveView {
  const paint = createLogUpdate(screen);
  let progress: Progress = noProgress(run, now());
  const repaint = () => paint(renderProgress(plan, progress, now()));
  const timer = setInterval(repaint, REPAINT_MS);
  return {
    event: (event, phase) => {
      progress = progressAfter(progress, event, phase, plan);
    },
    close: () => {
      clearInterval(timer);
      repaint();
      paint.done();
    },
  };
}

function lineView(plan: Plan, terminal: Terminal): LiveView {
  let last: Phase | undefined;
  /** Epoch ms of the run's first event: a twin may have come up since. */
  let startedAt = 0;
  const say = (at: number, text: string) => terminal.err(`${formatDuration(at - startedAt).padStart(12)}  ${text}`);
  return {
    event: (event, phase) => {
      if (last === undefined) startedAt = event.at;
      if (phase !== last) say(event.at, phase);
      last = phase;
      const text = lineOf(event, plan);
      if (text !== undefined) say(event.at, `  ${text}`);
    },
    close: () => undefined,
  };
}

function lineOf(event: DrillEvent, plan: Plan): string | undefined {
  switch (event.type) {
    case 'preflight.finished':
    case 'baseline.finished':
      return event.findings.join('; ') || undefined;
    case 'approval.decided':
      return `${event.decision} by ${event.as} as ${event.role}${event.automatic ? ', automatic' : ''}`;
    case 'declaration.made':
      return `declared by ${event.as}: ${event.reason}`;
    case 'step.started':
      return `${event.step} started${plan.steps.some(({ id }) => id === event.step) && event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'step.succeeded':
      return `${event.step} done`;
    case 'step.failed':
    case 'undo.failed':
      return `${event.step} failed: ${event.error.message}`;
    case 'step.interrupted':
      return `${event.step} has no answer: ${event.error.message}`;
    case 'step.inspected':
      return `${event.step} inspected: ${event.finding}, ${event.detail}`;
    case 'undo.succeeded':
      return `${event.step} taken back`;
    case 'probe.stable':
      return `${event.probe} stable`;
    case 'canary.survivors':
      return `${event.canary} read back`;
    case 'canary.unreadable':
      return `${event.canary} cannot be read back: ${event.error.message}`;
    case 'guardrail.tripped':
      return `guardrail ${event.guardrail} tripped: ${event.reading}`;
    case 'abort.requested':
      return `abort asked for by ${event.as}: ${event.reason}`;
    case 'restoration.cleaned':
      return `removed: ${event.removed.join(', ') || 'nothing'}; left over: ${event.leftOvers.join(', ') || 'nothing'}`;
    case 'restoration.proved':
      return event.proved ? 'proved by a fresh inventory' : `not proved: ${event.differences.join('; ')}`;
    case 'run.closed':
      return event.outcome;
    default:
      return undefined;
  }
}
