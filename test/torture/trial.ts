// One drill on the model from its first event to its last, by as many processes as it takes, in virtual time.
import { vi } from 'vitest';
import { type MemoryStore, openMemoryStore } from '../../src/journal/memory.ts';
import type { DrillEvent } from '../../src/model/events.ts';
import type { Outcome, Phase } from '../../src/model/phase.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import type { Limits } from '../../src/runtime/limits.ts';
import { type DrillOptions, resumeDrill, runDrill } from '../../src/runtime/run-drill.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { createAgenda } from './agenda.ts';
import type { Mishaps } from './mishaps.ts';
import { type Door, modelCatalogue, modelInventory } from './model-catalogue.ts';
import { createModelWorld, type ModelWorld } from './model-world.ts';
import { type Instants, journalOf, type Process, startProcess } from './mortal-process.ts';

export interface TrialWishes {
  readonly plan: Plan;
  readonly mishaps: Mishaps;
  /** Instants at which the process of that time is killed, from 1. */
  readonly deaths?: readonly number[];
  /** How long nobody takes the run over, ms. */
  readonly downMs?: number;
  /** The wall clock is set by so many ms while nobody has the run. */
  readonly clockMovedMs?: number;
  /** Somebody asks for an abort at this instant. */
  readonly abortAt?: number;
}

export interface Trial {
  readonly plan: Plan;
  readonly world: ModelWorld;
  readonly events: readonly DrillEvent[];
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  /** The phase after each event, as the process saw it that took the event. */
  readonly phases: ReadonlyMap<number, Phase>;
  /** What was acknowledged as durable, in this order. */
  readonly acknowledged: readonly number[];
  readonly instants: readonly string[];
  readonly processes: number;
}

/** Everything real but these: they are polls, and each costs a timer. */
const RARE: Partial<Limits> = { inboxPollMs: 5000, flushMs: 15_000, settlePollMs: 10_000 };
const TURNS_MAX = 200_000;
const BEGUN_AT = Date.UTC(2026, 10, 21, 9);
const RUN = 'trial';

/** Drives a trial to its end. Throws when it gets no further, or when the engine itself fails. Uses vitest's fake timers meanwhile. */
export async function tryDrill(wishes: TrialWishes): Promise<Trial> {
  vi.useFakeTimers({ toFake: [...FAKED], now: BEGUN_AT });
  try {
    return await untilOver(wishes);
  } finally {
    vi.clearAllTimers();
    vi.useRealTimers();
  }
}

const FAKED = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
] as const;

/** One turn of the real event loop: everything that waits for no timer has happened then. */
const realImmediate = setImmediate;
const turn = () => new Promise<void>((resolve) => realImmediate(resolve));

async function untilOver(wishes: TrialWishes): Promise<Trial> {
  const { plan, deaths = [], downMs = 0 } = wishes;
  const agenda = createAgenda();
  const world = createModelWorld(plan, agenda);
  const instants: Instants = { names: [], deaths: new Set(deaths) };
  const alive = { number: 0 };
  const store = openMemoryStore({
    get self() {
      return { pid: alive.number, startedAt: 'model' };
    },
    isAlive: ({ pid }) => pid === alive.number,
  });
  const seen = { phases: new Map<number, Phase>(), acknowledged: [] as number[], reasons: [] as readonly string[] };
  for (;;) {
    alive.number += 1;
    const process = startProcess(alive.number, instants);
    const outcome = await live({ wishes, world, store, process, seen, instants });
    if (outcome !== undefined) {
      // Whatever is still on its way arrives.
      while (agenda.size() > 0) await advance();
      const events = store.now.events(RUN);
      return { plan, world, events, outcome, ...seen, instants: instants.names, processes: alive.number };
    }
    agenda.killOthers();
    await turn();
    agenda.killOthers(wishes.clockMovedMs);
    vi.advanceTimersByTime(downMs);
    await turn();
  }
}

async function advance(): Promise<void> {
  vi.advanceTimersToNextTimer();
  await turn();
}

interface Stage {
  readonly wishes: TrialWishes;
  readonly world: ModelWorld;
  readonly store: MemoryStore;
  readonly process: Process;
  readonly seen: { readonly phases: Map<number, Phase>; readonly acknowledged: number[]; reasons: readonly string[] };
  readonly instants: Instants;
}

/** One process's part of the run. Undefined: it was killed. */
async function live(stage: Stage): Promise<Outcome | undefined> {
  const { wishes, store, process, instants } = stage;
  const end: { outcome?: Outcome; error?: unknown } = {};
  begin(stage).then(
    (outcome) => Object.assign(end, { outcome }),
    (error: unknown) => Object.assign(end, { error }),
  );
  await turn();
  let isAborted = false;
  for (let turns = 0; !process.isDead(); turns++) {
    if (end.outcome !== undefined) return end.outcome;
    if ('error' in end) throw end.error;
    if (turns > TURNS_MAX || vi.getTimerCount() === 0)
      throw new Error(`the run gets no further: ${turns} turns, ${vi.getTimerCount()} timers`);
    if (!isAborted && instants.names.length >= (wishes.abortAt ?? Number.POSITIVE_INFINITY)) {
      isAborted = true;
      store.now.post(RUN, { type: 'abort', as: 'sam', reason: 'enough' });
    }
    await advance();
  }
  return undefined;
}

function begin({ wishes: { plan, mishaps }, world, store, process, seen }: Stage): Promise<Outcome> {
  const record = { run: RUN, drill: plan.drill, openedAt: Date.now(), plan: JSON.stringify(plan) };
  const isFirst = store.now.find(RUN) === undefined;
  const kept = isFirst ? store.now.create(record, { at: Date.now(), body: openedOf(plan) }) : store.now.take(RUN);
  const journal = journalOf(process, kept, { acknowledged: (seq) => seen.acknowledged.push(seq) });
  const kernel = createKernel(plan);
  const door: Door = { model: world, process, mishaps };
  const options: DrillOptions = {
    plan,
    kernel,
    journal,
    catalogue: modelCatalogue(plan) as never,
    inventory: modelInventory as never,
    world: door,
    clock: { now: () => Date.now() },
    limits: RARE,
    approve: async () => automatic,
    answer: async ({ page }) => ({ as: 'dana', role: page?.roles[0] ?? '', result: 'done', note: '' }),
    evaluate: (events) => {
      const judgement = evaluateRun(plan, kernel, events);
      seen.reasons = judgement.reasons;
      return judgement;
    },
    onEvent: ({ seq }, phase) => {
      if (!seen.phases.has(seq)) seen.phases.set(seq, phase);
    },
    signal: new AbortController().signal,
  };
  return isFirst ? runDrill(options) : resumeDrill(options);
}

const automatic = {
  type: 'approval.decided',
  decision: 'approved',
  as: 'drillmaster',
  role: 'twin',
  verified: false,
  automatic: true,
} as const;

const openedOf = ({ drill, environment: { kind, name } }: Plan) =>
  ({
    type: 'run.opened',
    run: RUN,
    drill,
    planDigest: 'digest',
    environment: { kind, name },
    requestedBy: 'kim',
    unattended: true,
    rehearsal: true,
    tool: 'trial',
  }) as const;
