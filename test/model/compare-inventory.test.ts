import { describe, expect, it } from 'vitest';
import {
  compareInventory,
  compareWithBaseline,
  differenceText,
  NOTHING_FOUND,
} from '../../src/model/compare-inventory.ts';
import type { EventOf, InventoryItem } from '../../src/model/events.ts';

const idOf = (name: string) =>
  `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Test/things/${name}`;
const [PRIMARY, REPLICA] = [idOf('primary'), idOf('replica')];

describe('two inventories', () => {
  const item = (id: string, facts: InventoryItem['facts']): InventoryItem => ({ id, type: 't', facts });
  const baseline = [
    item(PRIMARY, { role: 'primary', tier: { size: 2, name: 'x' } }),
    item(REPLICA, { role: 'replica' }),
    item(idOf('neighbour'), { state: 'on' }),
  ];
  const scope = [PRIMARY, REPLICA];

  it('without a difference prove the restoration, whatever the spelling and order', () => {
    const fresh = [
      item(REPLICA.toUpperCase(), { role: 'replica' }),
      item(idOf('neighbour'), { state: 'on' }),
      item(PRIMARY, { tier: { name: 'x', size: 2 }, role: 'primary' }),
    ];
    expect(compareInventory(baseline, fresh, scope)).toEqual(NOTHING_FOUND);
  });

  it('name each fact of the scope that changed, came or went', () => {
    const fresh = [
      item(PRIMARY, { role: 'replica', extra: 1 }),
      item(REPLICA, { role: 'replica' }),
      item(idOf('neighbour'), {}),
    ];
    expect(compareInventory(baseline, fresh, scope).differences).toEqual([
      `${PRIMARY}: extra expected nothing, found 1`,
      `${PRIMARY}: role expected "primary", found "replica"`,
      `${PRIMARY}: tier expected {"name":"x","size":2}, found nothing`,
    ]);
  });

  it('have a text for every row, in the same order', () => {
    const { rows, differences } = compareInventory(baseline, [item(REPLICA, { role: 'primary' })], scope);
    expect(rows).toHaveLength(3);
    expect(differences).toEqual(rows.map(differenceText));
  });

  it('hold what lies in a resource group of the scope to every fact, and what is new there is left over', () => {
    const group = PRIMARY.split('/').slice(0, 5).join('/');
    const fresh = [
      ...baseline.slice(1, 2),
      item(PRIMARY, { role: 'replica' }),
      item(idOf('neighbour'), { state: 'off' }),
      item(idOf('new'), {}),
    ];
    expect(compareInventory(baseline, fresh, [group])).toMatchObject({
      rows: [
        { fact: 'role' },
        { fact: 'tier' },
        { resource: idOf('neighbour'), fact: 'state', expected: '"on"', found: '"off"' },
      ],
      leftOvers: [idOf('new')],
    });
  });

  it('say of a resource that is gone only that it is gone', () => {
    const fresh = [item(PRIMARY, { present: false }), item(idOf('neighbour'), {})];
    expect(compareInventory(baseline, fresh, scope).differences).toEqual([
      `${PRIMARY}: present expected true, found false`,
      `${REPLICA}: present expected true, found false`,
    ]);
  });

  it('leave it to neighbours how they change, but not whether they stand, and name what is new', () => {
    const fresh = [baseline[0], baseline[1], item(idOf('new'), {})].filter((one) => one !== undefined);
    expect(compareInventory(baseline, fresh, scope)).toEqual({
      rows: [{ resource: idOf('neighbour'), fact: 'present', expected: 'true', found: 'false' }],
      differences: [`${idOf('neighbour')}: present expected true, found false`],
      leftOvers: [idOf('new')],
    });
  });

  describe('of which the first is the baseline on record', () => {
    const finished = (held: boolean, inventory: readonly InventoryItem[]): EventOf<'baseline.finished'> => ({
      type: 'baseline.finished',
      held,
      findings: [],
      inventory: [...inventory],
    });

    it('prove nothing when a baseline that was held has no inventory', () => {
      expect(compareWithBaseline(finished(true, []), baseline, scope).differences).toEqual([
        'inventory of the baseline expected resources to compare with, found none: nothing was compared',
      ]);
    });

    it('need no inventory where the scope is empty: such a drill may write to nothing', () => {
      expect(compareWithBaseline(finished(true, []), [], [])).toEqual(NOTHING_FOUND);
    });

    it('need no inventory when the baseline was not held or not reached: nothing was disrupted', () => {
      for (const before of [undefined, finished(false, [])])
        expect(compareWithBaseline(before, baseline, scope)).toEqual(NOTHING_FOUND);
    });

    it('are compared whenever there is something to compare with', () => {
      for (const held of [true, false])
        expect(compareWithBaseline(finished(held, baseline), [], scope).differences).toHaveLength(3);
    });
  });
});

describe('what the drill created', () => {
  const created = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/made';
  const gone = { id: created, type: 'Microsoft.Web/sites', facts: { present: false } };
  const baseline = { held: true, inventory: [gone] };

  it('is proved to be gone when the fresh inventory asked for it and did not find it', () => {
    expect(compareWithBaseline(baseline, [gone], [], [created])).toEqual(NOTHING_FOUND);
  });

  it('is a left-over when it stands', () => {
    const stands = { ...gone, facts: { present: true } };
    expect(compareWithBaseline(baseline, [stands], [], [created]).leftOvers).toEqual([created]);
  });

  it('is not proved to be gone by an inventory that did not ask for it', () => {
    expect(compareWithBaseline(baseline, [], [], [created]).differences).toEqual([
      `${created}: present expected to be looked for, because the drill created it, found no look`,
    ]);
  });
});
