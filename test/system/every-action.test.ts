// No action without a case, and no case without an answer for every bad way.
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/providers/catalogue.ts';
import { FAMILIES, UNTRIED } from './every-action/families.ts';
import { WAYS } from './every-action/ways.ts';

const cases = FAMILIES.flatMap((family) => family.cases);

describe('the table of actions', () => {
  it('has one case for every action of the catalogue, but for those that are known to have none', () => {
    const known = [...cases.map(({ uses }) => uses), ...UNTRIED];
    expect(known.toSorted()).toEqual([...catalogue.actions.keys()].toSorted());
  });

  it.each(cases)('says of $uses what becomes of it in every way, or why that cannot happen', ({ ways }) => {
    expect(Object.keys(ways).toSorted()).toEqual(WAYS.toSorted());
    for (const way of Object.values(ways)) if ('reason' in way) expect(way.reason.length).toBeGreaterThan(20);
  });

  it('lets no action that changes something off, except from being undone', () => {
    const changing = cases.filter(({ uses }) => {
      const action = catalogue.actions.get(uses);
      return action?.kind !== 'check' && action?.child === undefined;
    });
    const passedOver = changing.flatMap(({ uses, ways }) =>
      WAYS.filter((way) => 'reason' in ways[way]).map((way) => `${uses}: ${way}`),
    );
    expect(passedOver.filter((line) => !line.endsWith('undone twice'))).toEqual([]);
    const withUndo = changing.filter(({ uses }) => catalogue.actions.get(uses)?.undo === 'reversible');
    expect(withUndo.filter(({ ways }) => 'reason' in ways['undone twice']).map(({ uses }) => uses)).toEqual([]);
  });
});
