// When nobody drove the run: its process was gone, and no probe looked and no canary wrote.
import type { DrillEvent } from '../model/events.ts';

/** A stretch without a process, epoch ms: from the last word of the one that went to the first of the one that took over. */
export interface OrchestratorGap {
  readonly from: number;
  readonly to: number;
}

/** In their order. A run that was closed waits for nobody: the time before it is taken up again is no gap. */
export const orchestratorGaps = (events: readonly DrillEvent[]): readonly OrchestratorGap[] =>
  events.flatMap((event, index) => {
    const before = events[index - 1];
    const isGap = event.type === 'run.resumed' && before !== undefined && before.type !== 'run.closed';
    return isGap ? [{ from: before.at, to: event.at }] : [];
  });
