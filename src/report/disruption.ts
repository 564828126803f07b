// T0: when the fault took effect, as the fault steps themselves say.
import * as z from 'zod';
import type { RunFacts } from './run-facts.ts';
import { isFound, recordOf } from './step-log.ts';

/** What a fault step reports: the instant of effect inside the observer's bracket of the request. Epoch ms. */
export interface Disruption {
  readonly step: string;
  readonly effectiveAt: number;
  readonly earliest: number;
  readonly latest: number;
  /** True when the loss was only declared and nothing was taken down. */
  readonly simulated: boolean;
  /** False: somebody else began it. */
  readonly ours?: boolean;
  readonly source: string;
}

const faultOutput = z
  .object({
    effectiveAt: z.number(),
    earliest: z.number(),
    latest: z.number(),
    simulated: z.boolean(),
    source: z.string(),
    /** False: somebody else began it, and nobody can tell when. */
    ours: z.boolean().default(true),
  })
  .refine(({ earliest, effectiveAt, latest }) => earliest <= effectiveAt && effectiveAt <= latest);

/** When the original stopped serving. */
export type EndOfService =
  | { readonly kind: 'known'; readonly at: Disruption; readonly name: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Ts: T0 when the disruption itself ends the service, as the loss of a site does. Where a step of the plan takes a damaged original out of
 * service, the moment at which the last such step says that it did; when one of them does not, nobody can tell what was lost.
 */
export function findEndOfService(facts: RunFacts, disruption: Disruption | undefined): EndOfService {
  if (disruption === undefined)
    return { kind: 'unknown', reason: 'no disruption took effect on record: Ts is missing' };
  const enders = facts.plan.steps.filter(({ endsService, phase }) => endsService && phase === 'recovery');
  const ends = enders.map(({ id }) => ({ id, at: effectOf(facts, id) }));
  const missing = ends.find(({ at }) => at === undefined || at.ours === false);
  if (missing !== undefined)
    return {
      kind: 'unknown',
      reason: `nothing on record shows when step ${missing.id} took the original out of service: Ts is missing`,
    };
  const last = ends.flatMap(({ at }) => at ?? []).toSorted((a, b) => b.effectiveAt - a.effectiveAt)[0];
  return last === undefined
    ? { kind: 'known', at: disruption, name: 'T0' }
    : { kind: 'known', at: last, name: `end of service by step ${last.step}` };
}

/** What a step that succeeded says of its effect. */
function effectOf({ steps }: RunFacts, id: string): Disruption | undefined {
  const record = recordOf(steps, id);
  const parsed = faultOutput.safeParse(record.output);
  return record.ended === 'succeeded' && parsed.success ? rounded(id, parsed.data) : undefined;
}

/**
 * The earliest effect of the drill's disruption steps; a real one is taken before a simulated one. A step that was sent and does not say
 * when it took effect counts from its request on, as a real one. A drill file does not say which disruption hits which system, so every
 * system shares it. All of that can make a recovery look longer, never shorter. Undefined when no step at all says when it took effect,
 * and when a disruption is not the run's own: it may have begun earlier than anything here says.
 */
export function findDisruption(facts: RunFacts): Disruption | undefined {
  const steps = facts.plan.steps.filter(({ phase, kind }) => phase === 'disruption' && kind !== 'check');
  if (steps.every(({ id }) => effectOf(facts, id) === undefined)) return undefined;
  const effects = steps.flatMap(({ id }) => effectOf(facts, id) ?? boundsOf(facts, id) ?? []);
  if (effects.some(({ ours }) => ours === false)) return undefined;
  const real = effects.filter(({ simulated }) => !simulated);
  return (real.length > 0 ? real : effects).toSorted((a, b) => a.effectiveAt - b.effectiveAt)[0];
}

/** All that the record bounds of a step whose output does not say: after its request, before its end. Undefined: it changed nothing. */
function boundsOf({ steps, events, view }: RunFacts, id: string): Disruption | undefined {
  const record = recordOf(steps, id);
  const { startedAt, endedAt, ended, skipped } = record;
  // After a definite failure the drill does not go on, unless a person has it skipped; then it may have had its effect all the same.
  const isNothing = (ended === 'failed' || view.status(id) === 'failed') && skipped === null;
  if (startedAt === null || isNothing || !(record.sent || isFound(record))) return undefined;
  return {
    step: id,
    effectiveAt: startedAt,
    earliest: startedAt,
    latest: Math.max(startedAt, endedAt ?? events.at(-1)?.at ?? startedAt),
    simulated: false,
    ours: record.sent,
    source: 'somewhere between its request and its end',
  };
}

const rounded = (step: string, output: z.infer<typeof faultOutput>): Disruption => ({
  ...output,
  step,
  effectiveAt: Math.round(output.effectiveAt),
  earliest: Math.floor(output.earliest),
  latest: Math.ceil(output.latest),
});

/** The width of the bracket: how far the observer's clock leaves the instant of effect open. Milliseconds. */
export const clockBoundMs = ({ earliest, latest }: Disruption): number => latest - earliest;
