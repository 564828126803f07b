// The child runs of one parent. Its process drives them; whoever else took one over is only waited for.
import { setTimeout as wait } from 'node:timers/promises';
import type { JournalStore, RunJournal, RunRecord } from '../../journal/journal.ts';
import { type ChildRuns, childRunName } from '../../model/child.ts';
import { formatDuration } from '../../model/duration.ts';
import { toErrorData } from '../../model/errors.ts';
import type { DrillEvent } from '../../model/events.ts';
import type { Plan, PlannedChild } from '../../plan/plan.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import type { LiveView } from '../live/view.ts';
import type { Terminal } from '../terminal.ts';
import type { Workspace } from '../workspace.ts';
import { type ChildAtWork, childAtWork } from './child-at-work.ts';
import type { ChildDesk, ChildStage, Descent, Family } from './child-desk.ts';
import { childElsewhere } from './child-elsewhere.ts';
import { childEvidence } from './child-evidence.ts';
import { handedApprovals } from './handed-approvals.ts';
import { type ParentWatch, watchParent } from './parent-watch.ts';
import { requireApproved } from './require-approved.ts';

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
  readonly open: (run: string, plan: Plan, descent: Descent) => Promise<RunJournal>;
  /** Brings a child to its end, with its package. */
  readonly drive: (desk: ChildDesk) => Promise<unknown>;
}

/** Looks at what another process drives, and tries again what failed, so often. */
const POLL_MS = 1000;
const AGAIN_MS = 10_000;

export const openFamily = (options: FamilyOptions): Family => new ParentFamily(options);

interface AtWork {
  readonly work: ChildAtWork;
  /** Resolves true when the child was brought to its end. */
  readonly done: Promise<boolean>;
}

/** A step of the parent and its child. */
interface StepWithChild {
  readonly step: string;
  readonly planned: PlannedChild;
}

class ParentFamily implements Family {
  readonly #options: FamilyOptions;
  readonly #parent: ParentWatch;
  readonly #atWork = new Map<string, AtWork>();
  /** Children that are being put on record. */
  readonly #beginning = new Set<Promise<unknown>>();

  constructor(options: FamilyOptions) {
    this.#options = options;
    this.#parent = watchParent(options.plan);
  }

  readonly onEvent = (event: DrillEvent): void => {
    this.#parent.take(event);
    for (const { work } of this.#atWork.values()) work.follow();
  };

  readonly ended = async (): Promise<void> => {
    while (this.#beginning.size > 0 || this.#atWork.size > 0)
      await Promise.allSettled([...this.#beginning, ...[...this.#atWork.values()].map(({ done }) => done)]);
  };

  readonly runs: ChildRuns = {
    look: (key, attempt) => this.#look(key, attempt),
    begin: (key, attempt) => {
      const begun = this.#begin(key, attempt).finally(() => this.#beginning.delete(begun));
      this.#beginning.add(begun);
      return begun;
    },
    end: async (key, attempt, signal) => this.#end(await this.#newest(key, attempt), this.#stepOf(key), signal),
  };

  async #look(key: string, attempt: number): ReturnType<ChildRuns['look']> {
    const run = childRunName(key, attempt);
    const newest = await this.#newest(key, attempt);
    const record = await this.#options.store.find(newest);
    if (record === undefined || (newest !== run && this.#isSpent(record))) return { run, standing: 'absent' };
    return { run: newest, standing: record.outcome === null ? 'open' : 'closed' };
  }

  /** The newest child up to an attempt, or how the first one is called: an attempt may go on with the child of an earlier one. */
  async #newest(key: string, attempt: number): Promise<string> {
    const run = childRunName(key, attempt);
    return attempt <= 1 || (await this.#options.store.find(run)) !== undefined ? run : this.#newest(key, attempt - 1);
  }

  /**
   * Another attempt runs another child. A person may have a step tried again whose last child nobody could reach: while it is open it is gone
   * on with, and when it passed meanwhile it is not run a second time.
   */
  #isSpent({ run, outcome }: RunRecord): boolean {
    if (outcome === null) return false;
    return outcome !== 'passed' || this.#parent.childEnd(run)?.digest === null;
  }

  async #begin(key: string, attempt: number): ReturnType<ChildRuns['begin']> {
    const { run: parentRun, open } = this.#options;
    const parentStep = this.#stepOf(key);
    const { step, planned } = parentStep;
    requireApproved(this.#options, step, planned);
    const run = childRunName(key, attempt);
    const descent = { parent: { run: parentRun, step }, requestedBy: this.#parent.requestedBy() };
    const journal = await open(run, planned.plan, descent);
    void this.#drive(run, parentStep, { plan: planned.plan, journal });
    return { run };
  }

  async #end(run: string, parentStep: StepWithChild, signal: AbortSignal): ReturnType<ChildRuns['end']> {
    const { store } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const record = await store.find(run);
      const mine = this.#atWork.get(run);
      if (record === undefined) throw new RangeError(`expected the child run ${run}, found none`);
      if (mine !== undefined) await settled(mine.done, signal);
      else if (record.outcome !== null) return childEvidence(this.#options, record);
      else if (record.writer !== null) await this.#elsewhere(record, parentStep, signal);
      else {
        const plan = JSON.parse(record.plan) as Plan;
        const done = this.#drive(run, parentStep, { plan, journal: undefined });
        if (!(await settled(done, signal))) await wait(AGAIN_MS, undefined, { signal });
      }
    }
  }

  #drive(
    run: string,
    parentStep: StepWithChild,
    { plan, journal }: Pick<ChildDesk, 'plan' | 'journal'>,
  ): Promise<boolean> {
    const { run: parentRun, terminal, hold, drive } = this.#options;
    const work = this.#follower(run, parentStep);
    const goOn = hold();
    const child: ChildStage = {
      handed: () => handedApprovals(parentRun, this.#parent.approvals(), plan, systemClock.now()),
      onEvent: work.onEvent,
    };
    terminal.err(`${parentRun}: ${journal === undefined ? 'takes over' : 'runs'} ${run}`);
    const done = drive({ run, plan, signal: work.signal, terminal: this.#terminalOf(parentStep), child, journal })
      .then(() => true)
      .catch((error: unknown) => {
        terminal.err(`${run}: ${toErrorData(error).message}`);
        return false;
      })
      .finally(() => {
        work.close();
        this.#atWork.delete(run);
        goOn();
      });
    this.#atWork.set(run, { work, done });
    return done;
  }

  #follower(run: string, parentStep: StepWithChild): ChildAtWork {
    const work = childAtWork(this.#watched(run, parentStep));
    work.follow();
    return work;
  }

  /** A child, and what its parent and the time-out of its step mean for it. */
  #watched(run: string, { step, planned: { endsAfterMs } }: StepWithChild) {
    const { run: parentRun, store } = this.#options;
    const now = systemClock.now();
    const ms = (this.#parent.startedAt(step) ?? now) + endsAfterMs - now;
    const reason = `its parent ${parentRun} waited ${formatDuration(endsAfterMs)} for step ${step}`;
    return { run, parentRun, parent: this.#parent, store, endsIn: { ms, reason } };
  }

  /** Lines of a child bear the name of its step. Two views cannot share a screen. */
  #terminalOf({ step }: StepWithChild): Terminal {
    const { terminal } = this.#options;
    return {
      ...terminal,
      err: (text) => terminal.err(text.replaceAll(/^/gm, `${step} | `)),
      screen: this.#atWork.size === 0 ? terminal.screen : undefined,
    };
  }

  /** Somebody else took the child over: what the parent is now reaches it as commands. Resolves when nobody drives it there any more. */
  async #elsewhere({ run, plan }: RunRecord, parentStep: StepWithChild, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const child = childElsewhere({ ...this.#watched(run, parentStep), plan: JSON.parse(plan) as Plan });
    try {
      for (
        let record = await store.find(run);
        record?.writer && record.outcome === null;
        record = await store.find(run)
      ) {
        await child.look();
        await wait(POLL_MS, undefined, { signal });
      }
    } finally {
      child.close();
    }
  }

  #stepOf(key: string): StepWithChild {
    const { run, plan } = this.#options;
    const step = key.slice(run.length + 1);
    const planned = plan.steps.find(({ id }) => id === step)?.child;
    if (planned === undefined)
      throw new RangeError(`expected a step of ${plan.drill} that runs a drill, found ${step}`);
    return { step, planned };
  }
}

/** Waits no longer than the step does; the child goes on. */
function settled(done: Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    done.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
