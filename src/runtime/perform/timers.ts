import type { Clock } from '../../model/clock.ts';
import { TIMER_MS_MAX } from '../wait.ts';

/** Timers with deadlines that outlive a process: the machine names them again after a replay. */
export interface Timers {
  /** Fires at the deadline (epoch ms of the observer clock), at once when it has passed. The same id again moves the deadline. */
  readonly set: (timer: string, deadline: number) => void;
  readonly cancel: (timer: string) => void;
  readonly clear: () => void;
}

export function createTimers(clock: Clock, fire: (timer: string) => void): Timers {
  const running = new Map<string, NodeJS.Timeout>();
  const cancel = (timer: string) => {
    clearTimeout(running.get(timer));
    running.delete(timer);
  };
  const arm = (timer: string, deadline: number) => {
    const remainingMs = Math.min(Math.max(deadline - clock.now(), 0), TIMER_MS_MAX);
    running.set(
      timer,
      setTimeout(() => wake(timer, deadline), remainingMs),
    );
  };
  // A wait longer than one timer can hold is waited in parts, and a timer of Node may be early by a fraction of a millisecond.
  const wake = (timer: string, deadline: number) => {
    if (clock.now() < deadline) return arm(timer, deadline);
    running.delete(timer);
    fire(timer);
  };
  return {
    set: (timer, deadline) => {
      cancel(timer);
      arm(timer, deadline);
    },
    cancel,
    clear: () => {
      for (const timer of [...running.keys()]) cancel(timer);
    },
  };
}
