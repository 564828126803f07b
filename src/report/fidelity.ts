// What the disruption was made of: which resource was hit, and by what means. A reader judges by it how much the drill resembles a disaster.
import * as z from 'zod';
import type { DrillEvent } from '../model/events.ts';
import { parseResourceId } from '../model/resource-id.ts';
import type { Plan } from '../plan/plan.ts';
import { stepLog } from './step-log.ts';

export interface HitResource {
  readonly step: string;
  /** Full ARM id. */
  readonly resource: string;
  /** Last segment of the id, for people. */
  readonly name: string;
  readonly means: string;
}

const output = z.object({
  simulated: z.boolean().default(false),
  fidelity: z.array(z.object({ resource: z.string(), means: z.string() })),
});

/** In the order of the plan's disruption steps; a step whose output does not say is missing. */
export function fidelityOf({ steps }: Pick<Plan, 'steps'>, events: readonly DrillEvent[]): readonly HitResource[] {
  const log = stepLog(events);
  return steps
    .filter(({ phase }) => phase === 'disruption')
    .flatMap(({ id }) => {
      const parsed = output.safeParse(log.get(id)?.output);
      if (!parsed.success) return [];
      const how = parsed.data.simulated ? 'simulated: ' : '';
      return parsed.data.fidelity.map(({ resource, means }) => ({
        step: id,
        resource,
        name: parseResourceId(resource)?.name ?? resource,
        means: `${how}${means}`,
      }));
    });
}
