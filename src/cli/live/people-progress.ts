// What the live view knows of people: who approved, who holds the run, and what is waited for.
import type { DrillEvent } from '../../model/events.ts';
import { personKey } from '../../plan/people-rules.ts';
import type { Progress } from './progress.ts';

type PeopleEvent = Extract<
  DrillEvent,
  {
    type: 'approval.decided' | 'timer.fired' | 'disruption.seen' | 'run.paused' | 'run.continued' | 'command.refused';
  }
>;

const EXPIRED = /^approval:(.*)$/;

export function peopleChange({ approved = [], paused }: Progress, event: PeopleEvent): Partial<Progress> {
  switch (event.type) {
    case 'approval.decided':
      return event.decision === 'approved' ? { approved: [...approved, event.as] } : {};
    case 'timer.fired': {
      const expired = EXPIRED.exec(event.timer)?.[1];
      return { approved: approved.filter((as) => personKey(as) !== expired) };
    }
    case 'disruption.seen':
      return { seen: event.reason };
    case 'run.paused':
      return { paused: paused ?? { as: event.as, reason: event.reason, since: event.at } };
    case 'run.continued':
      return { paused: undefined };
    case 'command.refused':
      return { refused: `${event.command} by ${event.as} was not done: ${event.why}` };
  }
}
