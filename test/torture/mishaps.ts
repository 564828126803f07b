// What goes wrong between the drill and the world, decided before the trial from a seed.
import type { PlannedStep } from '../../src/plan/plan.ts';
import { randomOf } from './random.ts';

/** What becomes of one request of a step. `late-request`: it takes effect after it was given up; `late-reply`: answered after the time-out. */
export type Mishap =
  | 'none'
  | 'lost-reply'
  | 'lost-request'
  | 'late-request'
  | 'late-reply'
  | 'throttled'
  | 'refused'
  | 'lost-observation';
/** What becomes of a step being taken back. `failing`: every time. */
export type UndoMishap = 'none' | 'throttled' | 'lost-reply' | 'failing';

export interface Mishaps {
  readonly start: (step: PlannedStep, attempt: number) => Mishap;
  readonly undo: (step: PlannedStep, attempt: number) => UndoMishap;
  /** How long the world works on a write, or a check looks; ms. */
  readonly workMs: (step: PlannedStep) => number;
  /** One way of a request or its answer, ms; below what the runtime allows a request to arrive late. */
  readonly travelMs: () => number;
}

const WORK_MS = 3000;
const TRAVEL_MS = 20;

export const NO_MISHAPS: Mishaps = {
  start: () => 'none',
  undo: () => 'none',
  workMs: () => WORK_MS,
  travelMs: () => TRAVEL_MS,
};

const WRITES_GONE_WRONG: readonly Mishap[] = [
  'lost-reply',
  'lost-request',
  'late-request',
  'late-reply',
  'throttled',
  'refused',
  'lost-observation',
];
const CHECKS_GONE_WRONG: readonly Mishap[] = ['throttled', 'refused'];
const UNDOS_GONE_WRONG: readonly UndoMishap[] = ['throttled', 'lost-reply', 'failing'];
const SLOW_TRAVEL_MS_MAX = 20_000;

/** Each first attempt goes wrong with the chance `often`, later ones with a quarter of it; durations differ, so that parallel results change places. */
export function randomMishaps(seed: number, often: number): Mishaps {
  const next = randomOf(seed);
  const known = new Map<string, unknown>();
  const once = <T>(key: string, make: () => T): T => {
    if (!known.has(key)) known.set(key, make());
    return known.get(key) as T;
  };
  const pick = <T>(all: readonly T[]) => all[Math.floor(next() * all.length)] as T;
  const chance = (attempt: number) => next() < (attempt === 1 ? often : often / 4);
  return {
    start: (step, attempt) =>
      once(`start ${step.id} ${attempt}`, () =>
        chance(attempt) ? pick(step.kind === 'check' ? CHECKS_GONE_WRONG : WRITES_GONE_WRONG) : 'none',
      ),
    undo: (step, attempt) =>
      once(`undo ${step.id}`, () => next()) < often / 4
        ? 'failing'
        : once(`undo ${step.id} ${attempt}`, () => (chance(attempt) ? pick(UNDOS_GONE_WRONG) : 'none')),
    workMs: (step) => once(`work ${step.id}`, () => (next() < 0.2 ? 0 : Math.ceil(next() * 2 * WORK_MS))),
    travelMs: () => (next() < 0.1 ? Math.ceil(next() * SLOW_TRAVEL_MS_MAX) : TRAVEL_MS),
  };
}
