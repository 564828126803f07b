// Who asks and who approves at a terminal. Identities are typed, so they are recorded as not verified.
import { userInfo } from 'node:os';
import { UsageError } from '../model/errors.ts';
import type { EventOf } from '../model/events.ts';
import type { Plan } from '../plan/plan.ts';

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

/** Refuses before anything is started what typed names cannot stand for. */
export function requireTwinForTypedNames({ environment: { kind, name } }: Plan, yes: boolean): void {
  if (kind === 'twin') return;
  throw new UsageError(
    'refused',
    yes
      ? `--yes stands for people on twins only; ${name} is ${kind}`
      : `drills on ${kind} need people whose identity was verified; names that are typed stand for people on twins only`,
  );
}
