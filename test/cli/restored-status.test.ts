import { describe, expect, it } from 'vitest';
import { restoredStatus } from '../../src/cli/restored-status.ts';
import type { EventBody } from '../../src/model/events.ts';
import { resultOf } from '../report/measure.ts';
import { buildRun, place, REPLICA, START, type Timed, timedAt } from '../report/run-builder.ts';

const TABLE = `12 rows in drillmaster_canary on ${REPLICA}`;
const ROW = `1 row in drillmaster_canary on ${REPLICA}`;

/** A run that ended stuck with left-overs, of which people accept some, and that is then restored except for `left`. */
function restored(accepted: readonly string[], left: readonly string[]): number {
  const { plan, timed } = buildRun(
    {},
    (body): EventBody => (body.type === 'restoration.cleaned' ? { ...body, leftOvers: [TABLE, ROW] } : body),
  );
  const inventory = timed.flatMap(({ body }) => (body.type === 'restoration.proved' ? (body.inventory ?? []) : []));
  const proof: EventBody = {
    type: 'restoration.proved',
    proved: left.length === 0,
    differences: [],
    leftOvers: [...left],
    inventory,
  };
  const readings = Array.from({ length: 24 }, (_, nth): [number, number, boolean] => [
    START + 71_100 + nth * 250,
    START + 71_120 + nth * 250,
    true,
  ]);
  const more: readonly Timed[] = [
    timedAt(59_300, { type: 'evaluation.finished', outcome: 'stuck', reasons: [] }),
    timedAt(59_400, { type: 'run.closed', outcome: 'stuck' }),
    timedAt(60_000, { type: 'run.reopened', for: 'evaluation', as: 'dana', reason: 'it may stay' }),
    ...accepted.map((resource) => timedAt(60_100, { type: 'resource.accepted', resource, as: 'dana', reason: 'kept' })),
    timedAt(60_200, { type: 'evaluation.finished', outcome: 'stuck', reasons: [] }),
    timedAt(60_300, { type: 'run.closed', outcome: 'stuck' }),
    timedAt(70_000, { type: 'run.reopened', for: 'restoration', as: 'dana', reason: 'the lock is gone' }),
    timedAt(71_000, { type: 'restoration.cleaned', removed: [], leftOvers: [...left] }),
    timedAt(77_500, { type: 'probe.readings', probe: 'shop', readings }),
    timedAt(78_000, proof),
  ];
  const events = place([...timed, ...more]);
  return restoredStatus({ plan, events, result: resultOf(plan, events) });
}

describe('the exit status of restore', () => {
  it('is 0 when nothing is left', () => {
    expect(restored([], [])).toBe(0);
  });

  it('is 0 when nothing is left but what people accepted', () => {
    expect(restored([TABLE], [TABLE])).toBe(0);
  });

  it('is 1 when something is left that nobody accepted', () => {
    expect(restored([], [TABLE])).toBe(1);
    expect(restored([TABLE], [TABLE, ROW])).toBe(1);
  });
});
