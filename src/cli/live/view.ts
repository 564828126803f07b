import { createLogUpdate } from 'log-update';
import { formatDuration } from '../../model/duration.ts';
import type { DrillEvent } from '../../model/events.ts';
import type { Phase } from '../../model/phase.ts';
import type { Plan } from '../../plan/plan.ts';
import { printable } from '../../report/printable.ts';
import { timeoutOf } from '../../report/step-log.ts';
import { approvalWait, declarationWait } from '../people-text.ts';
import type { Terminal } from '../terminal.ts';
import { noProgress, type Progress, progressAfter } from './progress.ts';
import { renderProgress } from './render.ts';

const REPAINT_MS = 250;

/** Shows a run while it goes on. `phase` is the machine's phase after the event. */
export interface LiveView {
  readonly event: (event: DrillEvent, phase: Phase) => void;
  /** Stands still until the returned function is called: somebody is asked something. */
  readonly hold: () => () => void;
  readonly close: () => void;
}

/** A repainted view on a screen, one line for each thing that happens in a pipe. */
export function openLiveView(plan: Plan, run: string, terminal: Terminal, now: () => number): LiveView {
  return terminal.screen === undefined ? lineView(plan, run, terminal) : screenView(plan, run, terminal.screen, now);
}

function screenView(plan: Plan, run: string, screen: NodeJS.WriteStream, now: () => number): LiveView {
  const paint = createLogUpdate(screen);
  let progress: Progress = noProgress(run, now());
  let held = 0;
  const repaint = () => {
    if (held === 0) paint(renderProgress(plan, progress, now()));
  };
  const timer = setInterval(repaint, REPAINT_MS);
  return {
    event: (event, phase) => {
      progress = progressAfter(progress, event, phase, plan);
    },
    hold: () => {
      if (held === 0) {
        repaint();
        paint.done();
      }
      held += 1;
      return () => {
        held -= 1;
      };
    },
    close: () => {
      clearInterval(timer);
      held = 0;
      repaint();
      paint.done();
    },
  };
}

function lineView(plan: Plan, run: string, terminal: Terminal): LiveView {
  let last: Phase | undefined;
  let unattended = false;
  /** Epoch ms of the run's first event: a twin may have come up since. */
  let startedAt = 0;
  const say = (at: number, text: string) =>
    terminal.err(`${formatDuration(at - startedAt).padStart(12)}  ${printable(text)}`);
  return {
    event: (event, phase) => {
      if (last === undefined) startedAt = event.at;
      if (phase !== last) say(event.at, phase);
      if (event.type === 'run.opened') unattended = event.unattended;
      if (phase !== last && phase === 'approval' && !unattended) say(event.at, `  ${approvalWait(plan, run)}`);
      last = phase;
      const text = lineOf(event, plan, run);
      if (text !== undefined) say(event.at, `  ${text}`);
    },
    hold: () => () => undefined,
    close: () => undefined,
  };
}

function lineOf(event: DrillEvent, plan: Plan, run: string): string | undefined {
  switch (event.type) {
    case 'preflight.finished':
    case 'baseline.finished':
      return event.findings.join('; ') || undefined;
    case 'approval.decided':
      return `${event.decision} by ${event.as} as ${event.role}${event.automatic ? ', automatic' : ''}`;
    case 'disruption.seen':
      return `seen: ${event.reason}; ${declarationWait(plan, run)}`;
    case 'declaration.made':
      return `declared by ${event.as}: ${event.reason}`;
    case 'run.paused':
      return `paused by ${event.as}: ${event.reason}`;
    case 'run.continued':
      return `goes on, says ${event.as}`;
    case 'command.refused':
      return `${event.command} by ${event.as} was not done: ${event.why}`;
    case 'timer.fired':
      return event.timer.startsWith('approval:')
        ? `the approval of ${event.timer.slice(9)} expired`
        : timeoutText(plan, event.timer);
    case 'step.started':
      return `${event.step} started${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}${askedText(plan, event.step)}`;
    case 'step.succeeded':
      return `${event.step} done`;
    case 'step.skipped':
      return `${event.step} to be skipped, says ${event.as}: ${event.reason}`;
    case 'step.retried':
      return `${event.step} to be tried again, says ${event.as}`;
    case 'page.answered':
      return `${event.step} step ${event.item}: ${event.result}, says ${event.as}${event.note === '' ? '' : `: ${event.note}`}`;
    case 'step.failed':
    case 'undo.failed':
      return `${event.step} failed: ${event.error.message}`;
    case 'step.interrupted':
      return `${event.step} has no answer: ${event.error.message}`;
    case 'step.inspected':
      return `${event.step} inspected: ${event.finding}, ${event.detail}`;
    case 'child.ended':
      return `${event.step}: child run ${event.run} ended ${event.outcome}`;
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
    case 'run.reopened':
      return `taken up again by ${event.as} for its ${event.for}: ${event.reason}`;
    case 'resource.accepted':
      return `${event.resource} accepted by ${event.as}: ${event.reason}`;
    case 'attestation.given':
      return `${event.as} as ${event.role} says ${event.verdict}${event.note === '' ? '' : `: ${event.note}`}`;
    default:
      return undefined;
  }
}

function timeoutText({ steps }: Plan, timer: string): string | undefined {
  const step = steps.find(({ id }) => id === timeoutOf(timer)?.step);
  return step === undefined ? undefined : `${step.id} timed out after ${formatDuration(step.timeoutMs)}`;
}

/** Of a page, that people are asked now. */
function askedText({ steps }: Plan, id: string): string {
  const page = steps.find((step) => step.id === id)?.page;
  return page === undefined ? '' : `: people answer ${page.items.length} steps of ${page.file}`;
}
