import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { becameText, ledgerOf, ledgerText } from '../../src/report/ledger.ts';
import type { DrillEvent } from '../../src/statechart/kernel.ts';
import { inspected, started, succeeded, undone } from '../statechart/bodies.ts';
import { check, drillPlan, failback, fault, recovery } from '../statechart/drills.ts';
import { buildRun, PRIMARY, REPLICA, TRAFFIC } from './run-builder.ts';

const GROUP = '/subscriptions/s/resourceGroups/rg-made';
const undoStarted = (step: string): EventBody => ({
  type: 'undo.started',
  step,
  attempt: 1,
  requestId: `undo ${step}`,
});
const placed = (...bodies: readonly EventBody[]): readonly DrillEvent[] =>
  bodies.map((body, index) => ({ ...body, seq: index + 1, at: (index + 1) * 1000 }));

const plan = drillPlan([
  fault('lose', [], { writes: [PRIMARY] }),
  recovery('make', [], { creates: [GROUP] }),
  recovery('promote', [], { writes: [REPLICA] }),
  recovery('steer', [], { writes: [TRAFFIC] }),
  recovery('tell', [], { writes: [] }),
  check('look'),
  failback('promote-back', [], { writes: [REPLICA.toUpperCase()] }),
]);

describe('the ledger of a run', () => {
  it('has a row for everything that was sent, with its requests and what became of it', () => {
    const events = placed(
      started('lose'),
      succeeded('lose'),
      started('make'),
      succeeded('make'),
      started('promote'),
      succeeded('promote'),
      started('steer'),
      started('tell'),
      started('look'),
      undoStarted('lose'),
      undone('lose'),
      started('promote-back'),
      succeeded('promote-back'),
      undoStarted('make'),
    );
    expect(
      ledgerOf(plan, events).map((row) => [row.did, row.step, row.resource, row.requests, becameText(row)]),
    ).toEqual([
      ['disrupted', 'lose', PRIMARY, ['id', 'undo lose'], 'taken back at 00:00:11.000'],
      ['created', 'make', GROUP, ['id', 'undo make'], 'not taken back'],
      ['changed', 'promote', REPLICA, ['id'], 'brought back by promote-back at 00:00:13.000'],
      ['changed', 'steer', TRAFFIC, ['id'], 'not taken back'],
      ['changed', 'tell', null, ['id'], 'not taken back'],
      ['changed', 'promote-back', REPLICA.toUpperCase(), ['id'], 'brings things back'],
    ]);
    expect(ledgerText({ ...(ledgerOf(plan, events)[3] ?? expect.fail('no row')) })).toBe(
      'changed by steer: orders-tm, not taken back',
    );
  });

  it('has what only the way back returns as brought back, also where a part of that way was found done', () => {
    const returning = drillPlan([
      recovery('promote', [], { writes: [REPLICA], changesDataRoles: true }),
      failback('reseed', [], { writes: [PRIMARY] }),
      failback('switch-back', [], { writes: [PRIMARY] }),
    ]);
    const sent = [started('promote'), succeeded('promote'), started('switch-back'), succeeded('switch-back')];
    const became = (...more: readonly EventBody[]) => ledgerOf(returning, placed(...sent, ...more))[0]?.became;
    expect(became(inspected('reseed', 'done'))).toBe('brought back');
    expect(became()).toBe('stands');
  });

  it('has no row for what was found done, and none for what was never sent', () => {
    expect(ledgerOf(plan, placed(inspected('promote', 'done')))).toEqual([]);
  });

  it('names what a fault hit although it writes to nothing', () => {
    const { plan: built, events } = buildRun();
    const hit = ledgerOf(built, events).filter(({ did }) => did === 'disrupted');
    expect(hit.map(({ resource, became }) => [resource, became])).toContainEqual([PRIMARY, 'taken back']);
  });
});
