// The plan for a person who decides whether it may run: 80 columns, one section for each question. ARM ids alone may be longer,
// because a broken id cannot be copied.
import { formatDuration } from '../model/duration.ts';
import type { Page } from '../model/page.ts';
import type { Program } from '../model/program.ts';
import { blastRadius } from './blast-radius.ts';
import { criticalPath, phasePaths } from './critical-path.ts';
import { planDigest } from './digest.ts';
import { familyOf } from './family.ts';
import { phaseGraphs } from './phase-graphs.ts';
import type { Objective, Plan, PlannedStep } from './plan.ts';
import { childSections } from './render-children.ts';
import { dataRoleChanges, restorationOrder, undoOrder } from './undo-order.ts';
import { leader, wrap } from './wrap.ts';

export { planDocument } from './plan-document.ts';

/** The whole plan as text; ends with a line feed. */
export function renderPlan(plan: Plan): string {
  const sections = [
    section('What', what(plan)),
    section('Where', where(plan)),
    section(
      'Objectives',
      plan.objectives.flatMap((objective) => objectiveLines(objective, plan)),
    ),
    section('Guardrails', guardrailLines(plan)),
    ...phaseSections(plan),
    section(
      `Critical path, forecast ${formatDuration(criticalPath(plan).forecastMs)}`,
      wrap(criticalPath(plan).steps.join(' → ')),
    ),
    section('Undo, when the drill fails or is aborted', undoLines(plan)),
    section('Restoration order', numbered(restorationOrder(plan))),
    ...childSections(plan).map(({ title, lines }) => section(title, lines)),
    section('Blast radius', radiusLines(plan)),
    section(
      'Permissions',
      plan.permissions.map((permission) => `  ${permission}`),
    ),
    section(
      'Programs of the workspace',
      familyOf(plan)
        .flatMap(({ programs = [] }) => programs)
        .flatMap(programLines),
    ),
    section('People', peopleLines(plan)),
    section('Digest', [`  sha256 ${planDigest(plan)}`]),
  ];
  return `${[`Plan of ${plan.drill}`, ...wrap(plan.title, 0)].join('\n')}\n\n${sections.filter(Boolean).join('\n')}`;
}

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? '' : `${title}\n${lines.join('\n')}\n`;
const WAVE_COLUMNS = 8;
const DETAIL_INDENT = 13;
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
const numbered = (lines: readonly string[]) =>
  lines.map((line, index) => `  ${String(index + 1).padStart(String(lines.length).length)}. ${line}`);

const MODES = {
  isolated: 'isolated: nothing is disrupted, only what the drill itself created is changed',
  live: 'live: resources that serve people are changed',
};

const what = (plan: Plan) => [
  ...wrap(`${plan.exercise} exercise of ${plan.systems.join(', ')} in ${plural(plan.steps.length, 'step')}`),
  `  ${MODES[plan.mode]}`,
  ...(plan.runbook === undefined ? [] : [`  runbook ${plan.runbook}`]),
];

const where = ({ environment: { kind, name, tenant, subscription } }: Plan) => [
  `  environment   ${name} (${kind === 'twin' ? 'a twin: proves nothing about Azure' : 'Azure'})`,
  `  tenant        ${tenant}`,
  `  subscription  ${subscription}`,
];

function objectiveLines({ system, rtoMs, rpoMs }: Objective, plan: Plan): readonly string[] {
  const limits = [
    ...(rtoMs === undefined ? [] : [`RTO at most ${formatDuration(rtoMs)}`]),
    ...(rpoMs === undefined ? [] : [`RPO at most ${formatDuration(rpoMs)}`]),
  ];
  const observers = [
    ...plan.probes
      .filter((probe) => probe.system === system)
      .map((probe) => `probe ${probe.id} every ${formatDuration(probe.everyMs)}`),
    ...plan.canaries
      .filter((canary) => canary.system === system)
      .map((canary) => `canary ${canary.id} every ${formatDuration(canary.everyMs)}`),
  ];
  return [
    ...wrap(`${system}: ${limits.join(', ')}`),
    ...(observers.length === 0 ? [] : wrap(`measured by ${observers.join(', ')}`, 4)),
  ];
}

const guardrailLines = (plan: Plan) =>
  plan.guardrails.flatMap(({ id, during, when, forMs }) =>
    wrap(`${id}: aborts when ${when} for ${formatDuration(forMs)} during ${during.join(', ')}`),
  );

function phaseSections(plan: Plan): readonly string[] {
  const paths = new Map(phasePaths(plan).map((path) => [path.phase, path]));
  return phaseGraphs(plan).map(({ phase, steps, graph }) => {
    const byId = new Map(steps.map((step) => [step.id, step]));
    const lines = graph.waves.flatMap((wave, index) =>
      wave.flatMap((id, place) => stepLines(byId.get(id), place === 0 ? `wave ${index + 1}` : '')),
    );
    const title = `${phase.charAt(0).toUpperCase()}${phase.slice(1)}`;
    return section(`${title}, forecast ${formatDuration(paths.get(phase)?.forecastMs ?? 0)}`, lines);
  });
}

function stepLines(step: PlannedStep | undefined, wave: string): readonly string[] {
  if (step === undefined) return [];
  const needs = step.needs.length === 0 ? '' : `, needs ${step.needs.join(', ')}`;
  const of = step.system === undefined ? '' : `, of ${step.system} alone`;
  return [
    leader(`  ${wave.padEnd(WAVE_COLUMNS)} ${step.id}`, formatDuration(step.forecastMs)),
    ...(step.title === undefined ? [] : wrap(step.title, DETAIL_INDENT)),
    ...wrap(step.uses + (step.child === undefined ? '' : ` ${step.child.file}`) + needs + of, DETAIL_INDENT),
    ...(step.page === undefined ? [] : wrap(pageText(step.page), DETAIL_INDENT)),
  ];
}

const pageText = ({ file, items, owner, roles, reviewed }: Page) =>
  `${file}: ${plural(items.length, 'step')} that ${roles.length === 0 ? 'people' : roles.join(' or ')} answer; owner ${owner}, reviewed ${reviewed}`;

function undoLines(plan: Plan): readonly string[] {
  const faults = new Set(plan.steps.filter((step) => step.kind === 'fault').map(({ id }) => id));
  const creators = new Set(plan.steps.filter(({ creates }) => creates !== undefined).map(({ id }) => id));
  const waiting = new Set(
    plan.steps.filter((step) => creators.has(step.id) && step.undo === 'failback').map(({ id }) => id),
  );
  const order = undoOrder(plan).map((id) => {
    if (faults.has(id)) return `${id} (ends the disruption; after success too)`;
    if (waiting.has(id)) return `${id} (waits until what it created is removed; after success too)`;
    return `${id} ${creators.has(id) ? '(removes what it created; after success too)' : '(is taken back)'}`;
  });
  const barrier = dataRoleChanges(plan);
  const final = plan.steps.filter((step) => step.undo === 'cannot-be-undone').map(({ id }) => id);
  return [
    ...numbered(order),
    ...(barrier.length === 0
      ? []
      : wrap(
          `Once ${barrier.join(' or ')} has run, recovery stays: traffic never goes back to a stale copy, and only restoration leads back.`,
        )),
    ...(final.length === 0 ? [] : wrap(`Cannot be undone: ${final.join(', ')}.`)),
  ];
}

const radiusLines = (plan: Plan) =>
  blastRadius(plan).flatMap(({ resource, creators = [], writers, disturbers }) => [
    `  ${resource}`,
    ...wrap(
      [
        ...(creators.length === 0 ? [] : [`created by ${creators.join(', ')}, and removed again`]),
        ...(writers.length === 0 ? [] : [`written by ${writers.join(', ')}`]),
        ...(disturbers.length === 0 ? [] : [`disturbed by ${disturbers.join(', ')}`]),
      ].join('; ') || 'in scope, nothing touches it',
      4,
    ),
  ]);

/** Whoever approves the plan approves these bytes. What a program does is not in the blast radius, so that is said. */
const programLines = ({ name, path, sha256, timeoutMs }: Program) => [
  ...wrap(`${name}: ends within ${formatDuration(timeoutMs)}; what it changes is not in the blast radius`),
  `    ${path}`,
  `    sha256 ${sha256}`,
];

function peopleLines({ approvals, declaration, steps }: Plan): readonly string[] {
  const from = approvals.roles.length === 0 ? '' : ` of ${approvals.roles.join(', ')}`;
  const approval =
    approvals.required === 0
      ? 'no approval is asked for'
      : `${plural(approvals.required, 'approval')}${from}, good for ${formatDuration(approvals.expiresMs)}`;
  const decision = declaration.automatic ? 'automatically, at detection' : `by ${declaration.roles.join(' or ')}`;
  // Without a disruption there is nothing to declare.
  const declared = steps.some(({ phase }) => phase === 'disruption') ? wrap(`recovery is declared ${decision}`) : [];
  return [...wrap(approval), ...declared];
}
