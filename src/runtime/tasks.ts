import { RuntimeError } from './runtime-error.ts';

/** Work that runs beside the loop. */
export interface Tasks {
  /** Starts work. What it throws is the engine's own failure, for `onFailure`. */
  readonly run: (work: () => Promise<void>) => void;
  /** From now on, starts nothing and ignores failures: the run is over. */
  readonly dismiss: () => void;
  /** Resolves when all work has settled, or after `ms`: work on the world that does not listen cannot be ended, only left. */
  readonly settled: (ms: number) => Promise<void>;
}

export function createTasks(onFailure: (error: unknown) => void): Tasks {
  const running = new Set<Promise<void>>();
  let dismissed = false;
  const failed = (error: unknown) => {
    const expected = error instanceof RuntimeError && error.code === 'stopped';
    if (!dismissed && !expected) onFailure(error);
  };
  return {
    run: (work) => {
      if (dismissed) return;
      const task = (async () => work())()
        .catch(failed)
        .finally(() => running.delete(task));
      running.add(task);
    },
    dismiss: () => {
      dismissed = true;
    },
    settled: async (ms) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([Promise.all(running), late]);
      clearTimeout(timer);
    },
  };
}
