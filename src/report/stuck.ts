// What stands where when a run is stuck, and which commands a person can run. The tool itself guesses nothing here.
import { parseResourceId } from '../model/resource-id.ts';
import type { DrillResult } from '../model/result.ts';
import type { PlannedStep } from '../plan/plan.ts';
import type { StepStatus } from '../statechart/kernel.ts';
import { childResults } from './children.ts';
import { firstOf } from './event-log.ts';
import { goneWorld } from './gone-world.ts';
import { proofOf } from './proof.ts';
import type { RunFacts } from './run-facts.ts';
import { recordOf, type StepRecord } from './step-log.ts';
import { endStatus } from './step-results.ts';
import { timedOutText } from './timed-out.ts';

type Stuck = DrillResult['stuck'][number];

/** Empty when nothing is stuck. Commands are ready for a POSIX shell. */
export function findStuck(facts: RunFacts): readonly Stuck[] {
  return [
    ...worldGone(facts),
    ...stuckSteps(facts),
    ...stuckChildren(facts),
    ...leftOversOf(facts).map((item) => leftOver(facts, item)),
    ...differencesOf(facts),
  ];
}

/** Everything that the drill made and that still stands, as cleaning and proof found it. */
export const leftOversOf = ({ plan, events }: RunFacts): readonly string[] => proofOf(plan, events).leftOvers;

function worldGone(facts: RunFacts): readonly Stuck[] {
  const gone = goneWorld(facts);
  if (gone === undefined) return [];
  const what = `the twin that was disrupted is gone (${gone.known}); nothing on the present one (${gone.other}) proves anything`;
  return [{ what, commands: commandsFor(facts, facts.plan.scope) }];
}

function stuckSteps(facts: RunFacts): readonly Stuck[] {
  const named = new Set(facts.view.stuck);
  return facts.plan.steps
    .filter((step) => named.has(step.id) || needsSomebody(facts, step))
    .map((step) => stuckStep(facts, step));
}

/** What a child could not restore, its parent has not restored either. */
const stuckChildren = (facts: RunFacts): readonly Stuck[] =>
  (childResults(facts) ?? [])
    .filter(({ outcome }) => outcome === 'stuck')
    .map(({ drill, run }) => ({
      what: `child run ${run} of ${drill} is stuck: its own report says what stands where`,
      commands: [`drillmaster status ${quoted(run)}`],
    }));

/** Restoration brings back what people use: a step of it that failed is nobody's to shrug off. */
function needsSomebody({ view }: RunFacts, { id, phase }: PlannedStep): boolean {
  const status = endStatus(view.status(id));
  return status === 'stuck' || (phase === 'restoration' && status === 'failed');
}

function stuckStep(facts: RunFacts, step: PlannedStep): Stuck {
  const record = recordOf(facts.steps, step.id);
  const doing = record.undoStartedAt !== null && record.undoneAt === null ? 'undo of step' : 'step';
  const late = doing === 'step' ? timedOutText(step, record) : undefined;
  const why = late ?? whyStuck(record, facts.view.status(step.id));
  const touched = [...step.writes, ...(step.creates ?? [])];
  const where = touched.length === 0 ? '' : ` on ${touched.join(', ')}`;
  return { what: `${doing} ${step.id} (${step.uses})${where}: ${why}`, commands: commandsFor(facts, touched) };
}

function whyStuck({ error, detail, sent }: StepRecord, status: StepStatus): string {
  if (error) return `${error.code}: ${error.message}`;
  const unknown = 'nobody can tell what became of its request';
  if (detail === null) return unknown;
  return sent && status === 'stuck' && !detail.startsWith('nobody can tell') ? `${unknown}: ${detail}` : detail;
}

const leftOver = (facts: RunFacts, item: string): Stuck => ({
  what: `left over: ${item}`,
  commands: commandsFor(facts, parseResourceId(item) ? [item] : []),
});

function differencesOf(facts: RunFacts): readonly Stuck[] {
  const proof = proofOf(facts.plan, facts.events);
  if (proof.verdict !== 'not proved') return [];
  const differences = proof.differences.map((difference) => ({
    what: `differs from the baseline: ${difference}`,
    commands: commandsFor(facts, facts.plan.scope),
  }));
  const unexplained = { what: 'restoration could not be proved', commands: commandsFor(facts, facts.plan.scope) };
  return differences.length > 0 || proof.leftOvers.length > 0 ? differences : [unexplained];
}

/** Azure's own command line does not reach a twin, so a twin's commands are ours alone. */
function commandsFor({ plan, events }: RunFacts, ids: readonly string[]): string[] {
  const run = firstOf(events, 'run.opened')?.run ?? '';
  const look = plan.environment.kind === 'azure' ? ids.map(showCommand) : ['drillmaster twin status'];
  return [...look, `drillmaster status ${quoted(run)}`];
}

const SHOW_BY_TYPE: ReadonlyMap<string, string> = new Map([
  ['microsoft.dbforpostgresql/flexibleservers', 'az postgres flexible-server show --ids'],
  ['microsoft.network/trafficmanagerprofiles', 'az network traffic-manager profile show --ids'],
]);

const showCommand = (id: string): string => {
  const type = parseResourceId(id)?.type.toLowerCase() ?? '';
  return `${SHOW_BY_TYPE.get(type) ?? 'az resource show --ids'} ${quoted(id)}`;
};

/** Names come from files and clouds: whatever is not plain is quoted, so that a copied command does what it says. */
const quoted = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
