// Whose word counts. The machine holds every event to these rules; commands are held to them before they are posted, so that people hear why.
import type { Plan } from './plan.ts';

/** An approval that was counted. */
export interface GivenApproval {
  readonly as: string;
  readonly role: string;
  /** When it was decided, epoch ms: of one that a parent handed on, when the parent's was. */
  readonly at: number;
  readonly expiresAt: number;
  /** It was not used in time, and counts no longer. */
  readonly expired: boolean;
}

/** What a decision on a plan says. */
export interface Decision {
  readonly decision: 'approved' | 'declined';
  readonly as: string;
  readonly role: string;
  readonly note?: string | undefined;
  readonly planDigest?: string | undefined;
}

/** What is known of the run that a decision is about. */
export interface Approving {
  readonly plan: Pick<Plan, 'approvals'>;
  readonly planDigest: string;
  readonly requestedBy: string;
  readonly approvals: readonly GivenApproval[];
}

/** When a decision that is on record at `at` was made, epoch ms: never later than that, so that nothing is good for longer than the plan says. */
export const decidedAtOf = ({
  at,
  decidedAt,
}: {
  readonly at: number;
  readonly decidedAt?: number | undefined;
}): number => Math.min(decidedAt ?? at, at);

/** Two spellings of one name are one person. */
export const personKey = (name: string): string => name.trim().toLowerCase();

/** Why a decision does not count; undefined when it does. */
export function whyNoDecision(known: Approving, decided: Decision): string | undefined {
  const { as, decision, note } = decided;
  if (personKey(as) === '') return 'expected the name of a person, found none';
  if (decided.planDigest !== known.planDigest)
    return `expected a decision on plan ${known.planDigest}, found one on ${decided.planDigest ?? 'no plan'}`;
  const role = wrongRole(decided.role, known.plan.approvals.roles);
  if (role !== undefined) return role;
  if (decision === 'declined')
    return (note ?? '').trim() === '' ? 'expected a note that says why, found none' : undefined;
  if (personKey(as) === personKey(known.requestedBy))
    return `${as} asked for the run and may not approve it: expected somebody else`;
  const given = known.approvals.some((one) => !one.expired && personKey(one.as) === personKey(as));
  return given ? `${as} has approved already: expected somebody else` : undefined;
}

/** Why a declaration by a person does not count; undefined when it does. `seen`: the disruption was seen. */
export function whyNoDeclaration(
  { declaration }: Pick<Plan, 'declaration'>,
  seen: boolean,
  { as, role }: { readonly as: string; readonly role?: string | undefined },
): string | undefined {
  if (personKey(as) === '') return 'expected the name of a person, found none';
  if (!seen) return 'the disruption was not seen yet: there is nothing to declare';
  return wrongRole(role ?? '', declaration.roles);
}

/** Undefined when the role is one of those that may; no roles: any may. */
export function wrongRole(role: string, roles: readonly string[]): string | undefined {
  if (roles.length === 0 || roles.includes(role)) return undefined;
  return `expected the role ${roles.join(' or ')}, found ${role === '' ? 'none' : `"${role}"`}`;
}

/** How many people must still approve. */
export const approvalsMissing = (
  { approvals: { required } }: Pick<Plan, 'approvals'>,
  given: readonly GivenApproval[],
): number => Math.max(0, required - given.filter(({ expired }) => !expired).length);
