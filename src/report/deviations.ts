// Where the run went another way than its plan: what people changed, what had to be tried again, what was refused.
import type { DrillEvent } from '../model/events.ts';
import type { DrillResult } from '../model/result.ts';
import { eventsOf } from './event-log.ts';

/** Sentences in the order of what they tell of; empty when everything went as planned. */
export function deviationsOf({ steps }: DrillResult, events: readonly DrillEvent[]): readonly string[] {
  return [
    ...eventsOf(events, 'abort.requested').map(({ as, reason }) => `${as} aborted the run: ${reason}`),
    ...eventsOf(events, 'guardrail.tripped').map(
      ({ guardrail, reading }) => `guardrail ${guardrail} stopped the run: ${reading}`,
    ),
    ...eventsOf(events, 'step.skipped').map(({ step, as, reason }) => `${as} had step ${step} skipped: ${reason}`),
    ...eventsOf(events, 'step.retried').map(({ step, as, reason }) => `${as} had step ${step} tried again: ${reason}`),
    ...steps.filter(({ attempts }) => attempts > 1).map(({ id, attempts }) => `step ${id} took ${attempts} attempts`),
    ...eventsOf(events, 'step.interrupted').map(
      ({ step, error }) => `no answer told what became of step ${step}, and the world was looked at: ${error.message}`,
    ),
    ...pageDeviations(events),
    ...eventsOf(events, 'command.refused').map(
      ({ command, as, why }) => `${as} asked for ${command} and was refused: ${why}`,
    ),
  ];
}

const pageDeviations = (events: readonly DrillEvent[]) =>
  eventsOf(events, 'page.answered').flatMap(({ step, item, result, note, as }) =>
    result === 'done' ? [] : [`${as} answered ${result} to step ${item} of the page ${step}: ${note}`],
  );
