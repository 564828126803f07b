import { describe, expect, it } from 'vitest';
import { changeAt, changeStatus } from '../../../src/twin/control/corruption/change-value.ts';

describe('changing a value inside JSON', () => {
  it.each([
    ['other', { state: 'corrupted Ready', count: 3 }],
    ['less', { state: '', count: 3 }],
    ['more', { state: 'ReadyReady', count: 3 }],
    ['null', { state: null, count: 3 }],
    ['gone', { count: 3 }],
  ] as const)('%s changes the one that is meant and leaves the rest', (change, expected) => {
    expect(changeAt({ properties: { state: 'Ready', count: 3 } }, ['properties', 'state'], change)).toEqual({
      properties: expected,
    });
  });

  it.each([
    [5, 6, 0, 1_000_010],
    [0, 1, -1, 1_000_000],
    [true, false, false, true],
    [['a'], ['corrupted a'], [], ['a', 'a']],
    [{ a: 1 }, { a: 2 }, {}, { a: 1, corrupted: true }],
    [[{ price: 5 }], [{ price: 6 }], [], [{ price: 5 }, { price: 5 }]],
    ['2026-03-01T00:00:00Z', 'corrupted 2026-03-01T00:00:00Z', '2025-03-01T00:00:00.000Z', '2027-03-01T00:00:00.000Z'],
    ['12', 'corrupted 12', '0', '1212'],
    [null, 'corrupted', null, true],
  ])('%j becomes another, less and more', (value, other, less, more) => {
    const changed = (['other', 'less', 'more'] as const).map((change) => changeAt(value, [], change));
    expect(changed).toEqual([other, less, more]);
  });

  it('changes each item of a list, or the first one', () => {
    const value = { list: [{ a: 1 }, { a: 5 }] };
    expect(changeAt(value, ['list', '*', 'a'], 'other')).toEqual({ list: [{ a: 2 }, { a: 6 }] });
    expect(changeAt(value, ['list', '0', 'a'], 'other')).toEqual({ list: [{ a: 2 }, { a: 5 }] });
  });

  it('changes nothing where the way leads nowhere', () => {
    const value = { a: [1], b: 'text' };
    for (const way of [['c'], ['a', '1'], ['b', 'length'], ['__proto__']])
      expect(changeAt(value, way, 'other')).toEqual(value);
  });

  it('makes what answers absent or failing, and what is absent answer', () => {
    expect([changeStatus(200, 'resource'), changeStatus(200, 'service'), changeStatus(404, 'resource')]).toEqual([
      404, 500, 200,
    ]);
  });
});
