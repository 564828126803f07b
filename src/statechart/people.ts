// What people say to a run, held to the rules: approvals that expire, a declaration after the disruption was seen, and what waits in a pause.
import type { EventOf } from '../model/events.ts';
import { decidedAtOf, personKey, whyNoDecision, whyNoDeclaration } from '../plan/people-rules.ts';
import type { Draft } from './draft.ts';
import type { DrillMachineEvent } from './drill-machine.ts';
import { isPaused, phaseOf } from './phase-of.ts';

/** The disruption was seen, and people are waited for. */
export const DECLARATION_TIMER = 'declaration';
/** Before, nothing is sent yet; restoration and evaluation wait for nobody. */
export const PAUSABLE: ReadonlySet<string> = new Set([
  'baseline',
  'disruption',
  'declaration',
  'recovery',
  'verification',
]);
const APPROVAL_PREFIX = 'approval:';

const approvalTimer = (as: string): string => `${APPROVAL_PREFIX}${personKey(as)}`;
export const isApprovalTimer = (timer: string): boolean => timer.startsWith(APPROVAL_PREFIX);

/** Counts every person once, and only while somebody is asked. An approval is good until its timer fires or the first step is sent. */
export function takeApproval(draft: Draft, decided: EventOf<'approval.decided'>): DrillMachineEvent | undefined {
  const { now, compiled, at, emit } = draft;
  if (phaseOf(now.drill) !== 'approval') return undefined;
  const { automatic, as, role, decision } = decided;
  if (automatic) return { type: decision === 'declined' ? 'declined' : 'approved-for-all' };
  if (whyNoDecision({ plan: compiled.plan, ...now.people }, decided) !== undefined) return undefined;
  if (decision === 'declined') return { type: 'declined' };
  const decidedAt = decidedAtOf({ at, decidedAt: decided.decidedAt });
  const expiresAt = decidedAt + compiled.plan.approvals.expiresMs;
  // One that was handed on may be too old on arrival. No timer fires for it, so it is never counted.
  const expired = expiresAt <= at;
  draft.notePeople({ approvals: [...now.people.approvals, { as, role, at: decidedAt, expiresAt, expired }] });
  if (expired) return undefined;
  emit({ type: 'timer', timer: approvalTimer(as), deadline: expiresAt });
  return { type: 'approved' };
}

/** An approval that was not used in time counts no longer. */
export function approvalExpired(draft: Draft, timer: string): DrillMachineEvent {
  const { approvals } = draft.now.people;
  draft.notePeople({
    approvals: approvals.map((given) => (approvalTimer(given.as) === timer ? { ...given, expired: true } : given)),
  });
  return { type: 'approval-expired' };
}

/** What was approved has begun, or will not begin any more. */
export function endApprovals({ now, emit }: Draft): void {
  for (const { as } of now.people.approvals) emit({ type: 'cancel-timer', timer: approvalTimer(as) });
}

/** From here on it is people who are waited for, for as long as the plan lets them think. */
export function takeSight(draft: Draft): void {
  const { now, at, emit, compiled } = draft;
  const { declaration, detectionTimeoutMs } = compiled.plan;
  if (phaseOf(now.drill) !== 'declaration' || declaration.automatic || now.people.seen) return;
  draft.notePeople({ seen: true });
  emit({ type: 'cancel-timer', timer: 'detection' });
  emit({ type: 'timer', timer: DECLARATION_TIMER, deadline: at + (declaration.timeoutMs ?? detectionTimeoutMs) });
}

/** Where people have to declare, only one who may, and only what was seen; where it is automatic, anybody may be faster. */
export function takeDeclaration(
  { now, compiled: { plan } }: Draft,
  made: EventOf<'declaration.made'>,
): DrillMachineEvent | undefined {
  const isHeld = !made.automatic && !plan.declaration.automatic;
  return isHeld && whyNoDeclaration(plan, now.people.seen, made) !== undefined ? undefined : { type: 'declared' };
}

const DEFERRED: ReadonlySet<string> = new Set(['held', 'declared']);

/** True when a pause keeps an event back that would end the phase. */
export function takeDeferred(draft: Draft, event: DrillMachineEvent): boolean {
  if (!isPaused(draft.now.drill) || !DEFERRED.has(event.type)) return false;
  const { deferred } = draft.now.people;
  if (!deferred.some(({ type }) => type === event.type)) draft.notePeople({ deferred: [...deferred, event] });
  return true;
}

export function forgetDeferred(draft: Draft): void {
  if (draft.now.people.deferred.length > 0) draft.notePeople({ deferred: [] });
}
