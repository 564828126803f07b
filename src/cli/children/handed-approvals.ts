import type { EventOf } from '../../model/events.ts';
import { planDigest } from '../../plan/digest.ts';
import type { GivenApproval } from '../../plan/people-rules.ts';
import type { Plan } from '../../plan/plan.ts';

/**
 * The approvals of a parent that hold for a child: its plan was part of what was approved. Each is held to what the child itself demands:
 * a role that it knows, and no older than it lets approvals be, counted from when they were given. `now` is epoch ms.
 */
export function handedApprovals(
  parent: string,
  given: readonly GivenApproval[],
  plan: Plan,
  now: number,
): readonly EventOf<'approval.decided'>[] {
  const { roles, expiresMs } = plan.approvals;
  return given
    .filter(({ role, at }) => (roles.length === 0 || roles.includes(role)) && now - at < expiresMs)
    .map(({ as, role, at }) => ({
      type: 'approval.decided',
      decision: 'approved',
      as,
      role,
      verified: false,
      automatic: false,
      note: `approved ${parent}, whose plan holds this one`,
      planDigest: planDigest(plan),
      decidedAt: at,
    }));
}
