// result.json as a value: a pure function of plan and events, so that anybody can make it again and compare.
import { formatInstant, parseInstant } from '../model/clock.ts';
import type { DrillEvent } from '../model/events.ts';
import { digestOf } from '../model/json.ts';
import type { DrillResult, SystemResult } from '../model/result.ts';
import { decidedAtOf } from '../plan/people-rules.ts';
import type { Plan } from '../plan/plan.ts';
import type { Kernel } from '../statechart/kernel.ts';
import { attestationsOf } from './attestations.ts';
import { childResults } from './children.ts';
import { eventsOf, firstOf } from './event-log.ts';
import { fasterWithin } from './faster-operations.ts';
import { differenceRows, leftOverRows } from './left-overs.ts';
import { orchestratorGaps } from './orchestrator-gaps.ts';
import { judgeRun } from './outcome.ts';
import { gatherFacts, type RunFacts } from './run-facts.ts';
import { checkResults, stepResults } from './step-results.ts';
import { findStuck } from './stuck.ts';
import { measureSystems } from './system-measures.ts';

/**
 * Makes the result of a run. `eventsHead` is the SHA-256 of the last stored line.
 * Throws a RangeError when the events do not begin with `run.opened`, and what the kernel throws on an impossible event.
 */
export function makeResult<State>(
  plan: Plan,
  kernel: Kernel<State>,
  events: readonly DrillEvent[],
  eventsHead: string,
): DrillResult {
  const facts = gatherFacts(plan, kernel, events);
  const opened = firstOf(events, 'run.opened');
  if (opened === undefined)
    throw new RangeError(`expected the events of a run to begin with run.opened, found ${events[0]?.type ?? 'none'}`);
  const measures = measureSystems(facts);
  const systems = measures.map(({ result }) => result);
  const { outcome, reasons } = judgeRun(facts, measures);
  const children = childResults(facts);
  return {
    formatVersion: 1,
    run: opened.run,
    drill: opened.drill,
    planDigest: digestOf(plan),
    outcome,
    reasons: [...reasons],
    verdictReasons: [...reasons],
    environment: { ...opened.environment, fasterThanRecorded: fasterThanRecorded(facts, systems) },
    systems,
    steps: [...stepResults(facts)],
    checks: [...checkResults(facts)],
    leftOvers: [...leftOverRows(facts)],
    differences: [...differenceRows(facts)],
    stuck: [...findStuck(facts)],
    orchestratorGaps: orchestratorGaps(facts.events).map(({ from, to }) => ({
      from: formatInstant(from),
      to: formatInstant(to),
    })),
    attestations: [...attestationsOf(facts, outcome)],
    approvals: approvalsOf(facts),
    pauses: facts.pauses.map(({ from, until, ...pause }) => ({
      ...pause,
      from: formatInstant(from),
      until: Number.isFinite(until) ? formatInstant(until) : null,
    })),
    ...(children !== undefined && { children }),
    eventsHead,
  };
}

/** The text of result.json: stable, readable, with a line feed at its end. */
export const resultText = (result: DrillResult): string => `${JSON.stringify(result, null, 2)}\n`;

/** Between the drill's T0 and T5; without a T5 everything after T0 counts, without a T0 everything. */
function fasterThanRecorded(facts: RunFacts, systems: readonly SystemResult[]) {
  const at = (name: 'T0' | 'T5') =>
    systems.flatMap(({ instants }) => (instants[name] === null ? [] : [parseInstant(instants[name].at)]));
  const from = Math.min(...at('T0'));
  const until = at('T5').length < systems.length ? Number.POSITIVE_INFINITY : Math.max(...at('T5'));
  return fasterWithin(facts, Number.isFinite(from) ? from : 0, until).map(({ operation, tookMs, recordedMs }) => ({
    operation,
    tookMs,
    recordedMs,
  }));
}

const approvalsOf = ({ events, view }: RunFacts): DrillResult['approvals'] =>
  eventsOf(events, 'approval.decided').map((event) => {
    const { role, as, decision, verified, automatic } = event;
    const at = decidedAtOf(event);
    const expired = view.approvals.some((given) => given.expired && given.as === as && given.at === at);
    return { role, as, at: formatInstant(at), decision, verified, automatic, ...(expired && { expired }) };
  });
