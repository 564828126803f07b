import { describe, expect, it } from 'vitest';
import type { Footed } from '../../src/plan/footprint.ts';
import { heldByOthers, type OtherRun } from '../../src/plan/scope-lock.ts';
import { PRIMARY, planOf } from '../report/run-builder.ts';
import { plannedStep } from './planned-step.ts';

const GROUP = PRIMARY.split('/').slice(0, 5).join('/');
const on = (scope: readonly string[], more: Partial<Footed> = {}): Footed => ({
  environment: planOf().environment,
  scope,
  steps: [],
  ...more,
});
const AT = Date.UTC(2026, 10, 21, 10, 15);
const run = (more: Partial<OtherRun> = {}): OtherRun => ({
  run: 'failover-1',
  plan: on([PRIMARY]),
  openedAt: AT,
  requestedBy: 'kim',
  isEarlier: true,
  passed: 0,
  state: { kind: 'driven', pid: 4711 },
  ...more,
});
const held = (scope: string, other: Footed) => heldByOthers(on([scope]), [run({ plan: other })], 0).length === 1;

describe('the scope of a run is held by resource id', () => {
  it.each([
    ['the same id in another spelling', PRIMARY.toUpperCase(), on([PRIMARY])],
    ['a database of a server', `${PRIMARY}/databases/orders`, on([PRIMARY])],
    ['the server of a database', PRIMARY, on([`${PRIMARY}/databases/orders`])],
    ['what lies in a resource group', PRIMARY, on([GROUP.toUpperCase()])],
    ['a resource group around a resource', GROUP, on([PRIMARY])],
    ['what a fault of the other reaches', PRIMARY, on([], { steps: [plannedStep('lose', { reach: [PRIMARY] })] })],
    [
      'what the other creates, by the beginning of its name',
      `${GROUP}/providers/Microsoft.Compute/disks/archive-1`,
      on([], {
        steps: [plannedStep('restore', { creates: [`${GROUP}/providers/Microsoft.Compute/disks/ARCHIVE-*`] })],
      }),
    ],
  ])('%s', (_, scope, other) => {
    expect(held(scope, other)).toBe(true);
  });

  it.each([
    ['a neighbour whose name begins the same', `${PRIMARY}-two`, on([PRIMARY])],
    ['another resource group whose name begins the same', `${GROUP}-two`, on([GROUP])],
    ['another twin', PRIMARY, on([PRIMARY], { environment: { ...planOf().environment, name: 'another' } })],
  ])('and not %s', (_, scope, other) => {
    expect(held(scope, other)).toBe(false);
  });
});

describe('of two runs on the same resources', () => {
  const refused = (other: Partial<OtherRun>, gate: 0 | 1) => heldByOthers(on([PRIMARY]), [run(other)], gate).length > 0;
  it('that begin at the same instant, exactly the later one is refused', () => {
    expect([refused({ isEarlier: true }, 0), refused({ isEarlier: false }, 0)]).toEqual([true, false]);
  });

  it('a later one that is ahead is never overtaken, and nobody waits for one that has come less far', () => {
    expect(refused({ isEarlier: false, passed: 1 }, 0)).toBe(true);
    expect(refused({ isEarlier: false, passed: 1 }, 1)).toBe(false);
    expect(refused({ isEarlier: false, passed: 2 }, 1)).toBe(true);
    expect(refused({ isEarlier: true, passed: 0 }, 1)).toBe(false);
    expect(refused({ isEarlier: true, passed: 1 }, 1)).toBe(true);
  });

  it('one that ended stuck goes before, whenever it was opened', () => {
    for (const gate of [0, 1] as const)
      expect(refused({ isEarlier: false, state: { kind: 'stuck' } }, gate)).toBe(true);
  });
});

describe('a refusal says who holds it since when, and what can be done', () => {
  const said = (state: OtherRun['state']) => heldByOthers(on([PRIMARY]), [run({ state })], 0);
  const begin = `run failover-1 has not ended and may write to or disturb ${PRIMARY}: kim holds it since 2026-11-21T10:15:00.000Z, and`;
  const abort = 'drillmaster abort failover-1 restores and ends it';
  it('while it is driven, interrupted or paused', () => {
    expect(said({ kind: 'driven', pid: 4711 })).toEqual([`${begin} process 4711 drives it; ${abort}`]);
    const goOn = `drillmaster resume failover-1 goes on with it, ${abort}`;
    expect(said({ kind: 'interrupted' })).toEqual([`${begin} nobody drives it any more; ${goOn}`]);
    expect(said({ kind: 'paused', as: 'ola', at: AT + 1000 })).toEqual([
      `${begin} ola paused it at 2026-11-21T10:15:01.000Z; ${goOn}`,
    ]);
  });

  it('when nobody can read its journal', () => {
    expect(said({ kind: 'unreadable', why: 'broken at 3' })).toEqual([
      `${begin} its journal cannot be read (broken at 3)`,
    ]);
  });

  it('when it ended stuck', () => {
    expect(said({ kind: 'stuck' })).toEqual([
      `run failover-1 ended stuck, and what it did to ${PRIMARY} may still stand, since 2026-11-21T10:15:00.000Z: drillmaster restore failover-1 restores what is left, drillmaster accept failover-1 RESOURCE takes one thing as it stands`,
    ]);
  });
});
