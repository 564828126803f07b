// Sends a ready step: look first, journal the intent, start once, journal the handle, observe.
import type { Inspection, Started } from '../../model/action.ts';
import { sha256 } from '../../model/json.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import { requestId } from '../request-id.ts';
import { actionOf, contextOf, type Run } from '../run.ts';
import { bounded, pause } from '../wait.ts';
import { askPage } from './ask-page.ts';
import { submitObserved } from './observe-step.ts';
import { inputOf, inSlot, stands, stepFailed, stepUnanswered, toJson } from './step-work.ts';
import { untilContinued } from './until-continued.ts';

export const sendStep = (run: Run, step: PlannedStep, attempt: number): Promise<void> =>
  inSlot(run, step, async (signal) => {
    // While it waited for its place, the run may have been aborted; and a pause may come between the look and the intent.
    while ((await untilContinued(run, signal)) && stands(run, step, attempt, 'ready')) {
      const looked = await look(run, step, attempt, signal);
      if (looked === undefined) return;
      const { input, inspection } = looked;
      if (inspection.finding !== 'not-started') return submitInspected(run, step, attempt, inspection);
      // After a pause the look is an old one, and so it is while an earlier request may still arrive.
      if (run.view().paused || (await waitedForEarlier(run, step, signal))) continue;
      if (!(await submitStarted(run, step, attempt, inspection))) continue;
      return step.page === undefined
        ? start(run, step, attempt, { input, signal })
        : askPage(run, step, attempt, signal);
    }
  });

interface Looked {
  readonly input: unknown;
  readonly inspection: Inspection;
}

/** A person vouches for a retry; all the same its look counts only once no earlier request can arrive any more. True: it waited. */
async function waitedForEarlier({ recall, limits, clock }: Run, { id, kind }: PlannedStep, signal: AbortSignal) {
  if (kind === 'check' || !recall.isVouchedFor(id)) return false;
  if (clock.now() >= (recall.lastIntentAt(id) ?? 0) + limits.requestSettleMs) return false;
  return pause(limits.settlePollMs, signal);
}

/** Nothing was sent yet, so every failure is a definite one. */
async function look(run: Run, step: PlannedStep, attempt: number, signal: AbortSignal): Promise<Looked | undefined> {
  try {
    const input = inputOf(run, step);
    const ms = Math.min(run.limits.inspectMs, step.timeoutMs);
    const inspection = await bounded({ ms, signal, what: `looking at step ${step.id}` }, (own) =>
      actionOf(run, step).inspect(input, contextOf(run, step.id, { attempt, kind: 'inspect', signal: own })),
    );
    return { input, inspection };
  } catch (error) {
    if (!signal.aborted) await run.submit(stepFailed(step, attempt, error));
    return undefined;
  }
}

export async function submitInspected(
  run: Run,
  step: PlannedStep,
  attempt: number,
  { finding, detail, output }: Inspection,
): Promise<void> {
  const inspected = { type: 'step.inspected', step: step.id, attempt, finding, detail } as const;
  await run.submit(output === undefined ? inspected : { ...inspected, output: toJson(output) });
}

/** The intent. False: the machine no longer wants the step, and nothing may be sent. */
async function submitStarted(run: Run, step: PlannedStep, attempt: number, { before }: Inspection): Promise<boolean> {
  const id = requestId(run.journal.run, step.id, attempt, 'start');
  const started = { type: 'step.started', step: step.id, attempt, requestId: id } as const;
  const { changed } = await run.submit(before === undefined ? started : { ...started, before: toJson(before) });
  return changed && stands(run, step, attempt, 'starting');
}

interface Sending {
  readonly input: unknown;
  readonly signal: AbortSignal;
}

async function start(run: Run, step: PlannedStep, attempt: number, { input, signal }: Sending): Promise<void> {
  let started: Started;
  try {
    started = await actionOf(run, step).start(input, contextOf(run, step.id, { attempt, kind: 'start', signal }));
  } catch (error) {
    // Told to stop, it says nothing about the world: the machine has asked for a look at it.
    if (!signal.aborted) await run.submit(stepUnanswered(step, attempt, error));
    return;
  }
  if (started.kind === 'done') return submitDone(run, step, attempt, started);
  await accept(run, step, attempt, started.handle);
  if (!signal.aborted && stands(run, step, attempt, 'observing'))
    await submitObserved(run, step, attempt, { input, handle: started.handle, signal });
}

async function submitDone(
  run: Run,
  step: PlannedStep,
  attempt: number,
  { output, check }: Extract<Started, { kind: 'done' }>,
): Promise<void> {
  const succeeded = { type: 'step.succeeded', step: step.id, attempt, output: toJson(output) } as const;
  await run.submit(
    check === undefined ? succeeded : { ...succeeded, check: { expected: check.expected, observed: check.observed } },
  );
}

/** The handle is a secret: the event holds its digest. It is durable first, so that an event never names a handle that is lost. */
async function accept(run: Run, step: PlannedStep, attempt: number, handle: string | undefined): Promise<void> {
  if (handle !== undefined) await run.journal.keepHandle(step.id, attempt, handle);
  await run.submit({ type: 'step.accepted', step: step.id, attempt, handleDigest: sha256(handle ?? '') });
}
