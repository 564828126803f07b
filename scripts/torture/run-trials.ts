// Trials by turns, some at a time, until each kind had its turn or the time is up.
import { randomOf } from '../../test/torture/random.ts';
import { judge } from './rules.ts';
import { NAME } from './small-drill.ts';
import { cleanUp, prepare, type Stage, TRIAL_KINDS } from './trial-kinds.ts';
import { makeWorkspace, processesMentioning, type Workspace } from './workspace.ts';

export interface TortureWishes {
  readonly seed: number;
  /** No trial begins after so long. */
  readonly ms: number;
  /** Each kind has so many turns at most. */
  readonly turns: number;
  readonly kinds: readonly string[];
  readonly atATime: number;
  readonly say: (line: string) => void;
}

export interface TrialReport {
  readonly kind: string;
  readonly seed: number;
  readonly outcome: string;
  readonly seconds: number;
  readonly violations: readonly string[];
  readonly skipped?: string | undefined;
  /** Kept for whoever looks into a failure. */
  readonly folder?: string;
}

export const KINDS: readonly string[] = Object.keys(TRIAL_KINDS);

export async function runTrials({
  seed,
  ms,
  turns,
  kinds,
  atATime,
  say,
}: TortureWishes): Promise<readonly TrialReport[]> {
  const endsAt = performance.now() + ms;
  const open = Array.from({ length: turns }, (_, turn) => kinds.map((kind) => ({ kind, seed: seed + turn }))).flat();
  const reports: TrialReport[] = [];
  const work = async () => {
    while (open.length > 0 && performance.now() < endsAt) {
      const next = open.shift();
      if (next === undefined) return;
      const report = await tryOnce(next.kind, next.seed);
      reports.push(report);
      say(lineOf(report));
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return reports;
}

/** Never rejects: what breaks the trial itself counts against it. */
async function tryOnce(kind: string, seed: number): Promise<TrialReport> {
  const startedAt = performance.now();
  const workspace = makeWorkspace();
  const judged = await attempt(kind, seed, workspace).catch((error: unknown) => ({
    outcome: 'broken',
    violations: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    skipped: undefined,
  }));
  await workspace.run('twin', 'down', NAME);
  cleanUp(kind, workspace);
  const left = processesMentioning(workspace.root).map((process) => `left behind: ${process}`);
  const violations = [...judged.violations, ...left];
  if (violations.length === 0) workspace.remove();
  const seconds = (performance.now() - startedAt) / 1000;
  const kept = violations.length === 0 ? {} : { folder: workspace.root };
  return { kind, seed, outcome: judged.outcome, seconds, violations, skipped: judged.skipped, ...kept };
}

async function attempt(kind: string, seed: number, workspace: Workspace) {
  const skipped = prepare(kind, workspace);
  if (skipped !== undefined) return { outcome: '-', violations: [], skipped };
  const up = await workspace.run('twin', 'up', NAME);
  if (up.status !== 0) throw new Error(`expected the twin to come up, found ${up.stderr}`);
  const stage: Stage = { workspace, next: randomOf(seed * 1000 + KINDS.indexOf(kind)), acknowledged: [] };
  const happened = await TRIAL_KINDS[kind]?.(stage);
  if (happened === undefined) throw new Error(`expected one of ${KINDS.join(', ')}, found ${kind}`);
  const { ran, violations = [], skipped: why } = happened;
  const judged = await judge(workspace, ran, stage.acknowledged);
  return { outcome: judged.outcome, violations: [...violations, ...judged.violations], skipped: why };
}

function lineOf({ kind, seed, outcome, seconds, violations, skipped, folder }: TrialReport): string {
  const head = `${kind.padEnd(28)} seed ${seed}  ${outcome.padEnd(13)} ${seconds.toFixed(1).padStart(6)} s`;
  if (skipped !== undefined && violations.length === 0) return `${head}  skipped: ${skipped}`;
  if (violations.length === 0) return `${head}  survived`;
  const again = `npm run torture -- --only '${kind}' --seed ${seed} --turns 1`;
  return [`${head}  NOT SURVIVED, kept in ${folder}; again: ${again}`, ...violations].join('\n    ');
}

/** What was tried and survived, one line a kind. */
export function tableOf(reports: readonly TrialReport[]): string {
  const rows = [...Map.groupBy(reports, ({ kind }) => kind)].map(([kind, of]) => {
    const skipped = of.filter((report) => report.skipped !== undefined).length;
    const survived = of.filter(({ violations }) => violations.length === 0).length - skipped;
    const outcomes = [...Map.groupBy(of, ({ outcome }) => outcome)]
      .map(([name, all]) => `${all.length} ${name}`)
      .join(', ');
    return `${kind.padEnd(28)}${String(of.length - skipped).padStart(6)}${String(survived).padStart(10)}${String(skipped).padStart(9)}  ${outcomes}`;
  });
  return [
    `${'tried'.padEnd(28)}${'trials'.padStart(6)}${'survived'.padStart(10)}${'skipped'.padStart(9)}  outcomes`,
    ...rows,
  ].join('\n');
}
