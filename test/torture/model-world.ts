// A small model of Azure: facts of resources, requests on their way, operations under way, and a log of every request that arrived.
import type { Json } from '../../src/model/json.ts';
import { createdBySteps } from '../../src/plan/created.ts';
import { heldToBaseline } from '../../src/plan/held.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';
import type { Agenda } from './agenda.ts';
import { type Change, changeOf, type Facts, factsBefore } from './model-effects.ts';

export interface Request {
  readonly id: string;
  readonly step: string;
  readonly attempt: number;
  readonly kind: 'start' | 'undo';
  /** When it arrived and the world took it, epoch ms. */
  readonly at: number;
}

export interface ModelWorld {
  readonly plan: Plan;
  readonly agenda: Agenda;
  readonly log: readonly Request[];
  readonly standing: ReadonlyMap<string, Facts>;
  readonly rows: Set<number>;
  /** A request arrives: its work begins at once and takes so long. */
  readonly take: (request: Omit<Request, 'at'>, workMs: number, change: Change) => void;
  /** Is the work of a step's request under way? Resolves when it is over. */
  readonly underWay: (step: string) => Promise<void> | undefined;
  readonly isApplied: (step: PlannedStep) => boolean;
  /** The facts that a step is about to change, as they are. */
  readonly before: (step: PlannedStep) => Record<string, Json>;
  /** Does the service answer its users? */
  readonly isUp: () => boolean;
  readonly isDisrupted: () => boolean;
  /** What differs from how it was in the beginning: resource ids. */
  readonly wrongs: () => readonly string[];
}

export function createModelWorld(plan: Plan, agenda: Agenda): ModelWorld {
  const log: Request[] = [];
  const rows = new Set<number>();
  const operations = new Map<string, Promise<void>>();
  const first: ReadonlyMap<string, Facts> = new Map([
    ...heldToBaseline(plan).map((id) => [id, factsBefore(plan, id)] as const),
    ...createdBySteps(plan).map((id) => [id, GONE] as const),
  ]);
  const standing = new Map(first);
  const apply = (change: Change) => {
    for (const [id, facts] of change) standing.set(id, { ...standing.get(id), ...facts });
  };
  const isApplied = (step: PlannedStep) =>
    [...changeOf(plan, step, standing)].every(([id, facts]) =>
      Object.entries(facts).every(([name, value]) => standing.get(id)?.[name] === value),
    );
  const writes = plan.steps.filter(({ kind }) => kind !== 'check');
  const isDisrupted = () => writes.some((step) => step.phase === 'disruption' && isApplied(step));
  return {
    plan,
    agenda,
    log,
    standing,
    rows,
    take: (request, workMs, change) => {
      log.push({ ...request, at: agenda.now() });
      const over = agenda.after(workMs, () => {
        operations.delete(request.step);
        apply(change);
      });
      if (workMs > 0) operations.set(request.step, over);
    },
    underWay: (step) => operations.get(step),
    isApplied,
    before: (step) =>
      Object.fromEntries(
        [...changeOf(plan, step, standing)].map(([id, facts]) => [
          id,
          Object.fromEntries(Object.keys(facts).map((name) => [name, standing.get(id)?.[name] ?? null])),
        ]),
      ),
    isDisrupted,
    isUp: () => !isDisrupted() || writes.every((step) => step.phase !== 'recovery' || isApplied(step)),
    wrongs: () => [
      ...[...first].filter(([id, facts]) => differs(facts, standing.get(id))).map(([id]) => id),
      ...(rows.size > 0 ? ['canary rows'] : []),
    ],
  };
}

const GONE: Facts = { present: false };

const differs = (facts: Facts, found: Facts = {}) =>
  Object.entries(facts).some(([name, value]) => found[name] !== value);
