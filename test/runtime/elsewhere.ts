// Runs whose people are at other terminals: their commands stand in the inbox.
import type { EventType } from '../../src/model/events.ts';
import { type Drill, drillOf, ofType } from './drill-builder.ts';

/** A run that nobody is asked for at its own terminal; `react` sees every event once it is durable. */
export function elsewhere(
  wishes: Parameters<typeof drillOf>[0],
  react: (drill: Drill, type: EventType, phase: string) => void = () => {},
): Drill {
  const drill: Drill = drillOf({
    unattended: false,
    approve: undefined as never,
    onEvent: ({ type }, phase) => react(drill, type, phase),
    ...wishes,
  });
  return drill;
}
export const refusals = (drill: Drill) =>
  ofType(drill.events(), 'command.refused').map(({ command, as, why }) => ({ command, as, why }));
