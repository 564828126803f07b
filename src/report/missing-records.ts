// Nothing is green because it was not looked at: everything that a drill which passed must have on record, and what of it is not there.
import { formatDuration } from '../model/duration.ts';
import type { DrillEvent } from '../model/events.ts';
import { runsChildren } from './children.ts';
import { eventsOf, firstOf, lastOf } from './event-log.ts';
import { timeOfDay } from './formula.ts';
import { readingsOf, stretchesOf } from './probe-readings.ts';
import type { RunFacts } from './run-facts.ts';
import { hasJudged, recordOf } from './step-log.ts';

/** One sentence for each thing that is missing, or that was looked at before it could mean anything. */
export function missingRecords(facts: RunFacts): readonly string[] {
  return [
    ...missingGates(facts),
    ...unseenRecovery(facts),
    ...earlyLooks(facts),
    ...unborneWindows(facts),
    ...unjudgedChecks(facts),
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

/**
 * The place of the last success of a step of recovery: epoch ms, and its number in the journal; zeros when none succeeded. What was seen before
 * shows nothing of the recovery.
 */
export function recoveryEnd({ plan, events }: Pick<RunFacts, 'plan' | 'events'>): {
  readonly at: number;
  readonly seq: number;
} {
  const ids = new Set(plan.steps.filter(({ phase }) => phase === 'recovery').map(({ id }) => id));
  const isSuccess = (event: DrillEvent) =>
    event.type === 'step.succeeded' || (event.type === 'step.inspected' && event.finding === 'done');
  return events.findLast((event) => isSuccess(event) && 'step' in event && ids.has(event.step)) ?? { at: 0, seq: 0 };
}

function earlyLooks(facts: RunFacts): readonly string[] {
  const { plan, events } = facts;
  const over = recoveryEnd(facts);
  const early = (what: string, at: number) =>
    `${what} looked at ${timeOfDay(at)}, before recovery was over (${timeOfDay(over.at)})`;
  const checks = new Set(plan.steps.filter(({ phase }) => phase === 'verification').map(({ id }) => id));
  const first = [...checks].flatMap((id) => events.find((event) => 'step' in event && event.step === id) ?? []);
  return [
    ...first.flatMap((event) =>
      'step' in event && event.seq < over.seq ? [early(`check ${event.step}`, event.at)] : [],
    ),
    ...eventsOf(events, 'probe.stable').flatMap(({ probe, since, until }) => {
      const stableForMs = plan.probes.find(({ id }) => id === probe)?.stableForMs ?? 0;
      const short = `probe ${probe} was seen to be stable for ${formatDuration(until - since)}, expected ${formatDuration(stableForMs)}`;
      return [
        ...(since < over.at ? [early(`probe ${probe}`, since)] : []),
        ...(until - since < stableForMs ? [short] : []),
      ];
    }),
  ];
}

/** The claim that a service was stable is not believed: readings without a hole must show it, from its beginning to its end. */
const unborneWindows = ({ plan, events }: RunFacts): readonly string[] =>
  plan.probes.flatMap(({ id, everyMs }) => {
    const stretches = stretchesOf(readingsOf(events, id), everyMs).filter(({ healthy }) => healthy);
    return eventsOf(events, 'probe.stable')
      .filter(
        ({ probe, since, until }) =>
          probe === id && !stretches.some((seen) => seen.from <= since && seen.until >= until),
      )
      .map(
        ({ since, until }) =>
          `readings of probe ${id} do not bear out that it was stable from ${timeOfDay(since)} to ${timeOfDay(until)}`,
      );
  });

/** That a check succeeded is believed only with what it expected and observed. */
const unjudgedChecks = ({ plan, steps }: RunFacts): readonly string[] =>
  plan.steps
    .map((step) => ({ step, record: recordOf(steps, step.id) }))
    .filter(({ step, record }) => step.kind === 'check' && record.ended === 'succeeded' && !hasJudged(step, record))
    .map(({ step }) => `nothing on record shows that check ${step.id} judged anything`);

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
