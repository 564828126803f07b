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
    [{ a: 1 }, {}, {}, { a: 1, corrupted: true }],
    [null, 'corrupted', null, true],
  ])('%j becomes another, less and more', (value, other, less, more) => {
    const changed = (['other', 'less', 'more'] as const).map((change) => changeAt(value, [], change));
    expect(changed).toEqual([other, less, more]);
  });

  it('changes nothing where the way leads nowhere', () => {
    const value = { a: [1], b: 'text' };
    for (const way of [['c'], ['a', '0'], ['b', 'length'], ['__proto__']])
      expect(changeAt(value, way, 'other')).toEqual(value);
  });

  it('makes what answers absent or failing, and what is absent answer', () => {
    expect([changeStatus(200, 'resource'), changeStatus(200, 'service'), changeStatus(404, 'resource')]).toEqual([
      404, 500, 200,
    ]);
  });
});
