// What the world has still to do, in virtual time. It outlives every process: a kill takes the process's timers, never the world's.
import { vi } from 'vitest';

export interface Agenda {
  readonly now: () => number;
  /** Resolves when the work was done, after so many ms; at once in this turn when 0. */
  readonly after: (ms: number, work?: () => void) => Promise<void>;
  /** Forgets every timer that is not the world's, and sets the wall clock by so many ms. */
  readonly killOthers: (clockMovedMs?: number) => void;
  /** How much is still to be done. */
  readonly size: () => number;
}

interface Entry {
  at: number;
  readonly fire: () => void;
}

export function createAgenda(): Agenda {
  const open = new Set<Entry>();
  const arm = ({ at, fire }: Entry) => setTimeout(fire, at - Date.now());
  return {
    now: () => Date.now(),
    after: (ms, work = () => {}) => {
      if (ms <= 0) {
        work();
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const fire = () => {
          open.delete(entry);
          work();
          resolve();
        };
        const entry: Entry = { at: Date.now() + ms, fire };
        open.add(entry);
        arm(entry);
      });
    },
    killOthers: (clockMovedMs = 0) => {
      const now = Date.now();
      // This sets the clocks back to their beginning too.
      vi.clearAllTimers();
      vi.setSystemTime(now + clockMovedMs);
      for (const entry of open) {
        entry.at += clockMovedMs;
        arm(entry);
      }
    },
    size: () => open.size,
  };
}
