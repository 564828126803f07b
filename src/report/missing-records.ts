// Nothing is green because it was not looked at: everything that a drill which passed must have on record, and what of it is not there.
import { formatDuration } from '../model/duration.ts';
import type { PlannedStep } from '../plan/plan.ts';
import { runsChildren } from './children.ts';
import { eventsOf, firstOf, lastOf } from './event-log.ts';
import { timeOfDay } from './formula.ts';
import type { RunFacts } from './run-facts.ts';
import { recordOf } from './step-log.ts';

/** One sentence for each thing that is missing, or that was looked at before it could mean anything. */
export function missingRecords(facts: RunFacts): readonly string[] {
  return [
    ...missingGates(facts),
    ...unseenRecovery(facts),
    ...earlyLooks(facts),
    ...childrenWithoutProof(facts),
    ...unfinished(facts),
  ];
}

function missingGates({ plan, events }: RunFacts): readonly string[] {
  const disrupts = plan.steps.some(({ phase }) => phase === 'disruption');
  const { required } = plan.approvals;
  const approved = eventsOf(events, 'approval.decided').filter(({ decision }) => decision === 'approved');
  const people = new Set(approved.map(({ as }) => as)).size;
  const isApproved = people >= required || approved.some(({ automatic }) => automatic);
  return [
    ...(firstOf(events, 'preflight.finished') ? [] : ['no preflight is on record']),
    ...(isApproved ? [] : [`expected ${required} approvals on record, found ${people}`]),
    ...(firstOf(events, 'baseline.finished') ? [] : ['no baseline is on record']),
    ...(disrupts && !firstOf(events, 'declaration.made') ? ['no declaration of the recovery is on record'] : []),
    ...(lastOf(events, 'restoration.cleaned') ? [] : ['nothing on record shows that the drill cleaned up']),
  ];
}

/** Probes and canaries of the plan are there to be heard, whether or not an objective needs them. */
function unseenRecovery({ plan, events }: RunFacts): readonly string[] {
  const stable = new Set(eventsOf(events, 'probe.stable').map(({ probe }) => probe));
  const collected = new Set(
    [...eventsOf(events, 'canary.survivors'), ...eventsOf(events, 'canary.unreadable')].map(({ canary }) => canary),
  );
  return [
    ...plan.probes.filter(({ id }) => !stable.has(id)).map(({ id }) => `probe ${id} was never seen to be stable`),
    ...plan.canaries.filter(({ id }) => !collected.has(id)).map(({ id }) => `canary ${id} was not read back`),
  ];
}

/** When the last step of recovery had succeeded, epoch ms; 0 when none did. What was seen before shows nothing of the recovery. */
export const recoveryEnd = ({ plan, steps }: Pick<RunFacts, 'plan' | 'steps'>): number =>
  Math.max(
    0,
    ...plan.steps
      .filter(({ id, phase }) => phase === 'recovery' && recordOf(steps, id).ended === 'succeeded')
      .map(({ id }) => recordOf(steps, id).endedAt ?? 0),
  );

function earlyLooks(facts: RunFacts): readonly string[] {
  const { plan, events, steps } = facts;
  const over = recoveryEnd(facts);
  const early = (what: string, at: number) =>
    at < over ? [`${what} looked at ${timeOfDay(at)}, before recovery was over (${timeOfDay(over)})`] : [];
  const isVerifying = ({ phase }: PlannedStep) => phase === 'verification';
  return [
    ...plan.steps.filter(isVerifying).flatMap(({ id }) => {
      const { startedAt } = recordOf(steps, id);
      return startedAt === null ? [] : early(`check ${id}`, startedAt);
    }),
    ...eventsOf(events, 'probe.stable').flatMap(({ probe, since }) => early(`probe ${probe}`, since)),
    ...plan.probes.flatMap(({ id, stableForMs }) =>
      eventsOf(events, 'probe.stable')
        .filter(({ probe, since, until }) => probe === id && until - since < stableForMs)
        .map(
          ({ since, until }) =>
            `probe ${id} was seen to be stable for ${formatDuration(until - since)}, expected ${formatDuration(stableForMs)}`,
        ),
    ),
  ];
}

/** A child that did not pass, or whose evidence is missing, proves nothing, whatever its step says. */
function childrenWithoutProof({ plan, events, steps }: RunFacts): readonly string[] {
  if (!runsChildren(plan)) return [];
  return plan.steps.flatMap(({ id, child }) => {
    if (child === undefined || recordOf(steps, id).skipped !== null) return [];
    const ended = eventsOf(events, 'child.ended').findLast(({ step }) => step === id);
    if (ended === undefined) return [`no end of the child drill of step ${id} is on record`];
    const { run, outcome, digest } = ended;
    if (outcome !== 'passed') return [`child run ${run} ended ${outcome}`];
    return digest === null ? [`child run ${run} has no evidence that verifies`] : [];
  });
}

/** The machine itself must have come to the end; a record that stops before it shows nothing of the rest. */
const unfinished = ({ view }: RunFacts): readonly string[] => [
  ...(view.phase === 'evaluation' ? [] : [`the run had not come to its end: it was in ${view.phase}`]),
  ...(view.path === null ? ['nothing on record shows that verification succeeded'] : []),
];
