// Everything that looks at the world beside the steps, from the baseline to the evaluation.
import type { Phase } from '../../model/phase.ts';
import type { Run } from '../run.ts';
import { type CanaryObserver, startCanary } from './canary.ts';
import { createGuardrail, type Guardrail } from './guardrail.ts';
import { type ProbeObserver, startProbe } from './probe.ts';

export interface Observers {
  /** Starts probes, guardrails and, up to the end of recovery, canaries. Idempotent. */
  readonly start: () => void;
  readonly probes: ReadonlyMap<string, ProbeObserver>;
  readonly canaries: ReadonlyMap<string, CanaryObserver>;
  /** Resolves with what `find` finds, asked now and after every reading; undefined when the signal is aborted first. */
  readonly until: <T>(signal: AbortSignal, find: () => T | undefined) => Promise<T | undefined>;
  /** Resolves when everything that was seen so far is durable. */
  readonly flush: () => Promise<void>;
  readonly closeCanaries: () => Promise<void>;
  /** Ends everything and journals the rest. Idempotent. */
  readonly close: () => Promise<void>;
  /** Ends everything without a word: the run is over. */
  readonly drop: () => Promise<void>;
}

/** After recovery the canaries are read back and removed: a later process must not write again. */
const WRITING: ReadonlySet<Phase> = new Set<Phase>(['baseline', 'disruption', 'declaration', 'recovery']);
/** Conditions on time alone are looked at this often between readings. */
const LOOK_MS = 50;

export const createObservers = (run: Run): Observers => new RunObservers(run);

class RunObservers implements Observers {
  readonly #run: Run;
  readonly probes = new Map<string, ProbeObserver>();
  readonly canaries = new Map<string, CanaryObserver>();
  readonly #watchers = new Set<() => void>();
  #guardrails: readonly Guardrail[] = [];
  #timers: NodeJS.Timeout[] = [];
  #isStarted = false;
  #isOver = false;

  constructor(run: Run) {
    this.#run = run;
  }

  readonly start = (): void => {
    if (this.#isStarted || this.#isOver) return;
    this.#isStarted = true;
    const { plan, limits, background, view } = this.#run;
    for (const probe of plan.probes) this.probes.set(probe.id, startProbe(this.#run, probe, this.#look));
    if (WRITING.has(view().phase))
      for (const canary of plan.canaries) this.canaries.set(canary.id, startCanary(this.#run, canary));
    this.#guardrails = plan.guardrails.map((guardrail) => createGuardrail(this.#run, guardrail));
    this.#timers = [setInterval(() => background(this.flush), limits.flushMs), setInterval(this.#look, LOOK_MS)];
  };

  readonly until = <T>(signal: AbortSignal, find: () => T | undefined): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const timer = setInterval(() => look(), LOOK_MS);
      const end = (settle: () => void) => {
        clearInterval(timer);
        this.#watchers.delete(look);
        signal.removeEventListener('abort', stop);
        settle();
      };
      const stop = () => end(() => resolve(undefined));
      const look = () => {
        try {
          const found = find();
          if (found !== undefined) end(() => resolve(found));
        } catch (error) {
          end(() => reject(error));
        }
      };
      this.#watchers.add(look);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      else look();
    });

  readonly flush = async (): Promise<void> => {
    await Promise.all([...this.probes.values(), ...this.canaries.values()].map(({ flush }) => flush()));
  };

  readonly closeCanaries = async (): Promise<void> => {
    await Promise.all([...this.canaries.values()].map(({ close }) => close()));
  };

  readonly close = async (): Promise<void> => {
    this.#stop();
    await Promise.all([...[...this.probes.values()].map(({ flush }) => flush()), this.closeCanaries()]);
  };

  readonly drop = async (): Promise<void> => {
    this.#stop();
    await Promise.all([...this.canaries.values()].map(({ drop }) => drop().catch(() => {})));
  };

  #stop(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const { stop } of this.probes.values()) stop();
  }

  readonly #look = (): void => {
    for (const guardrail of this.#guardrails) guardrail.look();
    for (const watcher of [...this.#watchers]) watcher();
  };
}
