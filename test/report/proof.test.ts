import { describe, expect, it } from 'vitest';
import type { EventBody, EventOf } from '../../src/model/events.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { proofOf, proofText } from '../../src/report/proof.ts';
import { measured, orders } from './measure.ts';
import { buildRun, inventory, PRIMARY, planOf, REPLICA, START } from './run-builder.ts';

type Claim = EventOf<'restoration.proved'>;
const claiming =
  (change: (claim: Claim) => Claim) =>
  (body: EventBody): EventBody =>
    body.type === 'restoration.proved' ? change(body) : body;
const withItems = (items: Claim['inventory']) => claiming((claim) => ({ ...claim, inventory: items }));
const whatIsStuck = (change: (body: EventBody) => EventBody | undefined) =>
  measured({}, change).stuck.map(({ state }) => state);

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
    expect([result.outcome, result.leftOvers]).toEqual(['stuck', [{ resource: forgotten, createdBy: null }]]);
  });

  describe('names what the drill created and what it removed', () => {
    const RESTORED = `${PRIMARY.replace('orders-db-weu', 'orders-db-restored')}`;
    const created = (present: boolean | undefined, change = (body: EventBody): EventBody | undefined => body) => {
      const plan = planOf();
      const steps = plan.steps.map((step) => (step.id === 'reseed' ? { ...step, creates: [RESTORED] } : step));
      const { events } = buildRun({}, (body) => {
        if (body.type === 'restoration.cleaned')
          return {
            ...body,
            removed: [`529 rows in drillmaster_canary on ${PRIMARY}`, `the table drillmaster_canary on ${PRIMARY}`],
          };
        if (body.type !== 'restoration.proved' || present === undefined) return change(body);
        const seen = { id: RESTORED, type: 'Microsoft.DBforPostgreSQL/flexibleServers', facts: { present } };
        return { ...body, inventory: [...inventory, seen] };
      });
      return proofText(proofOf({ ...plan, steps }, events));
    };

    it('by their names', () => {
      expect(created(false)).toBe(
        'Restoration was proved: 3 resources compared with the baseline, 0 differences, 0 left-overs. ' +
          'Created and removed again: orders-db-restored (flexibleServers). ' +
          'Also removed: 529 rows in drillmaster_canary on orders-db-weu, the table drillmaster_canary on orders-db-weu.',
      );
    });

    it('and does not call removed what nobody saw to be gone', () => {
      expect(created(true)).toContain('Created and still there: orders-db-restored (flexibleServers).');
      expect(created(undefined)).toContain(
        'Created, and nobody looked whether it is gone: orders-db-restored (flexibleServers).',
      );
    });

    it('and does not call created what was never sent, or failed', () => {
      const dropped = created(false, (body) => ('step' in body && body.step === 'reseed' ? undefined : body));
      expect(dropped).not.toContain('orders-db-restored');
    });
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
      'differs from the baseline: inventory of the baseline expected resources to compare with, found none: nothing was compared',
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

  describe('needs a service that is well at the end', () => {
    /** Readings that were sent in a span fail, or are taken away. Restoration's last act is at 53,500, the baseline's window is 5 s. */
    const readings = (from: number, until: number, is: 'failing' | 'gone') => (body: EventBody) =>
      body.type === 'probe.readings'
        ? {
            ...body,
            readings: body.readings.flatMap((reading): (typeof body.readings)[number][] => {
              const [sent, judged] = reading;
              if (sent < START + from || sent >= START + until) return [reading];
              return is === 'gone' ? [] : [[sent, judged, false, 'status 503']];
            }),
          }
        : body;
    const expected =
      'differs from the baseline: probe shop: expected to be healthy for 5000 ms after restoration, found';

    it.each([
      { what: 'fails at the end', change: readings(58_900, 59_000, 'failing'), found: 'status 503' },
      { what: 'failed after the last act', change: readings(55_000, 55_200, 'failing'), found: 'healthy for less' },
      {
        what: 'was not looked at for long enough',
        change: readings(55_000, 57_000, 'gone'),
        found: 'healthy for less',
      },
      { what: 'was not looked at at all', change: readings(0, 60_000, 'gone'), found: 'no reading' },
    ])('so a claim is not believed when it $what', ({ change, found }) => {
      const result = measured({}, change);
      expect(result.outcome).toBe('stuck');
      expect(result.reasons).toContain(`${expected} ${found}`);
      expect(orders(result).instants.T7).toBeNull();
    });

    it('and lets restoration itself interrupt the service', () => {
      expect(measured({}, readings(40_000, 53_400, 'failing')).outcome).toBe('passed');
    });

    it('but asks nothing of a service whose baseline was never held', () => {
      const change = (body: EventBody) =>
        body.type === 'baseline.finished'
          ? { ...body, held: false, findings: ['probe shop'] }
          : readings(0, 60_000, 'failing')(body);
      expect(measured({}, change).outcome).toBe('not-ready');
    });

    it('and says of a probe that the claim names nothing more', () => {
      const difference = 'probe shop: expected to be healthy for 5000 ms after restoration, found connection refused';
      const refused = claiming((claim) => ({ ...claim, proved: false, differences: [difference] }));
      const both = (body: EventBody) => refused(readings(58_000, 59_000, 'failing')(body));
      expect(whatIsStuck(both)).toEqual([`differs from the baseline: ${difference}`]);
    });
  });

  it('says the same thing once', () => {
    const gone = inventory.filter(({ id }) => id !== REPLICA);
    const difference = `${REPLICA}: present expected true, found false`;
    const change = claiming((claim) => ({ ...claim, proved: false, differences: [difference], inventory: gone }));
    expect(whatIsStuck(change)).toEqual([`differs from the baseline: ${difference}`]);
  });
});
