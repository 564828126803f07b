// A process that can be killed: at a numbered instant, after which nothing of it reaches the journal or the world any more.
import type { RunJournal } from '../../src/journal/journal.ts';

class Killed extends Error {}

export interface Process {
  /** Counts processes of the run from 1. */
  readonly number: number;
  readonly isDead: () => boolean;
  /** An instant at which the process may die. Returns false when it just did, or had before. */
  readonly reach: (instant: string) => boolean;
}

/** The instants of a whole trial, counted over all its processes. */
export interface Instants {
  readonly names: string[];
  /** Instants at which the process of that time dies, from 1. */
  readonly deaths: ReadonlySet<number>;
}

export function startProcess(number: number, { names, deaths }: Instants): Process {
  let dead = false;
  return {
    number,
    isDead: () => dead,
    reach: (instant) => {
      if (dead) return false;
      names.push(instant);
      dead = deaths.has(names.length);
      return !dead;
    },
  };
}

/** Of a dead process nothing comes any more, no answer and no error. */
export const NEVER = new Promise<never>(() => {});

/** Work of the process at an instant; never goes on once it died there. */
export async function alive({ reach }: Process, instant: string): Promise<void> {
  if (!reach(instant)) await NEVER;
}

export interface Witness {
  /** Told of what was acknowledged as durable. */
  readonly acknowledged: (seq: number) => void;
}

/** The journal in the hands of a process: it can die before and after each append and each handle kept. */
export function journalOf(process: Process, journal: RunJournal, { acknowledged }: Witness): RunJournal {
  const live = (instant: string) => {
    if (!process.reach(instant)) throw new Killed(instant);
  };
  return {
    ...journal,
    append: async (events) => {
      const what = events.map(({ body }) => body.type).join(', ');
      live(`before ${what}`);
      const placed = await journal.append(events);
      live(`after ${what}`);
      acknowledged(placed.at(-1)?.seq ?? 0);
      return placed;
    },
    keepHandle: async (step, attempt, handle) => {
      live(`before the handle of ${step} is kept`);
      await journal.keepHandle(step, attempt, handle);
      live(`after the handle of ${step} was kept`);
    },
    taken: async (id) => {
      live('before a command is taken');
      await journal.taken(id);
    },
    release: async (outcome) => {
      live('before the run is given back');
      await journal.release(outcome);
    },
  };
}
