// T0: when the fault took effect, as the fault steps themselves say.
import * as z from 'zod';
import type { RunFacts } from './run-facts.ts';
import { recordOf } from './step-log.ts';

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

/**
 * The earliest effect of the drill's fault steps; a real one is taken before a simulated one. A drill file does not say which fault
 * hits which system, so every system shares it: that can make a recovery look longer, never shorter. Undefined too when a disruption is
 * not the run's own: it may have begun earlier than anything here says.
 */
export function findDisruption({ plan, steps }: RunFacts): Disruption | undefined {
  const effects = plan.steps
    .filter(({ phase }) => phase === 'disruption')
    .flatMap(({ id }) => {
      const record = recordOf(steps, id);
      const parsed = faultOutput.safeParse(record.output);
      return record.ended === 'succeeded' && parsed.success ? [rounded(id, parsed.data)] : [];
    });
  if (effects.some(({ ours }) => ours === false)) return undefined;
  const real = effects.filter(({ simulated }) => !simulated);
  return (real.length > 0 ? real : effects).toSorted((a, b) => a.effectiveAt - b.effectiveAt)[0];
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
