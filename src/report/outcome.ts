// How a drill ends and why. Nothing is green by default: passed is what is left when every reason against it is missing.
import { formatDuration } from '../model/duration.ts';
import type { DrillEvent } from '../model/events.ts';
import type { Outcome } from '../model/phase.ts';
import type { GivenApproval } from '../plan/people-rules.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import type { Kernel } from '../statechart/kernel.ts';
import { isProved, settledProofOf } from './acceptance.ts';
import { unprovedReasons } from './checks-proved.ts';
import { runsChildren } from './children.ts';
import { clockSteps, clockStepText } from './clock-steps.ts';
import { eventsOf, firstOf, lastOf } from './event-log.ts';
import { missingRecords } from './missing-records.ts';
import { relapsesOf } from './relapse.ts';
import { gatherFacts, type RunFacts } from './run-facts.ts';
import { isFound, recordOf } from './step-log.ts';
import { endStatus } from './step-results.ts';
import { findStuck } from './stuck.ts';
import { measureSystems, type SystemMeasure } from './system-measures.ts';
import { timedOutText } from './timed-out.ts';
import { actualText, objectiveText } from './wording.ts';

export interface Judgement {
  readonly outcome: Outcome;
  /** Why; empty when passed. */
  readonly reasons: string[];
}

/** Judges a run from its events so far; events from `evaluation.finished` on are passed over. */
export function evaluateRun<State>(plan: Plan, kernel: Kernel<State>, events: readonly DrillEvent[]): Judgement {
  const facts = gatherFacts(plan, kernel, events);
  return judgeRun(facts, measureSystems(facts));
}

/** The strongest outcome that has a reason: stuck, aborted, not-ready, failed, inconclusive; passed when none has. */
export function judgeRun(facts: RunFacts, systems: readonly SystemMeasure[]): Judgement {
  const stuck = [...new Set(findStuck(facts).map(({ state }) => state))];
  const aborted = abortReasons(facts);
  const notReady = notReadyReasons(facts);
  if (stuck.length > 0)
    return { outcome: 'stuck', reasons: [...stuck, ...aborted, ...notReady, ...failures(facts, systems)] };
  if (aborted.length > 0)
    return { outcome: 'aborted', reasons: [...aborted, ...notReady, ...failures(facts, systems)] };
  if (notReady.length > 0) return { outcome: 'not-ready', reasons: notReady };
  const failed = failures(facts, systems);
  // What never came because something failed is no reason of its own.
  const open = [...doubts(facts, systems), ...(failed.length > 0 ? [] : missingRecords(facts))];
  if (failed.length > 0) return { outcome: 'failed', reasons: [...failed, ...open] };
  return open.length > 0 ? { outcome: 'inconclusive', reasons: open } : { outcome: 'passed', reasons: [] };
}

function abortReasons({ view, events }: RunFacts): string[] {
  const reasons = [
    ...eventsOf(events, 'approval.decided')
      .filter(({ decision }) => decision === 'declined')
      .map(({ as, role, note }) => `${as} (${role}) declined the approval${note ? `: ${note}` : ''}`),
    ...eventsOf(events, 'abort.requested').map(({ as, reason }) => `aborted by ${as}: ${reason}`),
    ...eventsOf(events, 'guardrail.tripped').map(
      ({ guardrail, reading }) => `guardrail ${guardrail} tripped: ${reading}`,
    ),
  ];
  const declined = eventsOf(events, 'approval.decided').some(({ decision }) => decision === 'declined');
  if (!view.aborted && !declined) return [];
  return reasons.length > 0 ? reasons : ['the run was aborted'];
}

function notReadyReasons({ plan, view, events }: RunFacts): string[] {
  const preflight = lastOf(events, 'preflight.finished');
  if (preflight && !preflight.ready) return explained('preflight', preflight.findings);
  const baseline = lastOf(events, 'baseline.finished');
  if (baseline && !baseline.held) return explained('baseline', baseline.findings);
  return view.path === 'refused' ? expiredApprovals(plan, view.approvals) : [];
}

/** Permission that ran out before it was used is none. */
const expiredApprovals = (plan: Plan, given: readonly GivenApproval[]) =>
  given
    .filter(({ expired }) => expired)
    .map(
      ({ as, role }) =>
        `the approval of ${as} (${role}) expired after ${formatDuration(plan.approvals.expiresMs)}, before the first step was sent`,
    );

const explained = (phase: string, findings: readonly string[]) =>
  findings.length > 0 ? findings.map((finding) => `${phase}: ${finding}`) : [`${phase} did not hold`];

function failures(facts: RunFacts, systems: readonly SystemMeasure[]): string[] {
  return [
    ...failedSteps(facts),
    ...unansweredGates(facts),
    ...relapsed(facts, false),
    ...unreadableCanaries(facts),
    ...missedObjectives(systems),
    ...takenUpAgain(facts),
  ];
}

/** What had to be restored by hand after the end was not restored by the drill. */
const takenUpAgain = ({ events }: RunFacts) =>
  eventsOf(events, 'run.reopened')
    .filter((event) => event.for === 'restoration')
    .map(({ as, reason }) => `restoration had to be taken up again by ${as} after the run had ended stuck: ${reason}`);

/** Restoration's steps are judged by `findStuck`, unless a person skipped what was red. */
function failedSteps(facts: RunFacts): string[] {
  const { plan, view, steps } = facts;
  // A creation or a disruption that did not succeed is taken back all the same, and has failed the run before that.
  const isFailed = ({ id }: PlannedStep) =>
    endStatus(view.status(id)) === 'failed' ||
    (view.status(id) === 'undone' && recordOf(steps, id).ended !== 'succeeded' && recordOf(steps, id).skipped === null);
  return plan.steps
    .filter((step) => (step.phase !== 'restoration' && isFailed(step)) || isSkippedRed(facts, step))
    .map((step) => {
      const { id, kind } = step;
      const record = recordOf(steps, id);
      const { check, error } = record;
      const late = timedOutText(step, record);
      if (late) return `${kind === 'check' ? 'check' : 'step'} ${id} ${late}`;
      if (check) return `check ${id}: expected ${check.expected}, observed ${check.observed}`;
      return `${kind === 'check' ? 'check' : 'step'} ${id} failed${error ? `: ${error.message} (${error.code})` : ''}`;
    });
}

/** A check that judged false has judged: skipping it afterwards takes nothing back. */
function isSkippedRed({ view, steps }: RunFacts, { id, kind }: PlannedStep): boolean {
  const { ended, timedOutAt } = recordOf(steps, id);
  return kind === 'check' && endStatus(view.status(id)) === 'skipped' && (ended === 'failed' || timedOutAt !== null);
}

/** Undone steps may have failed the run before they were taken back, so the gates are judged by their own events. */
function unansweredGates({ plan, events }: RunFacts): string[] {
  const fired = new Set(eventsOf(events, 'timer.fired').map(({ timer }) => timer));
  const stable = new Set(eventsOf(events, 'probe.stable').map(({ probe }) => probe));
  const declared = firstOf(events, 'declaration.made');
  const undetected = fired.has('detection') && !declared;
  const undeclared = fired.has('declaration') && !declared;
  const unstable = fired.has('stability') ? plan.probes.filter(({ id }) => !stable.has(id)) : [];
  return [
    ...(undetected ? [`the disruption was not detected within ${formatDuration(plan.detectionTimeoutMs)}`] : []),
    ...(undeclared ? ['the disruption was seen, and nobody declared recovery in time'] : []),
    ...unstable.map(({ id }) => `probe ${id} was not stable within ${formatDuration(plan.stabilityTimeoutMs)}`),
  ];
}

/** A service that failed again and came back leaves a doubt; one that did not come back failed. */
const relapsed = (facts: RunFacts, cameBack: boolean) =>
  relapsesOf(facts)
    .filter((relapse) => relapse.cameBack === cameBack)
    .map(({ what }) => what);

const unreadableCanaries = ({ events }: RunFacts) =>
  eventsOf(events, 'canary.unreadable').map(
    ({ canary, error }) => `canary ${canary} could not be read back: ${error.message}`,
  );

const measuresOf = ({ result }: SystemMeasure) => [
  { name: `${result.system}: RTO`, ...result.rto },
  { name: `${result.system}: RPO`, ...result.rpo },
];

const missedObjectives = (systems: readonly SystemMeasure[]) =>
  systems
    .flatMap(measuresOf)
    .flatMap(({ name, verdict, ...measure }) =>
      verdict === 'missed'
        ? [`${name} was ${actualText(measure)} and missed its objective of ${objectiveText(measure)}`]
        : [],
    );

/** What keeps a run without a failure from being a proof. */
function doubts(facts: RunFacts, systems: readonly SystemMeasure[]): string[] {
  const open = openObjectives(facts, systems);
  return [
    ...relapsed(facts, true),
    ...undoneWork(facts),
    ...untried(facts),
    ...unproved(facts, systems),
    ...unprovedReasons(facts.plan, facts.events),
    ...open,
    ...unwatched(systems)
      .filter(({ why }) => !open.some((reason) => reason.includes(why)))
      .map(({ system, why }) => `${system}: ${why}`),
    ...clockSteps(facts).map(
      (step) => `the observer's clock was ${clockStepText(step)}: time across it is not measured`,
    ),
    ...otherPath(facts),
  ];
}

function undoneWork({ plan, view, steps }: RunFacts): string[] {
  return plan.steps.flatMap((step) => {
    const { id, kind, undo, creates } = step;
    const status = endStatus(view.status(id));
    const record = recordOf(steps, id);
    // Who leaves out what the drill is about has shown nothing; what was never sent and proves nothing may be left out.
    if (record.skipped !== null)
      return isEssential(step) || (record.sent && kind !== 'check')
        ? [`step ${id} was skipped by ${record.skipped.as}: ${record.skipped.reason}`]
        : [];
    if (kind === 'fault' && undo === 'reversible' && status === 'succeeded')
      return [`the disruption of step ${id} was not ended`];
    if (creates !== undefined && status === 'succeeded') return [`what step ${id} created was not removed`];
    return status === 'not-started' || status === 'skipped' ? [`step ${id} was not done (${status})`] : [];
  });
}

/** A page is people's own work and judgement: outside verification they may leave it out. */
const isEssential = ({ kind, page, phase, changesDataRoles, child }: PlannedStep) =>
  (kind === 'check' && page === undefined) ||
  phase === 'verification' ||
  phase === 'disruption' ||
  changesDataRoles ||
  child !== undefined;

/** A promotion that somebody else had made before shows nothing of the recovery that the drill is about. */
const untried = ({ plan, steps }: RunFacts) =>
  plan.steps
    .filter(
      ({ id, phase, changesDataRoles }) => phase === 'recovery' && changesDataRoles && isFound(recordOf(steps, id)),
    )
    .map(({ id }) => `step ${id} was found done and never sent: it shows nothing of the recovery`);

function unproved({ plan, events }: RunFacts, systems: readonly SystemMeasure[]): string[] {
  const disrupts = plan.steps.some(({ phase }) => phase === 'disruption');
  const verifies =
    runsChildren(plan) ||
    plan.probes.length > 0 ||
    plan.steps.some(({ phase, kind }) => phase === 'verification' && kind === 'check');
  return [
    ...(disrupts && systems.some(({ result }) => result.instants.T0 === null)
      ? ['nothing on record shows when the disruption took effect']
      : []),
    ...(verifies ? [] : ['the drill has neither checks nor probes: nothing was verified']),
    ...(isProved(settledProofOf(plan, events)) ? [] : ['restoration was not proved']),
  ];
}

/** Only objectives that the drill has count. A rehearsal passes over an RTO that the twin's speed alone left unmeasured. */
function openObjectives({ events }: RunFacts, systems: readonly SystemMeasure[]): string[] {
  const rehearsal = firstOf(events, 'run.opened')?.rehearsal ?? false;
  return systems.flatMap((system) => {
    const counted = measuresOf(system).filter(({ objectiveMs }) => objectiveMs !== null);
    const passedOver = rehearsal && system.compressed ? `${system.result.system}: RTO` : undefined;
    return counted.flatMap(({ name, verdict, reason, ...measure }) => {
      if (verdict === 'inconclusive')
        return [`${name} of ${actualText(measure)} is too close to its objective of ${objectiveText(measure)} to tell`];
      return verdict === 'not-measured' && name !== passedOver
        ? [`${name} was not measured: ${reason ?? 'no reason on record'}`]
        : [];
    });
  });
}

/** Whether or not an objective needs the time: a probe that was broken has not watched the recovery. */
const unwatched = (systems: readonly SystemMeasure[]) =>
  systems.flatMap(({ result: { system }, unwatched: why }) => (why === undefined ? [] : [{ system, why }]));

/** The machine itself must have seen a success; a difference of opinion is never settled in favour of the drill. */
const otherPath = ({ view }: RunFacts) =>
  view.path === null || view.path === 'success'
    ? []
    : [`restoration went the way of a drill that did not succeed (${view.path})`];
