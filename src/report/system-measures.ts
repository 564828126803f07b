// One result a system: instants, RTO, RPO.
import { formatInstant } from '../model/clock.ts';
import type { SystemResult } from '../model/result.ts';
import { findDisruption } from './disruption.ts';
import { flapsOf } from './flaps.ts';
import { findInstants, INSTANTS, type Instant, type Instants } from './instants.ts';
import { measureRpo } from './rpo.ts';
import { measureRto } from './rto.ts';
import type { RunFacts } from './run-facts.ts';

export interface SystemMeasure {
  readonly result: SystemResult;
  /** RTO is not measured, and only because the twin ran faster than recorded: a rehearsal passes it over. */
  readonly compressed: boolean;
  /** A probe of the system that was broken; undefined: none was. */
  readonly unwatched: string | undefined;
}

export function measureSystems(facts: RunFacts): readonly SystemMeasure[] {
  const disruption = findDisruption(facts);
  return facts.plan.systems.map((system) => {
    const instants = findInstants(facts, system, disruption);
    const { rto, compressed, unwatched } = measureRto(facts, system, instants, disruption);
    const rpo = measureRpo(facts, system, disruption);
    return {
      compressed,
      unwatched,
      result: { system, instants: written(instants), rto, rpo, flaps: flapsOf(facts, system, instants) },
    };
  });
}

function written(instants: Instants): SystemResult['instants'] {
  const pairs = INSTANTS.map((name) => [name, writtenInstant(instants[name])]);
  return Object.fromEntries(pairs) as SystemResult['instants'];
}

const writtenInstant = (instant: Instant | null) =>
  instant && {
    at: formatInstant(instant.at),
    source: instant.source,
    ...(instant.simulated !== undefined && { simulated: instant.simulated }),
  };
