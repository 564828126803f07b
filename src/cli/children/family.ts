// The child runs of one parent. Its process drives them; whoever else took one over is only waited for.
import { setTimeout as wait } from 'node:timers/promises';
import type { JournalStore, RunJournal } from '../../journal/journal.ts';
import { type ChildRuns, type ChildStanding, childRunName } from '../../model/child.ts';
import { formatDuration } from '../../model/duration.ts';
import { toErrorData } from '../../model/errors.ts';
import type { DrillEvent } from '../../model/events.ts';
import type { Plan, PlannedChild } from '../../plan/plan.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import type { ChildStage, Descent } from '../drive.ts';
import type { LiveView } from '../live/view.ts';
import type { Terminal } from '../terminal.ts';
import type { Workspace } from '../workspace.ts';
import { type ChildAtWork, childAtWork } from './child-at-work.ts';
import { childEvidence } from './child-evidence.ts';
import { handedApprovals } from './handed-approvals.ts';
import { watchParent } from './parent-watch.ts';
import { requireApproved } from './require-approved.ts';

export interface Family {
  readonly runs: ChildRuns;
  /** Told of every event of the parent, replayed ones too. */
  readonly onEvent: (event: DrillEvent) => void;
  /** Resolves when no child is at work here any more. */
  readonly ended: () => Promise<void>;
}

/** What whoever brings a child to its end needs. `journal` undefined: it is taken over. */
export interface ChildDesk {
  readonly run: string;
  readonly plan: Plan;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly child: ChildStage;
  readonly journal: RunJournal | undefined;
}

export interface FamilyOptions {
  /** The parent. */
  readonly run: string;
  readonly plan: Plan;
  readonly workspace: Workspace;
  readonly store: JournalStore;
  readonly terminal: Terminal;
  /** Keeps the parent's view still, because a child has the screen. */
  readonly hold: LiveView['hold'];
  /** Makes a run with its first event. */
  readonly open: (run: string, plan: Plan, descent: Descent) => RunJournal;
  /** Brings a child to its end, with its package. */
  readonly drive: (desk: ChildDesk) => Promise<unknown>;
}

/** Looks at what another process drives, and tries again what failed, so often. */
const POLL_MS = 1000;
const AGAIN_MS = 10_000;

export function openFamily(options: FamilyOptions): Family {
  const { run: parentRun, plan, store, terminal, hold, open, drive } = options;
  const parent = watchParent(plan);
  const atWork = new Map<string, { readonly work: ChildAtWork; readonly done: Promise<boolean> }>();

  function look(key: string, attempt: number): { readonly run: string; readonly standing: ChildStanding } {
    const run = childRunName(key, attempt);
    const record = store.find(run);
    if (record !== undefined) return { run, standing: record.outcome === null ? 'open' : 'closed' };
    // A person may have a step tried again whose last child nobody could reach: that one is gone on with, never a second one beside it.
    const earlier = attempt <= 1 ? undefined : look(key, attempt - 1);
    return earlier?.standing === 'open' ? earlier : { run, standing: 'absent' };
  }

  function childOf(key: string): { readonly step: string; readonly planned: PlannedChild } {
    const step = key.slice(parentRun.length + 1);
    const planned = plan.steps.find(({ id }) => id === step)?.child;
    if (planned === undefined)
      throw new RangeError(`expected a step of ${plan.drill} that runs a drill, found ${step}`);
    return { step, planned };
  }

  /** Resolves true when the child was brought to its end. */
  function driveHere(key: string, run: string, childPlan: Plan, journal: RunJournal | undefined): Promise<boolean> {
    const { step, planned } = childOf(key);
    const work = childAtWork({
      run,
      parentRun,
      parent,
      store,
      endsIn: {
        ms: (parent.startedAt(step) ?? systemClock.now()) + planned.endsAfterMs - systemClock.now(),
        reason: `its parent ${parentRun} waited ${formatDuration(planned.endsAfterMs)} for step ${step}`,
      },
    });
    work.follow();
    const goOn = hold();
    const child: ChildStage = {
      handed: () => handedApprovals(parentRun, parent.approvals(), childPlan, systemClock.now()),
      onEvent: work.onEvent,
    };
    const own: Terminal = {
      ...terminal,
      err: (text) => terminal.err(text.replaceAll(/^/gm, `${step} | `)),
      // Two views cannot share a screen.
      screen: atWork.size === 0 ? terminal.screen : undefined,
    };
    terminal.err(`${parentRun}: ${journal === undefined ? 'takes over' : 'runs'} ${run}`);
    const done = drive({ run, plan: childPlan, signal: work.signal, terminal: own, child, journal })
      .then(() => true)
      .catch((error: unknown) => {
        terminal.err(`${run}: ${toErrorData(error).message}`);
        return false;
      })
      .finally(() => {
        work.close();
        atWork.delete(run);
        goOn();
      });
    atWork.set(run, { work, done });
    return done;
  }

  const runs: ChildRuns = {
    look,
    begin: (key, attempt) => {
      const { step, planned } = childOf(key);
      requireApproved(options, step, planned);
      const run = childRunName(key, attempt);
      const descent = { parent: { run: parentRun, step }, requestedBy: parent.requestedBy() };
      void driveHere(key, run, planned.plan, open(run, planned.plan, descent));
      return { run };
    },
    end: async (key, attempt, signal) => {
      const { run } = look(key, attempt);
      for (;;) {
        signal.throwIfAborted();
        const mine = atWork.get(run);
        const record = store.find(run);
        if (mine === undefined && record !== undefined && record.outcome !== null)
          return childEvidence(options, record);
        if (mine !== undefined) await settled(mine.done, signal);
        else if (record === undefined) throw new RangeError(`expected the child run ${run}, found none`);
        else if (record.writer !== null) await elsewhere(run, signal);
        else if (!(await settled(driveHere(key, run, JSON.parse(record.plan) as Plan, undefined), signal)))
          await wait(AGAIN_MS, undefined, { signal });
      }
    },
  };

  /** Somebody took the child over: the parent's abort reaches it as a command. */
  async function elsewhere(run: string, signal: AbortSignal): Promise<void> {
    const why = parent.aborted();
    if (why !== undefined && !told.has(run)) {
      told.add(run);
      store.post(run, { type: 'abort', as: parentRun, reason: `its parent was aborted by ${why}` });
    }
    await wait(POLL_MS, undefined, { signal });
  }
  const told = new Set<string>();

  return {
    runs,
    onEvent: (event) => {
      parent.take(event);
      for (const { work } of atWork.values()) work.follow();
    },
    ended: async () => {
      while (atWork.size > 0) await Promise.all([...atWork.values()].map(({ done }) => done));
    },
  };
}

/** Waits no longer than the step does; the child goes on. */
function settled(done: Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    done.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
