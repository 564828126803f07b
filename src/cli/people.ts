// Who asks and who approves at a terminal. Identities are typed, so they are recorded as not verified.
import { userInfo } from 'node:os';
import { UsageError } from '../model/errors.ts';
import type { EventOf } from '../model/events.ts';
import { familyOf } from '../plan/family.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import type { PageAnswer } from '../runtime/options.ts';

export type Approval = EventOf<'approval.decided'>;

export const whoAsks = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
};

/** `--yes` on a twin: nobody was asked, and the record says so. */
export const automaticApproval = (plan: Plan): Approval => ({
  type: 'approval.decided',
  decision: 'approved',
  as: 'automatic',
  role: plan.approvals.roles[0] ?? 'none',
  verified: false,
  automatic: true,
  note: 'unattended run on a twin (--yes)',
});

/** `--yes` on a twin: nobody worked through the page, so nothing of it counts as done. */
export const automaticAnswer = ({ page }: Pick<PlannedStep, 'page'>): PageAnswer => ({
  as: 'automatic',
  role: page?.roles[0] ?? 'none',
  result: 'skipped',
  note: 'unattended run on a twin (--yes): nobody was asked',
});

/** Corruption is planted on twins and nowhere else. */
export function requireTwinForProof(plan: Plan): void {
  const elsewhere = familyOf(plan).find(({ environment }) => environment.kind !== 'twin');
  if (elsewhere === undefined) return;
  const { kind, name } = elsewhere.environment;
  throw new UsageError('refused', `--prove-checks plants corruption, which is done on twins only; ${name} is ${kind}`);
}

/** Refuses before anything is started what typed names cannot stand for. */
export function requireTwinForTypedNames(plan: Plan, yes: boolean): void {
  const elsewhere = familyOf(plan).find(({ environment }) => environment.kind !== 'twin');
  if (elsewhere === undefined) return;
  const { kind, name } = elsewhere.environment;
  throw new UsageError(
    'refused',
    yes
      ? `--yes stands for people on twins only; ${name} is ${kind}`
      : `drills on ${kind} need people whose identity was verified; names that are typed stand for people on twins only`,
  );
}
