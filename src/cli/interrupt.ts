// Signals while a run is at work: the first ends it in good order, the next one leaves it where it can be gone on with.
import { constants } from 'node:os';
import type { DrillEvent } from '../model/events.ts';
import type { Plan } from '../plan/plan.ts';
import { createKernel, fold } from '../statechart/index.ts';
import type { RunView } from '../statechart/kernel.ts';
import type { Terminal } from './terminal.ts';
import { whatIsLeft } from './what-is-left.ts';

const REASONS = {
  SIGINT: 'interrupted at the terminal',
  SIGTERM: 'asked to end (SIGTERM)',
  // Nobody may be there to read what is written from here on; the run is ended in good order all the same.
  SIGHUP: 'the terminal was closed (SIGHUP)',
} as const;
type Signal = keyof typeof REASONS;
const SIGNALS = Object.keys(REASONS) as readonly Signal[];
/** A shell's exit status for a program that a signal ended. */
const SIGNALLED = 128;

export interface Interrupt {
  /** Aborted by the first signal: the run is aborted into its restoration. */
  readonly signal: AbortSignal;
  /** Told of every event of the run, so that it can say what is left. */
  readonly onEvent: (event: DrillEvent) => void;
  readonly close: () => void;
}

export interface Interrupted {
  readonly run: string;
  readonly plan: Plan;
  readonly terminal: Terminal;
  /** The run was closed and is restored now: there is nothing left that could be aborted. */
  readonly isRestored?: boolean;
  /** Whose signals these are; this process. */
  readonly process?: Pick<NodeJS.Process, 'on' | 'off' | 'exit'>;
}

/**
 * The first signal aborts the run into its restoration, in good order. The second one, once restoration has begun, says what is left and how
 * to go on, and ends the process: everything that happened is on record. Before restoration it only says what is waited for, and the third
 * one ends the process.
 */
export function onInterrupt({
  run,
  plan,
  terminal,
  isRestored = false,
  process: own = process,
}: Interrupted): Interrupt {
  const controller = new AbortController();
  const watch = watchRun(plan);
  let times = 0;
  const leave = (signal: Signal): void => {
    terminal.err(leavingText(run, plan, watch.view()));
    own.exit(SIGNALLED + constants.signals[signal]);
  };
  const listener = (signal: Signal): void => {
    times += 1;
    const view = watch.view();
    if (times > 2 || (times === 2 && mayBeLeft(view))) leave(signal);
    else if (times === 2) terminal.err(waitingText(plan, view));
    else if (isRestored || watch.isReopened()) terminal.err('restoration is running; once more leaves it unfinished');
    else {
      terminal.err('aborting: what was sent is waited for, then restoration runs');
      controller.abort(new Error(REASONS[signal]));
    }
  };
  for (const signal of SIGNALS) own.on(signal, listener);
  return {
    signal: controller.signal,
    onEvent: watch.take,
    close: () => {
      for (const signal of SIGNALS) own.off(signal, listener);
    },
  };
}

/** Keeps the events, and folds them when somebody asks. Its view is undefined before the first one. */
function watchRun(plan: Plan) {
  const events: DrillEvent[] = [];
  const look = (): RunView => {
    const kernel = createKernel(plan);
    return kernel.view(fold(kernel, events));
  };
  return {
    take: (event: DrillEvent): void => void events.push(event),
    isReopened: (): boolean => events.findLast((event) => event.type === 'run.reopened')?.for === 'restoration',
    view: (): RunView | undefined => (events.length > 0 ? look() : undefined),
  };
}

const BEFORE_RESTORATION: ReadonlySet<string> = new Set([
  'baseline',
  'disruption',
  'declaration',
  'recovery',
  'verification',
]);

/** Whoever leaves before restoration has begun leaves the service disrupted: that takes one signal more. */
const mayBeLeft = (view: RunView | undefined): boolean => view === undefined || !BEFORE_RESTORATION.has(view.phase);

const waitingText = (plan: Plan, view: RunView | undefined): string =>
  [
    'what was sent is still waited for, and restoration has not begun; once more leaves the run as it is:',
    ...leftLines(plan, view),
  ].join('\n');

const leavingText = (run: string, plan: Plan, view: RunView | undefined): string =>
  [
    `leaving ${run} unfinished in phase ${view?.phase ?? 'preflight'}; what is left:`,
    ...leftLines(plan, view),
    `nothing of its record is lost: drillmaster resume ${run} goes on, drillmaster abort ${run} restores`,
  ].join('\n');

function leftLines(plan: Plan, view: RunView | undefined): readonly string[] {
  const left = view === undefined ? [] : whatIsLeft(plan, view);
  return (left.length === 0 ? ['nothing was disrupted or created'] : left).map((line) => `  ${line}`);
}
