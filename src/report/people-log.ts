// What people were asked, who answered, and how long the run waited for each of them.
import type { DrillEvent } from '../model/events.ts';
import type { Plan } from '../plan/plan.ts';
import { eventsOf, firstOf } from './event-log.ts';

export interface PeopleEntry {
  readonly what: string;
  readonly as: string;
  readonly answer: string;
  /** Epoch ms: when the run began to wait, and when the answer came. */
  readonly from: number;
  readonly until: number;
}

/** In the order of the answers. What was answered automatically is missing: nobody was waited for. */
export function peopleLog({ steps }: Pick<Plan, 'steps'>, events: readonly DrillEvent[]): readonly PeopleEntry[] {
  return [...approvals(events), ...declaration(events), ...answers(steps, events)].toSorted(
    (a, b) => a.until - b.until,
  );
}

function approvals(events: readonly DrillEvent[]): readonly PeopleEntry[] {
  const from = firstOf(events, 'preflight.finished')?.at;
  return eventsOf(events, 'approval.decided').flatMap(({ automatic, as, role, decision, note, at }) =>
    automatic
      ? []
      : [{ what: `approval as ${role}`, as, answer: withNote(decision, note), from: from ?? at, until: at }],
  );
}

function declaration(events: readonly DrillEvent[]): readonly PeopleEntry[] {
  const made = firstOf(events, 'declaration.made');
  if (made === undefined || made.automatic) return [];
  const from = firstOf(events, 'disruption.seen')?.at ?? made.at;
  return [{ what: 'declaration', as: made.as, answer: withNote('declared', made.reason), from, until: made.at }];
}

/** A page asks one thing after the other: each is waited for from the answer before it. */
function answers(steps: Plan['steps'], events: readonly DrillEvent[]): readonly PeopleEntry[] {
  const since = new Map(eventsOf(events, 'step.started').map(({ step, at }) => [step, at]));
  return eventsOf(events, 'page.answered').map(({ step, item, as, result, note, at }) => {
    const title = steps.find(({ id }) => id === step)?.page?.items[item - 1]?.title;
    const from = since.get(step) ?? at;
    since.set(step, at);
    return {
      what: `${step}, ${item}: ${title ?? 'a step of the page'}`,
      as,
      answer: withNote(result, note),
      from,
      until: at,
    };
  });
}

const withNote = (answer: string, note = '') => (note === '' ? answer : `${answer}: ${note}`);
