// The live view as text: calm, at most 80 columns, the same facts in the same places.
import { formatDuration } from '../../model/duration.ts';
import { PHASES } from '../../model/phase.ts';
import type { Plan } from '../../plan/plan.ts';
import { printable } from '../../report/printable.ts';
import { peopleLines } from './people-lines.ts';
import type { Progress, StepProgress } from './progress.ts';

const COLUMNS_MAX = 80;
const BAR_CELLS = 24;

/** All lines of the view at `now`. */
export function renderProgress(plan: Plan, progress: Progress, now: number): string {
  const lines = [
    `${plan.title}`,
    `run ${progress.run}, ${formatDuration(now - progress.startedAt)}`,
    '',
    phasesLine(progress),
    ...peopleLines(plan, progress, now),
    ...stepLines(plan, progress, now),
    '',
    ...plan.systems.flatMap((system) => systemLines(plan, progress, system, now)),
    ...(progress.aborted === undefined ? [] : ['', `aborting: ${progress.aborted}; restoration goes on`]),
  ];
  return lines.map((line) => printable(line).slice(0, COLUMNS_MAX)).join('\n');
}

function phasesLine({ phase }: Progress): string {
  const at = PHASES.indexOf(phase);
  const shown = PHASES.filter((name) => name !== 'closed');
  const words = shown.map((name, index) => (index < at ? '•' : index === at ? name : '·'));
  return `  ${words.join(' ')}`;
}

function stepLines(plan: Plan, progress: Progress, now: number): readonly string[] {
  const shown = plan.steps.filter(({ id, phase }) => phase === progress.phase || progress.steps.has(id));
  const width = Math.max(0, ...shown.map(({ id }) => id.length));
  return shown.map((step) => {
    const state = progress.steps.get(step.id);
    return `  ${step.id.padEnd(width)}  ${state === undefined ? waiting(step.needs) : stateText(state, now)}`;
  });
}

const waiting = (needs: readonly string[]) => (needs.length === 0 ? 'waits' : `waits for ${needs.join(', ')}`);
const stateText = ({ state, startedAt, endedAt }: StepProgress, now: number) =>
  `${state.padEnd(8)} ${formatDuration((endedAt ?? now) - startedAt)}`;

function systemLines(plan: Plan, progress: Progress, system: string, now: number): readonly string[] {
  const objective = plan.objectives.find((candidate) => candidate.system === system);
  return [
    ...rtoLine(plan, progress, system, objective?.rtoMs, now),
    ...plan.canaries.filter((canary) => canary.system === system).map(({ id }) => canaryLine(progress, id)),
    ...plan.probes.filter((probe) => probe.system === system).map(({ id }) => probeLine(progress, id, now)),
  ];
}

function rtoLine(
  plan: Plan,
  progress: Progress,
  system: string,
  rtoMs: number | undefined,
  now: number,
): readonly string[] {
  if (rtoMs === undefined) return [];
  if (progress.disruptedAt === undefined)
    return [`${system}: RTO objective ${formatDuration(rtoMs)}, the clock starts with the disruption`];
  const passed = (stoppedAt(plan, progress, system) ?? now) - progress.disruptedAt;
  return [`${system}: RTO clock ${formatDuration(passed)} of ${formatDuration(rtoMs)}  ${bar(passed / rtoMs)}`];
}

function stoppedAt(plan: Plan, progress: Progress, system: string): number | undefined {
  const probes = plan.probes.filter((probe) => probe.system === system);
  const since = probes.map(({ id }) => progress.stableSince.get(id));
  return probes.length > 0 && since.every((at) => at !== undefined) ? Math.max(...since) : undefined;
}

function bar(share: number): string {
  const full = Math.min(BAR_CELLS, Math.round(share * BAR_CELLS));
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]${share > 1 ? ' over' : ''}`;
}

function canaryLine(progress: Progress, id: string): string {
  const known = progress.canaries.get(id);
  if (known === undefined) return `${id}: no writes yet`;
  const lost = known.lost === undefined ? 'lost is known after recovery' : `${known.lost} lost`;
  return `${id}: ${known.acknowledged} acknowledged, ${known.inDoubt} in doubt, ${lost}`;
}

function probeLine(progress: Progress, id: string, now: number): string {
  const known = progress.probes.get(id);
  if (known === undefined) return `${id}: not read yet`;
  const length = formatDuration(Math.max(0, now - known.since));
  return known.healthy
    ? `${id}: healthy for ${length}`
    : `${id}: failing for ${length} (${known.detail ?? 'no detail'})`;
}
