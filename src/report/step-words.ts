// What became of a step, in the words of every form of the report. "undone" is the word of result.json; people are told what came before it.
import { formatDuration } from '../model/duration.ts';
import type { DrillResult } from '../model/result.ts';
import type { StepRecord } from './step-log.ts';

type StepResult = DrillResult['steps'][number];

/** `done and undone`, `failed and undone`, else the status; `failed, timed out` when nobody waited for it any longer. */
export function statusWords(
  { status, timedOutAfterMs }: Pick<StepResult, 'status' | 'timedOutAfterMs'>,
  { ended }: StepRecord,
): string {
  const late = timedOutAfterMs === undefined ? '' : ', timed out';
  if (status !== 'undone') return `${status}${late}`;
  return ended === null ? 'undone' : `${ended === 'succeeded' ? 'done' : `failed${late}`} and undone`;
}

/** `5.1 s, undone in 2.9 s`; undefined when nothing was begun. */
export function timeWords({ durationMs }: Pick<StepResult, 'durationMs'>, record: StepRecord): string | undefined {
  const undoMs = undoneMs(record);
  const parts = [
    ...(durationMs === null ? [] : [formatDuration(durationMs)]),
    ...(undoMs === undefined ? [] : [`undone in ${formatDuration(undoMs)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** How long the undo took; undefined when there was none, or it has no end on record. */
export const undoneMs = ({ undoStartedAt, undoneAt }: StepRecord): number | undefined =>
  undoStartedAt === null || undoneAt === null ? undefined : undoneAt - undoStartedAt;
