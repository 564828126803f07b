// Event bodies for tests that tell a machine one event after the other.
import type { EventBody, EventOf, Finding } from '../../src/model/events.ts';

const error = { code: 'test', message: 'test' };

export const opened: EventBody = {
  type: 'run.opened',
  run: 'run',
  drill: 'test-drill',
  planDigest: 'digest',
  environment: { kind: 'twin', name: 'twin' },
  requestedBy: 'tester',
  unattended: false,
  rehearsal: false,
  tool: 'test',
};
export const ready: EventBody = { type: 'preflight.finished', ready: true, findings: [] };
export const held: EventBody = { type: 'baseline.finished', held: true, findings: [], inventory: [] };
export const declared: EventBody = { type: 'declaration.made', as: 'lead', automatic: false, reason: 'down' };
export const pausedBy = (as: string): EventBody => ({ type: 'run.paused', as, reason: 'test' });
export const skippedBy = (as: string, step: string, attempt = 1): EventBody => ({
  type: 'step.skipped',
  step,
  attempt,
  as,
  reason: 'test',
});
export const retriedBy = (as: string, step: string, attempt = 1): EventBody => ({
  type: 'step.retried',
  step,
  attempt,
  as,
  reason: 'test',
});
export const continued: EventBody = { type: 'run.continued', as: 'operator' };
export const seen: EventBody = { type: 'disruption.seen', reason: 'test' };
export const abort: EventBody = { type: 'abort.requested', as: 'operator', reason: 'test' };
export const evaluated: EventBody = { type: 'evaluation.finished', outcome: 'passed', reasons: [] };
export const closed: EventBody = { type: 'run.closed', outcome: 'passed' };

export const reopened = (what: EventOf<'run.reopened'>['for']): EventBody => ({
  type: 'run.reopened',
  for: what,
  as: 'dana',
  reason: 'test',
});
export const acceptedBy = (as: string, resource: string): EventBody => ({
  type: 'resource.accepted',
  resource,
  as,
  reason: 'test',
});
export const attestedBy = (as: string): EventBody => ({
  type: 'attestation.given',
  as,
  role: 'lead',
  verdict: 'passed',
  note: '',
});

export const approval = (as: string, more: Partial<EventOf<'approval.decided'>> = {}): EventBody => ({
  type: 'approval.decided',
  decision: 'approved',
  as,
  role: 'lead',
  verified: false,
  automatic: false,
  planDigest: 'digest',
  ...more,
});
export const fired = (timer: string): EventBody => ({ type: 'timer.fired', timer });
export const started = (step: string, attempt = 1): EventBody => ({
  type: 'step.started',
  step,
  attempt,
  requestId: 'id',
});
export const accepted = (step: string, attempt = 1): EventBody => ({
  type: 'step.accepted',
  step,
  attempt,
  handleDigest: 'digest',
});
export const succeeded = (step: string, attempt = 1): EventBody => ({
  type: 'step.succeeded',
  step,
  attempt,
  output: null,
});
export const failed = (step: string, attempt = 1, retryable = false): EventBody => ({
  type: 'step.failed',
  step,
  attempt,
  error,
  retryable,
});
export const interrupted = (step: string, attempt = 1): EventBody => ({
  type: 'step.interrupted',
  step,
  attempt,
  error,
});
export const inspected = (step: string, finding: Finding, attempt = 1): EventBody => ({
  type: 'step.inspected',
  step,
  attempt,
  finding,
  detail: '',
});
export const undone = (step: string, attempt = 1): EventBody => ({
  type: 'undo.succeeded',
  step,
  attempt,
  output: null,
});
export const undoFailed = (step: string, attempt = 1, retryable = false): EventBody => ({
  type: 'undo.failed',
  step,
  attempt,
  error,
  retryable,
});
