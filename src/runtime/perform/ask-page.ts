// A runbook page is a step that people answer, here or at another terminal; how it ended follows from their answers alone.
import type { EventBody, EventOf } from '../../model/events.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import type { Run } from '../run.ts';
import { whyNotThisStep } from '../step-command-rules.ts';
import { pause } from '../wait.ts';
import { errorDataOf, stands } from './step-work.ts';

type Answered = EventOf<'page.answered'>;

/** Resolves when the page is answered, or its step is over otherwise. */
export async function askPage(run: Run, step: PlannedStep, attempt: number, signal: AbortSignal): Promise<void> {
  const isAsked = () => !signal.aborted && stands(run, step, attempt, 'starting', 'observing');
  const done = new AbortController();
  const asking = askHere(run, step, attempt, AbortSignal.any([signal, done.signal]));
  try {
    while (isAsked()) {
      const end = endOf(step, attempt, run.recall.answers(step.id, attempt));
      if (end !== undefined) {
        await run.submit(end);
        return;
      }
      if (!(await pause(run.limits.inboxPollMs, signal))) return;
    }
  } finally {
    done.abort();
    await asking;
  }
}

/** Asks the person at this terminal about one item after the other; what others answer meanwhile is passed over. */
async function askHere(run: Run, step: PlannedStep, attempt: number, signal: AbortSignal): Promise<void> {
  const { answer } = run;
  const next = () =>
    step.page?.items.findIndex(
      (_, index) =>
        !run
          .view()
          .answered(step.id)
          .includes(index + 1),
    ) ?? -1;
  for (let item = next() + 1; answer !== undefined && item > 0 && !signal.aborted; item = next() + 1) {
    try {
      const given = await answer(step, item, signal);
      const why = whyNotThisStep(run.plan, run.view(), { type: 'answer', step: step.id, item, ...given });
      if (why !== undefined) run.log.warn(`the answer does not count: ${why}`, { as: given.as });
      else await run.submit({ type: 'page.answered', step: step.id, attempt, item, ...given });
    } catch (error) {
      if (!signal.aborted) run.log.error('nobody could be asked about a page', errorDataOf(error));
      return;
    }
  }
}

/** One failed answer fails the page at once; else all are waited for, and one that was skipped leaves the page undone. */
function endOf(
  { id, page }: PlannedStep,
  attempt: number,
  answers: ReadonlyMap<number, Answered>,
): EventBody | undefined {
  const items = page?.items ?? [];
  const given = [...answers.values()];
  const of = { step: id, attempt } as const;
  const title = ({ item }: Answered) => `"${items[item - 1]?.title ?? item}"`;
  const expected = `${items.length} of ${items.length} steps of ${page?.file ?? id} done`;
  const failed = given.find(({ result }) => result === 'failed');
  if (failed !== undefined) {
    const message = `${failed.as} answered ${title(failed)} with failed: ${failed.note}`;
    const check = { expected, observed: message };
    return { type: 'step.failed', ...of, error: { code: 'page-failed', message }, retryable: false, check };
  }
  if (given.length < items.length) return undefined;
  const skipped = given.find(({ result }) => result === 'skipped');
  if (skipped !== undefined)
    return { type: 'step.skipped', ...of, as: skipped.as, reason: `${title(skipped)}: ${skipped.note}` };
  const observed = `${items.length} done, answered by ${[...new Set(given.map(({ as }) => as))].join(', ')}`;
  const output = given.map(({ item, result, as, role, note }) => ({ item, result, as, role, note }));
  return { type: 'step.succeeded', ...of, output: { answers: output }, check: { expected, observed } };
}
