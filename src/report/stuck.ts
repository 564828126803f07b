// What stands where when a run is stuck, and which command a person can run. The tool itself guesses nothing here.
import type { DrillResult } from '../model/result.ts';
import type { PlannedStep } from '../plan/plan.ts';
import type { StepStatus } from '../statechart/kernel.ts';
import { settledProofOf } from './acceptance.ts';
import { childResults } from './children.ts';
import { differenceOf } from './difference.ts';
import { eventsOf, firstOf } from './event-log.ts';
import { goneWorld } from './gone-world.ts';
import { makerOf } from './left-overs.ts';
import type { RunFacts } from './run-facts.ts';
import { recordOf, type StepRecord } from './step-log.ts';
import { endStatus } from './step-results.ts';
import { timedOutText } from './timed-out.ts';

type Stuck = DrillResult['stuck'][number];

/** A row for each thing that stands; empty when nothing is stuck. What people accepted by name is not among them. */
export function findStuck(facts: RunFacts): readonly Stuck[] {
  return [
    ...worldGone(facts),
    ...stuckSteps(facts),
    ...stuckChildren(facts),
    ...leftOvers(facts),
    ...differences(facts),
  ];
}

/** Nothing that could still be done proves anything here. */
function worldGone(facts: RunFacts): readonly Stuck[] {
  const gone = goneWorld(facts);
  if (gone === undefined) return [];
  const state = `the twin that was disrupted is gone (${gone.known}); nothing on the present one (${gone.other}) proves anything`;
  return [{ step: null, resource: null, state, command: `drillmaster status ${runOf(facts)}` }];
}

function stuckSteps(facts: RunFacts): readonly Stuck[] {
  const named = new Set(facts.view.stuck);
  return facts.plan.steps
    .filter((step) => named.has(step.id) || needsSomebody(facts, step))
    .flatMap((step) => stuckStep(facts, step));
}

/** What a child could not restore, its parent has not restored either. */
const stuckChildren = (facts: RunFacts): readonly Stuck[] =>
  (childResults(facts) ?? [])
    .filter(({ outcome }) => outcome === 'stuck')
    .map(({ drill, run }) => ({
      step: eventsOf(facts.events, 'child.ended').find((ended) => ended.run === run)?.step ?? null,
      resource: null,
      state: `child run ${run} of ${drill} is stuck: its own report says what stands where`,
      command: `drillmaster restore ${quoted(run)}`,
    }));

/** Restoration brings back what people use: a step of it that failed, or an undo without its end, is nobody's to shrug off. */
function needsSomebody({ view, steps }: RunFacts, { id, phase }: PlannedStep): boolean {
  const status = endStatus(view.status(id));
  const { undoStartedAt, undoneAt } = recordOf(steps, id);
  return (
    status === 'stuck' ||
    (phase === 'restoration' && status === 'failed') ||
    (undoStartedAt !== null && undoneAt === null)
  );
}

/** A row for each resource that the step touches. */
function stuckStep(facts: RunFacts, step: PlannedStep): readonly Stuck[] {
  const record = recordOf(facts.steps, step.id);
  const doing = record.undoStartedAt !== null && record.undoneAt === null ? 'undo of step' : 'step';
  const late = doing === 'step' ? timedOutText(step, record) : undefined;
  const why = late ?? whyStuck(record, facts.view.status(step.id));
  const touched = [...step.writes, ...(step.creates ?? [])];
  const where = touched.length === 0 ? '' : ` on ${touched.join(', ')}`;
  const state = `${doing} ${step.id} (${step.uses})${where}: ${why}`;
  return (touched.length === 0 ? [null] : touched).map((resource) => ({
    step: step.id,
    resource,
    state,
    command: restoreCommand(facts),
  }));
}

function whyStuck({ error, detail, sent }: StepRecord, status: StepStatus): string {
  if (error) return `${error.code}: ${error.message}`;
  const unknown = 'nobody can tell what became of its request';
  if (detail === null) return unknown;
  return sent && status === 'stuck' && !detail.startsWith('nobody can tell') ? `${unknown}: ${detail}` : detail;
}

const leftOvers = (facts: RunFacts): readonly Stuck[] =>
  settledProofOf(facts.plan, facts.events).open.leftOvers.map((item) => ({
    step: makerOf(facts, item),
    resource: item,
    state: `left over: ${item}`,
    command: restoreCommand(facts),
  }));

function differences(facts: RunFacts): readonly Stuck[] {
  const proof = settledProofOf(facts.plan, facts.events);
  if (proof.verdict !== 'not proved') return [];
  const stands = (resource: string | null, state: string): Stuck => ({
    step: null,
    resource,
    state,
    command: restoreCommand(facts),
  });
  const unnamed = proof.differences.length + proof.leftOvers.length === 0;
  return unnamed
    ? [stands(null, 'restoration could not be proved')]
    : proof.open.differences.map((text) => stands(differenceOf(text).resource, `differs from the baseline: ${text}`));
}

const runOf = ({ events }: RunFacts) => quoted(firstOf(events, 'run.opened')?.run ?? '');
const restoreCommand = (facts: RunFacts) => `drillmaster restore ${runOf(facts)}`;

/** Names come from files and clouds: whatever is not plain is quoted, so that a copied command does what it says. */
export const quoted = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
