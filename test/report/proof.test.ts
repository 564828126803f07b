import { describe, expect, it } from 'vitest';
import type { EventBody, EventOf } from '../../src/model/events.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { measured, orders } from './measure.ts';
import { buildRun, inventory, PRIMARY, planOf, REPLICA } from './run-builder.ts';

type Claim = EventOf<'restoration.proved'>;
const claiming =
  (change: (claim: Claim) => Claim) =>
  (body: EventBody): EventBody =>
    body.type === 'restoration.proved' ? change(body) : body;
const withItems = (items: Claim['inventory']) => claiming((claim) => ({ ...claim, inventory: items }));
const whatIsStuck = (change: (body: EventBody) => EventBody | undefined) =>
  measured({}, change).stuck.map(({ what }) => what);

describe('the proof of restoration', () => {
  it('is held to its own inventory, whatever it claims', () => {
    const change = withItems(inventory.map((item) => (item.id === REPLICA ? { ...item, facts: { role: 'x' } } : item)));
    const result = measured({}, change);
    expect(result.outcome).toBe('stuck');
    expect(result.reasons).toEqual([`differs from the baseline: ${REPLICA}: role expected nothing, found "x"`]);
    expect(orders(result).instants.T7).toBeNull();
    const { events } = buildRun({}, change);
    expect(reportMarkdown(result, planOf(), events)).toContain('Restoration was not proved');
  });

  it('names what stands in its inventory and did not stand before', () => {
    const forgotten = `${PRIMARY}-forgotten`;
    const result = measured({}, withItems([...inventory, { id: forgotten, type: 'x', facts: {} }]));
    expect([result.outcome, result.leftOvers]).toEqual(['stuck', [forgotten]]);
  });

  it('is none without an inventory that could be compared', () => {
    const { inventory: _, ...claim }: Claim = {
      type: 'restoration.proved',
      proved: true,
      differences: [],
      leftOvers: [],
      inventory: [],
    };
    expect(whatIsStuck(claiming(() => claim))).toEqual([
      'differs from the baseline: the inventory of the proof is not on record',
    ]);
  });

  it('is none against a baseline that was held on nothing', () => {
    expect(whatIsStuck((body) => (body.type === 'baseline.finished' ? { ...body, inventory: [] } : body))).toEqual([
      "differs from the baseline: nothing was compared: the baseline's inventory is empty",
    ]);
  });

  it('stays refused when its inventory shows no reason: the worse word counts', () => {
    const refused = claiming((claim) => ({
      ...claim,
      proved: false,
      differences: ['the inventory could not be read'],
    }));
    expect(whatIsStuck(refused)).toEqual(['differs from the baseline: the inventory could not be read']);
    expect(whatIsStuck(claiming((claim) => ({ ...claim, proved: false })))).toEqual([
      'restoration could not be proved',
    ]);
  });

  it('says the same thing once', () => {
    const gone = inventory.filter(({ id }) => id !== REPLICA);
    const difference = `${REPLICA}: present expected true, found false`;
    const change = claiming((claim) => ({ ...claim, proved: false, differences: [difference], inventory: gone }));
    expect(whatIsStuck(change)).toEqual([`differs from the baseline: ${difference}`]);
  });
});
