import { describe, expect, it } from 'vitest';
import { missingResources } from '../../src/plan/missing-resources.ts';
import { plannedStep } from './planned-step.ts';

const idOf = (type: string, name: string) => `/subscriptions/s/resourceGroups/rg/providers/Microsoft.${type}/${name}`;
const SERVER = 'DBforPostgreSQL/flexibleServers';
const environment = { name: 'here', resources: [{ id: idOf(SERVER, 'orders-db-weu'), region: 'westeurope' }] };
const missing = (id: string, creates: readonly string[] = []) =>
  missingResources({ resources: { it: id }, steps: [plannedStep('make', { creates })] }, environment);

describe('resources that an environment lacks', () => {
  it('are named, with the one that was probably meant', () => {
    expect(missing(idOf(SERVER, 'orders-db-wue'))).toEqual([
      'expected the resource it in here, or a step that makes it, found no flexibleServers "orders-db-wue" in group rg; did you mean "orders-db-weu"?',
    ]);
    expect(missing(idOf(SERVER, 'billing'))).toEqual([
      'expected the resource it in here, or a step that makes it, found no flexibleServers "billing" in group rg',
    ]);
  });

  it('are not those that stand there under any case, nor those that a step makes or whose owner it makes', () => {
    expect(missing(idOf(SERVER, 'Orders-DB-weu'))).toEqual([]);
    const made = idOf(SERVER, 'orders-db-copy');
    for (const creates of [made, made.toUpperCase(), '/subscriptions/s/resourceGroups/rg', idOf(SERVER, 'orders-*')])
      expect([creates, missing(made, [creates])]).toEqual([creates, []]);
  });

  it('are not those of a type of which the environment says nothing', () => {
    expect(missing(idOf('Network/trafficManagerProfiles', 'orders-tm'))).toEqual([]);
    expect(missing('/subscriptions/s/resourceGroups/rg')).toEqual([]);
  });
});
