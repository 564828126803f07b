// What people are asked, and what an approval is given for: the same words in every terminal.
import { formatDuration } from '../model/duration.ts';
import { familyOf, stepsOfFamily } from '../plan/family.ts';
import { approvalsMissing, type GivenApproval } from '../plan/people-rules.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import type { RunView } from '../statechart/kernel.ts';

/** Drill, environment, blast radius and digest, a line each. */
export function approvalSubject(plan: Plan, planDigest: string): string {
  const { kind, name } = plan.environment;
  const programs = familyOf(plan).flatMap((each) => each.programs ?? []);
  return [
    `${plan.title}`,
    `drill ${plan.drill} on ${kind} ${name}, ${plan.steps.length} steps; it may write to or disturb:`,
    ...(plan.scope.length === 0 ? ['  nothing'] : plan.scope.map((id) => `  ${id}`)),
    ...stepsOfFamily(plan).flatMap(childLines),
    ...programs.flatMap(({ path, sha256 }) => ['it may run:', `  ${path}`, `  sha256 ${sha256}`]),
    `plan sha256 ${planDigest}`,
  ].join('\n');
}

const childLines = ({ id, child }: PlannedStep) =>
  child === undefined
    ? []
    : [
        `step ${id} runs the drill ${child.plan.drill} on ${child.plan.environment.kind} ${child.plan.environment.name}; it may write to or disturb:`,
        ...(child.plan.scope.length === 0 ? ['  nothing'] : child.plan.scope.map((id) => `  ${id}`)),
      ];

/** How many are missing, of whom, and how long they are good for. */
export function missingText(plan: Plan, given: readonly GivenApproval[]): string {
  const { required, roles, expiresMs } = plan.approvals;
  const missing = approvalsMissing(plan, given);
  if (missing === 0) return `${required} of ${required} approvals`;
  return `${required - missing} of ${required} approvals; ${missing} missing${of(roles)}, good for ${formatDuration(expiresMs)}`;
}

const of = (roles: readonly string[]) => (roles.length === 0 ? '' : ` of ${roles.join(' or ')}`);

/** What a run in its approval phase waits for, and the command that gives it. */
export const approvalWait = ({ approvals: { required, roles } }: Plan, run: string): string =>
  `waits for ${required === 1 ? 'an approval' : `${required} approvals`}${of(roles)}: drillmaster approve ${run} --as NAME --role ROLE`;

/** What a run waits for once the disruption was seen. */
export const declarationWait = ({ declaration: { roles } }: Plan, run: string): string =>
  `waits for a declaration${of(roles)}: drillmaster declare ${run} --as NAME`;

function pageWait({ id, page }: PlannedStep, view: RunView, run: string): readonly string[] {
  if (page === undefined || !['starting', 'observing'].includes(view.status(id))) return [];
  const open = page.items.length - view.answered(id).length;
  return [
    `waits for ${open} of ${page.items.length} answers${of(page.roles)}: drillmaster answer ${run} ${id} --as NAME --result done`,
  ];
}

/** Everything that a run waits for people with, as sentences with their commands. */
export function waitsFor(plan: Plan, view: RunView, run: string): readonly string[] {
  return [
    ...(view.phase === 'approval' ? [`${approvalWait(plan, run)} (${missingText(plan, view.approvals)})`] : []),
    ...(view.phase === 'declaration' && view.seen ? [declarationWait(plan, run)] : []),
    ...plan.steps.flatMap((step) => pageWait(step, view, run)),
    ...(view.paused ? [`waits to be resumed: drillmaster resume ${run}`] : []),
  ];
}
