// Where the run went another way than its plan: what people changed, what had to be tried again, what was refused.
import type { DrillEvent } from '../model/events.ts';
import type { DrillResult } from '../model/result.ts';
import { observedLines } from './check-words.ts';
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
    ...redFirst(events),
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

/** A check that is green in the end shows its last reading everywhere else. */
function redFirst(events: readonly DrillEvent[]): readonly string[] {
  const reds = eventsOf(events, 'step.failed').filter(({ check }) => check !== undefined);
  const firsts = reds.filter((red, nth) => reds.findIndex(({ step }) => step === red.step) === nth);
  return firsts.flatMap(({ step, seq, check }) => {
    if (check === undefined || !isGreenAtLast(events, step)) return [];
    const people = eventsOf(events, 'step.retried').filter((retried) => retried.step === step && retried.seq > seq);
    const names = [...new Set(people.map(({ as }) => as))].join(', ');
    const again = names === '' ? 'tried again as planned' : `tried again by ${names}`;
    const observed = observedLines(check.observed).join('; ');
    return [`check ${step} was red first: expected ${check.expected}, observed ${observed}; ${again}`];
  });
}

const isGreenAtLast = (events: readonly DrillEvent[], id: string): boolean =>
  events.findLast((event) => (event.type === 'step.succeeded' || event.type === 'step.failed') && event.step === id)
    ?.type === 'step.succeeded';

const pageDeviations = (events: readonly DrillEvent[]) =>
  eventsOf(events, 'page.answered').flatMap(({ step, item, result, note, as }) =>
    result === 'done' ? [] : [`${as} answered ${result} to step ${item} of the page ${step}: ${note}`],
  );
