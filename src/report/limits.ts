// What this drill did not show. A report that hides its limits is worth nothing to the person who has to rely on it.
import { parseInstant } from '../model/clock.ts';
import { formatDuration } from '../model/duration.ts';
import type { DrillEvent } from '../model/events.ts';
import type { DrillResult, SystemResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { eventsOf, firstOf } from './event-log.ts';
import { concerns, fasterWithin } from './faster-operations.ts';
import { count, timeOfDay } from './formula.ts';
import { type OrchestratorGap, orchestratorGaps } from './orchestrator-gaps.ts';
import { isFound, stepLog } from './step-log.ts';

/** Sentences, most important first. */
export function limitsOf(result: DrillResult, plan: Plan, events: readonly DrillEvent[]): readonly string[] {
  return [
    ...environmentLimits(result, events),
    ...result.systems.flatMap(systemLimits),
    ...result.systems.flatMap((system) => passedOver(system, plan, events)),
    ...workLimits(result, events),
    ...peopleLimits(events),
    ...clockLimits(events),
    ...(plan.systems.length > 1
      ? ['A fault is not told apart by system: every system counts from the earliest disruption (T0).']
      : []),
  ];
}

const TWIN =
  'It ran on a local twin of Azure. A twin shows that the procedure works and what it loses on the way; it proves nothing about Azure.';

function environmentLimits({ environment }: DrillResult, events: readonly DrillEvent[]): string[] {
  const faster = environment.fasterThanRecorded.flatMap(({ operation, tookMs, recordedMs }) =>
    tookMs === null || recordedMs === null
      ? []
      : [
          `${operation} took ${formatDuration(tookMs)} on the twin; recorded on Azure are ${formatDuration(recordedMs)} or more. There it takes longer.`,
        ],
  );
  return [...(environment.kind === 'twin' ? [TWIN] : []), ...faster, ...new Set(incomparable(events))];
}

const SAYS_NOTHING = 'Its time says nothing.';

/** Whenever it ran: no report may leave the impression that such a time was held against Azure. */
const incomparable = (events: readonly DrillEvent[]): readonly string[] =>
  eventsOf(events, 'twin.faster')
    .flatMap(({ operations }) => operations)
    .flatMap(({ operation, tookMs, recordedMs }) => {
      if (tookMs === null) return [`${operation} was not over on the twin when the run was judged. ${SAYS_NOTHING}`];
      const took = `${operation} took ${formatDuration(tookMs)} on the twin`;
      return recordedMs === null ? [`${took}; nobody recorded how long it takes on Azure. ${SAYS_NOTHING}`] : [];
    });

/** Verification begins when the recovery of all systems is over, on Azure too. */
function passedOver(
  { system, rto, instants: { T0, T5 } }: SystemResult,
  plan: Plan,
  events: readonly DrillEvent[],
): readonly string[] {
  if (rto.actualMs === null || T0 === null || T5 === null) return [];
  const others = fasterWithin({ events }, parseInstant(T0.at), parseInstant(T5.at)).filter(
    (operation) => !concerns({ plan }, system, operation),
  );
  return [...new Set(others.map(({ operation }) => operation))].map(
    (operation) =>
      `RTO of ${system} passes over ${operation}, which belongs to another system. The drill verifies ${system} only when that is over too: on Azure it would count the longer wait.`,
  );
}

function systemLimits({ system, instants, rto, rpo }: SystemResult): string[] {
  const unmeasured = [
    { name: 'RTO', ...rto },
    { name: 'RPO', ...rpo },
  ].filter(({ verdict }) => verdict === 'not-measured');
  return [
    ...(instants.T0?.simulated ? [`The disruption of ${system} was simulated: nothing was taken down.`] : []),
    ...unmeasured.map(({ name, reason }) => `${name} of ${system} was not judged: ${reason ?? 'no reason on record'}.`),
    ...(rpo.inDoubt ? [doubtOf(system, rpo.inDoubt)] : []),
    ...(rpo.acknowledged === null ? [] : [`Loss was counted on canary writes to ${system}, not on its users' own.`]),
    ...(instants.T6 === null ? [`Nobody signed ${system} off for business use (T6).`] : []),
  ];
}

const doubtOf = (system: string, inDoubt: number): string =>
  inDoubt === 1
    ? `1 canary write of ${system} was sent and never acknowledged: it counts neither as lost nor as kept.`
    : `${count(inDoubt)} canary writes of ${system} were sent and never acknowledged: they count neither as lost nor as kept.`;

function workLimits({ steps, checks, children = [] }: DrillResult, events: readonly DrillEvent[]): string[] {
  const found = [...stepLog(events)].flatMap(([id, record]) => (isFound(record) ? [id] : []));
  const idle = steps.filter(({ status }) => status === 'skipped' || status === 'not-started').map(({ id }) => id);
  return [
    ...(idle.length > 0 ? [`These steps were not done: ${idle.join(', ')}.`] : []),
    ...(found.length > 0 ? [`These steps were found done, so nothing was sent: ${found.join(', ')}.`] : []),
    ...(children.length > 0 ? ['What its child drills did not show stands in their own reports.'] : []),
    ...(checks.length === 0 && children.length === 0
      ? ['No check looked at the data or the service after recovery.']
      : []),
  ];
}

function peopleLimits(events: readonly DrillEvent[]): string[] {
  const opened = firstOf(events, 'run.opened');
  const unverified = eventsOf(events, 'approval.decided').some(({ automatic, verified }) => !automatic && !verified);
  return [
    ...(opened?.unattended ? ['Nobody was asked: approvals and answers were given automatically.'] : []),
    ...(opened?.rehearsal
      ? ['It was a rehearsal: an RTO that only the speed of the twin left unmeasured was passed over.']
      : []),
    ...(unverified ? ['Who approved was not verified: names are as they were given.'] : []),
  ];
}

function clockLimits(events: readonly DrillEvent[]): string[] {
  const gaps = orchestratorGaps(events);
  const stepped = eventsOf(events, 'clock.stepped').length;
  return [
    ...(gaps.length > 0
      ? [
          `The run was interrupted and taken over ${times(gaps.length)}: nobody looked in between (${gaps.map(gapText).join(', ')}), and the recovery clock went on.`,
        ]
      : []),
    ...(stepped > 0
      ? [`The observer's clock was stepped or the machine slept ${times(stepped)}: time across it is not measured.`]
      : []),
  ];
}

/** `10:00:19.400 to 10:00:20.000, 600 ms`. */
const gapText = ({ from, to }: OrchestratorGap): string =>
  `${timeOfDay(from)} to ${timeOfDay(to)}, ${formatDuration(to - from)}`;

const times = (value: number) => (value === 1 ? 'once' : `${value} times`);
