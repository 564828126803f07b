import { describe, expect, it } from 'vitest';
import { formatResourceId, isWithin, parseResourceId, sameResource } from '../../src/model/resource-id.ts';

const PROFILE = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/trafficManagerProfiles/tm';

describe('parseResourceId', () => {
  it('takes an ARM id apart, nested types included', () => {
    expect(parseResourceId(`${PROFILE}/azureEndpoints/weu`)).toEqual({
      subscription: 's',
      group: 'g',
      type: 'Microsoft.Network/trafficManagerProfiles/azureEndpoints',
      name: 'tm/weu',
    });
  });

  it('reads fixed words in any case, and keeps the rest as written', () => {
    const id = '/SUBSCRIPTIONS/s/resourcegroups/G/Providers/microsoft.network/x/Y';
    expect(parseResourceId(id)).toEqual({ subscription: 's', group: 'G', type: 'microsoft.network/x', name: 'Y' });
  });

  it.each([
    'orders-db-weu',
    '/subscriptions/s/resourceGroups/',
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/profiles',
    `${PROFILE}/azureEndpoints`,
    `${PROFILE}/azureEndpoints/`,
    `${PROFILE}//x/y`,
    `x${PROFILE}`,
    '',
  ])('refuses %j', (text) => {
    expect(parseResourceId(text)).toBeUndefined();
  });
});

describe('formatResourceId', () => {
  it.each([PROFILE, `${PROFILE}/azureEndpoints/weu`])('puts %s together again', (id) => {
    const parts = parseResourceId(id);
    expect(parts && formatResourceId(parts)).toBe(id);
  });
});

describe('comparing ARM ids', () => {
  it('ignores case', () => {
    expect(sameResource(PROFILE, PROFILE.toUpperCase())).toBe(true);
    expect(sameResource(PROFILE, `${PROFILE}2`)).toBe(false);
  });

  it('tells a child from a neighbour whose name starts alike', () => {
    expect(isWithin(PROFILE, PROFILE)).toBe(true);
    expect(isWithin(`${PROFILE.toUpperCase()}/azureEndpoints/weu`, PROFILE)).toBe(true);
    expect(isWithin(`${PROFILE}2`, PROFILE)).toBe(false);
    expect(isWithin(PROFILE, `${PROFILE}/azureEndpoints/weu`)).toBe(false);
  });

  it('reads and writes the id of a resource group, which has no provider', () => {
    const id = '/subscriptions/s/resourceGroups/g';
    const parsed = { subscription: 's', group: 'g', type: 'Microsoft.Resources/resourceGroups', name: 'g' };
    expect(parseResourceId(id)).toEqual(parsed);
    expect(formatResourceId(parsed)).toBe(id);
  });
});
