import { parentRunOf } from '../../model/child.ts';
import { formatInstant } from '../../model/clock.ts';
import type { Plan } from '../../plan/plan.ts';
import { printable } from '../../report/printable.ts';
import type { RunView } from '../../statechart/kernel.ts';
import type { ChildStatus } from '../children/child-status.ts';
import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import { fitLine } from '../fit-line.ts';
import { jsonText } from '../terminal.ts';

export const status: Command = {
  name: 'status',
  summary: 'show where a run stands',
  args: [['[run]', 'run; default: the newest']],
  options: [['--json', 'as JSON']],
  run: async ({ args: [name], options, terminal }) => {
    const [
      { findRun, withStore },
      { createKernel, fold },
      { formatDuration },
      { waitsFor },
      { childrenOf },
      { timedOutIn },
      { planOfRun },
    ] = await Promise.all([
      import('../store.ts'),
      import('../../statechart/index.ts'),
      import('../../model/duration.ts'),
      import('../people-text.ts'),
      import('../children/child-status.ts'),
      import('../../report/step-log.ts'),
      import('../plan-of-run.ts'),
    ]);
    const [{ findWorkspace }, { newestPackage, packageDir }, { missingEvidence, missingEvidenceText }] =
      await Promise.all([import('../workspace.ts'), import('../newest-package.ts'), import('../missing-evidence.ts')]);
    const { record, events, children } = await withStore(options, async (store) => {
      const found = await findRun(store, name);
      return { record: found, events: await store.events(found.run), children: await childrenOf(store, found) };
    });
    const plan = planOfRun(record, events);
    const kernel = createKernel(plan);
    const view = kernel.view(fold(kernel, events));
    const lastAt = events.at(-1)?.at ?? record.openedAt;
    const workspace = findWorkspace(process.cwd(), options);
    const missing = record.outcome === null ? undefined : missingEvidence(packageDir(workspace, record.run, events));
    const shown = {
      run: record.run,
      drill: record.drill,
      parent: parentRunOf(record.run) ?? null,
      openedAt: formatInstant(record.openedAt),
      phase: view.phase,
      outcome: record.outcome,
      writer: record.writer?.pid ?? null,
      events: events.length,
      lasted: formatDuration(lastAt - record.openedAt),
      lastEventAt: formatInstant(lastAt),
      aborted: view.aborted,
      paused: view.paused,
      approvals: view.approvals.map(({ as, role, expired }) => ({ as, role, expired })),
      waitsFor: [...waitsFor(plan, view, record.run), ...children.flatMap((child) => child.waitsFor)],
      refused: events.flatMap((event) =>
        event.type === 'command.refused' ? [{ command: event.command, as: event.as, why: event.why }] : [],
      ),
      stuck: view.stuck,
      evidence: newestPackage(workspace, record.run, events),
      missingEvidence: missing ?? null,
      children: children.map(({ waitsFor: _, ...child }) => child),
      steps: stepsOf(plan, view, timedOutIn(events)),
    };
    const ago = record.outcome === null ? `, ${formatDuration(Math.max(0, Date.now() - lastAt))} ago` : '';
    const lines = () =>
      [
        ...linesOf(shown, ago, formatDuration),
        ...(missing === undefined ? [] : [missingEvidenceText(missing, record.run)]),
      ]
        .map(printable)
        .flatMap((line) => (terminal.forPeople ? fitLine(line) : [line]));
    terminal.out(options['json'] === true ? jsonText(shown) : lines().join('\n'));
    return PASSED;
  },
};

const stepsOf = (plan: Plan, view: RunView, timedOut: ReadonlySet<string>) =>
  plan.steps.map(({ id, phase, timeoutMs }) => ({
    id,
    phase,
    status: view.status(id),
    attempt: view.attempt(id),
    ...(timedOut.has(id) && { timedOutAfterMs: timeoutMs }),
  }));

interface Shown {
  readonly run: string;
  readonly phase: string;
  readonly outcome: string | null;
  readonly writer: number | null;
  readonly events: number;
  readonly lasted: string;
  readonly lastEventAt: string;
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly approvals: readonly { readonly as: string; readonly role: string; readonly expired: boolean }[];
  readonly waitsFor: readonly string[];
  readonly refused: readonly { readonly command: string; readonly as: string; readonly why: string }[];
  readonly stuck: readonly string[];
  readonly evidence: string | null;
  readonly parent: string | null;
  readonly children: readonly Omit<ChildStatus, 'waitsFor'>[];
  readonly steps: ReturnType<typeof stepsOf>;
}

/** A line a fact. `ago`: how long ago the last event of an open run was. */
function linesOf(shown: Shown, ago: string, format: (ms: number) => string): readonly string[] {
  const state = shown.outcome ?? (shown.writer === null ? 'interrupted' : `running, process ${shown.writer}`);
  return [
    `${shown.run}: ${state}`,
    ...(shown.parent === null ? [] : [`child of ${shown.parent}`]),
    `phase ${shown.phase}, ${shown.events} events in ${shown.lasted}${shown.aborted ? ', aborted' : ''}${shown.paused ? ', paused' : ''}`,
    `last event ${shown.lastEventAt}${ago}`,
    ...shown.approvals.map(({ as, role, expired }) => `approved by ${as} as ${role}${expired ? ', expired' : ''}`),
    ...shown.waitsFor,
    ...shown.refused.map(({ command, as, why }) => `${command} by ${as} was not done: ${why}`),
    ...shown.steps.map(
      ({ id, phase, status: step, attempt, timedOutAfterMs: ms }) =>
        `  ${phase.padEnd(13)}${id.padEnd(34)}${step}${attempt > 1 ? `, attempt ${attempt}` : ''}${ms === undefined ? '' : `, timed out after ${format(ms)}`}`,
    ),
    ...shown.children.map(({ run, outcome, phase }) => `  child ${run}  ${outcome ?? `in phase ${phase}`}`),
    ...(shown.stuck.length === 0 ? [] : [`a person must look at: ${shown.stuck.join(', ')}`]),
    ...(shown.outcome === 'stuck' ? [`drillmaster restore ${shown.run} restores what is left`] : []),
    ...(shown.evidence === null ? [] : [`evidence: ${shown.evidence}`]),
  ];
}
