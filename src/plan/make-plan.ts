import assert from 'node:assert/strict';
import { callsOf } from '../definition/calls.ts';
import { childOf } from '../definition/check-children.ts';
import { pageOf } from '../definition/check-pages.ts';
import { expressionContext, fillKnown, resolveResources } from '../definition/expression-context.ts';
import { type PlacedStep, placedSteps } from '../definition/placed-steps.ts';
import { type Definition, durationMs } from '../definition/schema.ts';
import { createdBy, endsServiceOf, reachOf, removedBy, writesOf } from '../definition/writes.ts';
import type { Action, Catalogue } from '../model/action.ts';
import type { ListedChild } from '../model/child.ts';
import type { Environment } from '../model/environment.ts';
import type { Page } from '../model/page.ts';
import { STEP_PHASES } from '../model/phase.ts';
import type { ListedProgram, Program } from '../model/program.ts';
import { criticalTimes } from './critical-path.ts';
import { forecastOf } from './family.ts';
import { permissionsOf } from './permissions.ts';
import type {
  Objective,
  Plan,
  PlannedCanary,
  PlannedChild,
  PlannedGuardrail,
  PlannedProbe,
  PlannedStep,
  Retry,
} from './plan.ts';

/** What a definition needs beside itself to become a plan. */
export interface PlanFacts {
  readonly environment: Environment;
  /** Of any world: a plan never acts. */
  readonly catalogue: Catalogue<never>;
  /** Runbook pages by their path inside the workspace; none when absent. */
  readonly pages?: ReadonlyMap<string, Page>;
  /** Child drills by the id of their step; none when absent. */
  readonly children?: ReadonlyMap<string, ListedChild<Plan>>;
  /** The workspace's allow list; none when absent. */
  readonly programs?: readonly ListedProgram[];
}

/** Attempts of a step that does not say: a check only reads, so that it may look again. */
const CHECK_ATTEMPTS = 3;
const WRITE_ATTEMPTS = 1;

/**
 * Everything that will happen, in order. The same definition and facts give the same plan, byte for byte. The definition was checked
 * against the same facts; what that check refuses throws an AssertionError here.
 */
export function makePlan(definition: Definition, facts: PlanFacts): Plan {
  const { environment } = facts;
  const resources = resolveResources(definition, environment.subscription);
  const context = expressionContext(definition, environment);
  const placed = placedSteps(definition);
  const programs = programsOf(placed, context, facts);
  const steps = placed.map((step) => planStep(step, context, facts));
  return {
    formatVersion: 1,
    drill: definition.drill,
    title: definition.title,
    exercise: definition.exercise,
    mode: definition.mode,
    environment: pickEnvironment(environment),
    systems: definition.systems,
    objectives: definition.objectives.map(planObjective),
    resources,
    scope: definition.scope.map((name) => known(resources[name], `resource ${name}`)),
    approvals: {
      required: definition.approvals.required,
      roles: definition.approvals.roles,
      expiresMs: durationMs(definition.approvals.expires),
    },
    declaration: planDeclaration(definition),
    probes: definition.probes.map((probe) => planProbe(probe, context)),
    canaries: definition.canaries.map((canary) => planCanary(canary, context, facts.catalogue)),
    guardrails: definition.guardrails.map(planGuardrail),
    steps: withCriticalTimes(steps),
    baselineMs: durationMs(definition.timing.baseline),
    detectionTimeoutMs: durationMs(definition.timing.detection),
    stabilityTimeoutMs: durationMs(definition.timing.stability),
    values: environment.values,
    permissions: permissionsOf([
      ...placed.map(({ step }) => actionOf(step.uses, facts.catalogue)),
      ...steps.flatMap(({ child }) => child?.plan ?? []),
    ]),
    ...(programs.length > 0 && { programs }),
    ...(definition.runbook !== undefined && { runbook: definition.runbook }),
  };
}

type Context = ReturnType<typeof expressionContext>;

function known<Value>(value: Value | undefined, what: string): Value {
  assert(value !== undefined, `the definition was not checked: ${what} is unknown`);
  return value;
}

const actionOf = (uses: string, catalogue: Catalogue<never>): Action<unknown, never> =>
  known(catalogue.actions.get(uses), `action ${uses}`);

const pickEnvironment = ({ kind, name, tenant, subscription }: Environment) => ({ kind, name, tenant, subscription });

const planObjective = ({ system, rto, rpo }: Definition['objectives'][number]): Objective => ({
  system,
  ...(rto !== undefined && { rtoMs: durationMs(rto) }),
  ...(rpo !== undefined && { rpoMs: durationMs(rpo) }),
});

const planDeclaration = ({ declaration, timing }: Definition): Plan['declaration'] =>
  declaration === 'automatic'
    ? { automatic: true, roles: [] }
    : { automatic: false, roles: declaration.roles, timeoutMs: durationMs(timing.declaration) };

const planProbe = (probe: Definition['probes'][number], context: Context): PlannedProbe => ({
  id: probe.id,
  system: probe.system,
  uses: probe.uses,
  with: fillKnown(probe.with, context),
  everyMs: durationMs(probe.every),
  timeoutMs: durationMs(probe.timeout),
  stableForMs: durationMs(probe.stableFor),
});

function planCanary(
  canary: Definition['canaries'][number],
  context: Context,
  catalogue: Catalogue<never>,
): PlannedCanary {
  const filled = fillKnown(canary.with, context);
  const { id, system, uses, every } = canary;
  const writes = writesOf(known(catalogue.canaries.get(uses), `canary ${uses}`), filled);
  return { id, system, uses, with: filled, everyMs: durationMs(every), writes };
}

const planGuardrail = (guardrail: Definition['guardrails'][number], index: number): PlannedGuardrail => ({
  id: guardrail.id ?? `guardrail-${index + 1}`,
  during: guardrail.during,
  when: guardrail.when,
  forMs: durationMs(guardrail.for),
});

function planStep({ step, phase }: PlacedStep, context: Context, facts: PlanFacts): PlannedStep {
  const action = actionOf(step.uses, facts.catalogue);
  const filled = fillKnown(step.with, context);
  const file = pageOf(action, filled);
  const child = planChild(step, action, facts);
  const creates = createdBy(action, filled);
  const removes = removedBy(action, filled);
  const page = file === undefined ? undefined : known(facts.pages?.get(file), `page ${file}`);
  return {
    id: step.id,
    ...(step.title !== undefined && { title: step.title }),
    phase,
    ...(step.system !== undefined && { system: step.system }),
    uses: step.uses,
    kind: action.kind,
    with: filled,
    needs: [...new Set(step.needs)],
    ...(page !== undefined && { page }),
    ...(child !== undefined && { child }),
    timeoutMs: durationMs(step.timeout) + (child === undefined ? 0 : CHILD_END_MS_MAX),
    retry: planRetry(step.retry, action.kind),
    undo: action.undo,
    changesDataRoles: action.changesDataRoles,
    writes: writesOf(action, filled),
    ...(creates.length > 0 && { creates }),
    ...(removes.length > 0 && { removes }),
    ...(endsServiceOf(action, filled) && { endsService: true }),
    ...(action.reach !== undefined && { reach: reachOf(action, filled, facts.environment) }),
    forecastMs: child === undefined ? (page?.expectedMs ?? action.forecast.typicalMs) : forecastOf(child.plan),
    criticalMs: 0,
  };
}

/** How long a child that is aborted at the time-out of its step may take to restore, before a person must look. */
const CHILD_END_MS_MAX = 4 * 3_600_000;

function planChild({ id, with: given, timeout }: PlacedStep['step'], action: Action<unknown, never>, facts: PlanFacts) {
  const call = childOf(action, given);
  if (call === undefined) return undefined;
  const listed = known(facts.children?.get(id), `child drill of step ${id}`);
  assert(!('problem' in listed), `the definition was not checked: the child drill of step ${id} cannot be run`);
  return { file: call.drill, plan: listed.plan, endsAfterMs: durationMs(timeout) } satisfies PlannedChild;
}

/** Every program that a step runs, once, in the order of names. */
function programsOf(placed: readonly PlacedStep[], context: Context, facts: PlanFacts): readonly Program[] {
  const calls = placed.flatMap(({ step }) =>
    callsOf(actionOf(step.uses, facts.catalogue), fillKnown(step.with, context)),
  );
  const names = [...new Set(calls.map(({ program }) => program))].sort();
  return names.map((name) => {
    const listed = known(
      facts.programs?.find((program) => program.name === name),
      `program ${name}`,
    );
    assert(!('problem' in listed), `the definition was not checked: program ${name} cannot be run`);
    return listed;
  });
}

const planRetry = (retry: PlacedStep['step']['retry'], kind: Action['kind']): Retry => ({
  attempts: retry.attempts ?? (kind === 'check' ? CHECK_ATTEMPTS : WRITE_ATTEMPTS),
  backoffMs: durationMs(retry.backoff),
  maximumMs: durationMs(retry.maximum),
});

function withCriticalTimes(steps: readonly PlannedStep[]): readonly PlannedStep[] {
  return STEP_PHASES.flatMap((phase) => {
    const ofPhase = steps.filter((step) => step.phase === phase);
    const times = criticalTimes(ofPhase);
    return ofPhase.map((step) => ({ ...step, criticalMs: times.get(step.id) ?? 0 }));
  });
}
