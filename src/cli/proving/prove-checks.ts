// `run --prove-checks`: rehearses the whole drill on a twin of its own, where each check must turn red on what it claims to find.
import { openMemoryStore } from '../../journal/memory.ts';
import { formatDuration } from '../../model/duration.ts';
import { toErrorData } from '../../model/errors.ts';
import type { EventOf, ProvedCheck } from '../../model/events.ts';
import type { Plan } from '../../plan/plan.ts';
import { catalogue } from '../../providers/catalogue.ts';
import { printable } from '../../report/printable.ts';
import { worldFileOf } from '../compose.ts';
import type { Terminal } from '../terminal.ts';
import type { Workspace } from '../workspace.ts';
import { endProofTwin, proofTwin } from './proof-twin.ts';
import { checksOf } from './rehearsal-plan.ts';
import { rehearse } from './rehearse.ts';

export interface ProofWishes {
  readonly run: string;
  readonly plan: Plan;
  readonly workspace: Workspace;
  readonly terminal: Terminal;
  /** Aborted: nothing is proved, and nothing of it is left. */
  readonly signal: AbortSignal;
}

type Proof = EventOf<'checks.proved'>;

/** Resolves when the twin is gone; undefined when it was aborted. What keeps a check from being proved stands in its `problem`: it never rejects for that. */
export async function proveChecks(wishes: ProofWishes): Promise<Proof | undefined> {
  const { plan, terminal, signal } = wishes;
  const since = performance.now();
  const refused = refusedAtOnce(plan);
  if (refused === undefined && checksOf(plan).length > 0)
    terminal.err(`proving its checks (${checksOf(plan).length}): the drill is rehearsed on a twin of its own`);
  const found = refused ?? (await onTwin(wishes));
  if (signal.aborted) return undefined;
  const proof: Proof = { type: 'checks.proved', tookMs: Math.round(performance.now() - since), checks: [...found] };
  terminal.err(summaryOf(proof));
  return proof;
}

/** Why there is no use in a rehearsal: one check, at least, could not be proved by it. */
function refusedAtOnce(plan: Plan): readonly ProvedCheck[] | undefined {
  const checks = checksOf(plan);
  if (checks.length === 0) return [];
  const problems = new Map(checks.map(({ id, uses }) => [id, problemOf(plan, uses)]));
  if ([...problems.values()].every((problem) => problem === undefined)) return undefined;
  return checks.map(({ id, uses }) =>
    untried(id, uses, problems.get(id) ?? 'it was not tried, because another one cannot be proved'),
  );
}

function problemOf(plan: Plan, uses: string): string | undefined {
  if (plan.steps.some(({ child }) => child !== undefined))
    return 'it stands beside child drills, which would have to be rehearsed with it';
  if (catalogue.actions.get(uses)?.claims !== undefined) return undefined;
  return `nothing is known to plant for ${uses}: only its author knows what it looks at`;
}

const untried = (step: string, uses: string, problem: string): ProvedCheck => ({
  ...{ step, uses, problem },
  proved: false,
  reading: null,
  claims: [],
});

async function onTwin(wishes: ProofWishes): Promise<readonly ProvedCheck[]> {
  const { plan, terminal } = wishes;
  const found = new Map<string, ProvedCheck>();
  let problem = 'the rehearsal ended before it';
  try {
    const twin = await proofTwin(wishes, worldFileOf(wishes.workspace, plan.environment.name), plan.environment.name);
    const onCheck = (check: ProvedCheck) => {
      found.set(check.step, check);
      terminal.err(lineOf(check));
      return checksOf(plan).every(({ id }) => hadItsTurn(found.get(id)));
    };
    problem = await rehearse({ ...wishes, twin, store: openMemoryStore(), onCheck });
  } catch (error) {
    problem = `the rehearsal failed: ${toErrorData(error).message.split('\n', 1)[0]}`;
  } finally {
    await endProofTwin(wishes.workspace, wishes.run, plan.environment.name);
  }
  return checksOf(plan).map(({ id, uses }) => found.get(id) ?? untried(id, uses, problem));
}

/** One that was not green may be tried again; one that was has been tried with everything. */
const hadItsTurn = (check: ProvedCheck | undefined): boolean => check !== undefined && check.reading !== null;

/** One line, whatever a service said: what a database reports may look like a line of ours. */
export function lineOf({ step, proved, claims, problem }: ProvedCheck): string {
  const red = claims.flatMap(({ plants }) => plants.filter((look) => look.red).map(({ planted }) => planted));
  return printable(`  ${proved ? 'seen red' : 'NOT PROVED'}  ${step}: ${problem ?? red.join(', ')}`);
}

function summaryOf({ checks, tookMs }: Proof): string {
  if (checks.length === 0) return 'there is no check of its own to prove; child drills prove theirs';
  const open = checks.filter(({ proved }) => !proved);
  const took = formatDuration(Math.round(tookMs / 100) * 100);
  return open.length === 0
    ? `every check was seen red (${checks.length}), which took ${took}`
    : `${open.length} of ${checks.length} checks are not proved (${took}): the drill does not begin`;
}
