// What becomes of one attempt of a step, as the world's script says.
import type { EventBody, Finding } from '../../src/model/events.ts';

/** `lost`: the answer was lost; `hangs`: it never comes; each names what an inspection finds then. `…-before`: found before anything is sent. */
export type Fate =
  | 'answers'
  | 'accepts'
  | 'fails'
  | 'fails-retryably'
  | 'refused'
  | 'done-before'
  | 'running-before'
  | 'unknown-before'
  | `lost, ${Finding}`
  | `hangs, ${Finding}`;
export type StepScript = readonly Fate[];

interface At {
  readonly step: string;
  readonly attempt: number;
}

export const error = { code: 'scripted', message: 'as the script says' };

const fateOf = ({ attempt }: At, script: StepScript = ['accepts']): Fate =>
  script[Math.min(attempt, script.length) - 1] ?? 'accepts';

/** Everything that is heard of an attempt from its place in the queue on. */
export function stepEvents({ step, attempt }: At, script?: StepScript): readonly EventBody[] {
  const at = { step, attempt };
  const fate = fateOf(at, script);
  const started: EventBody = { type: 'step.started', ...at, requestId: `${step}-${attempt}` };
  const inspected = (finding: Finding): EventBody => ({ type: 'step.inspected', ...at, finding, detail: '' });
  if (fate === 'done-before') return [inspected('done')];
  if (fate === 'running-before') return [inspected('running')];
  if (fate === 'unknown-before') return [inspected('unknown')];
  if (fate === 'refused') return [{ type: 'step.failed', ...at, error, retryable: false }];
  if (fate === 'answers') return [started, { type: 'step.succeeded', ...at, output: null }];
  if (fate.startsWith('lost')) return [started, { type: 'step.interrupted', ...at, error }];
  return [started, { type: 'step.accepted', ...at, handleDigest: 'digest' }, ...tailEvents(at, script)];
}

/** What is heard of an attempt that is being observed. */
export function tailEvents({ step, attempt }: At, script?: StepScript): readonly EventBody[] {
  const at = { step, attempt };
  const fate = fateOf(at, script);
  if (fate.startsWith('hangs')) return [];
  if (fate.startsWith('fails')) return [{ type: 'step.failed', ...at, error, retryable: fate === 'fails-retryably' }];
  return [{ type: 'step.succeeded', ...at, output: null }];
}

/** What an inspection of a started attempt finds. */
export function finding(at: At, script?: StepScript): Finding {
  const fate = fateOf(at, script);
  const named = /, (.*)$/.exec(fate)?.[1];
  if (named !== undefined) return named as Finding;
  return fate.startsWith('fails') ? 'not-started' : 'done';
}

export function undoEvents({ step, attempt }: At, script: readonly string[] = ['works']): readonly EventBody[] {
  const at = { step, attempt };
  const fate = script[Math.min(attempt, script.length) - 1];
  const started: EventBody = { type: 'undo.started', ...at, requestId: `undo-${step}-${attempt}` };
  if (fate === 'works') return [started, { type: 'undo.succeeded', ...at, output: null }];
  return [started, { type: 'undo.failed', ...at, error, retryable: fate === 'fails-retryably' }];
}
