import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentOf } from '../../../src/twin/world/environment-of.ts';
import { parseWorld } from '../../../src/twin/world/load-world.ts';

const sample = readFileSync(resolve(import.meta.dirname, '../../../drills/worlds/region-failover.yaml'), 'utf8');
const services = `
sqlServers:
  - { name: sql-weu, group: rg-orders-weu, region: westeurope, databases: [{ name: orders }, { name: ledger, copy: sql-neu }] }
  - { name: sql-neu, group: rg-orders-neu, region: northeurope }
sqlFailoverGroups:
  - { name: fg, primary: sql-weu, secondary: sql-neu, databases: [orders] }
serviceBusNamespaces:
  - { name: bus-weu, group: rg-orders-weu, region: westeurope, alias: { name: the-bus, secondary: bus-neu } }
  - { name: bus-neu, group: rg-orders-neu, region: northeurope }
eventHubNamespaces:
  - { name: hub-weu, group: rg-orders-weu, region: westeurope }
cosmosAccounts:
  - { name: cosmos, group: rg-orders-weu, regions: [westeurope, northeurope] }
keyVaults:
  - { name: vault, group: rg-orders-weu, region: westeurope, secrets: [db-password] }
`.replace('name: fg,', 'name: fg-1,');
const text = sample + services;

describe('services in a world file', () => {
  it('are read with their defaults, and lie in their regions', () => {
    const parsed = parseWorld(text);
    expect(parsed).toMatchObject({
      ok: true,
      world: { sqlServers: [{}, { databases: [] }], sqlFailoverGroups: [{ policy: 'Manual' }] },
    });
    if (!parsed.ok) return;
    const names = environmentOf(parsed.world).resources.map(({ id, region }) => `${id.split('/').at(-1)} ${region}`);
    expect(names).toEqual(
      expect.arrayContaining([
        'sql-weu westeurope',
        'sql-neu northeurope',
        'bus-neu northeurope',
        'hub-weu westeurope',
        'cosmos westeurope',
        'cosmos northeurope',
        'vault westeurope',
      ]),
    );
  });

  it.each([
    [
      'an unknown region',
      'sql-weu, group: rg-orders-weu, region: westeurope',
      'sql-weu, group: rg-orders-weu, region: eastus',
      'expected a region of this world',
    ],
    [
      'an unknown group',
      'vault, group: rg-orders-weu',
      'vault, group: rg-nowhere',
      'expected a resource group of this world',
    ],
    ['an unknown secondary', 'secondary: sql-neu', 'secondary: sql-xyz', 'expected a SQL server of this world'],
    ['an unknown database', 'databases: [orders] }', 'databases: [bills] }', 'expected a database of sql-weu'],
    [
      'a database in two pairs',
      'databases: [orders] }',
      'databases: [ledger] }',
      'expected a database without another copy',
    ],
    [
      'a pair in one region',
      'sql-neu, group: rg-orders-neu, region: northeurope',
      'sql-neu, group: rg-orders-neu, region: westeurope',
      'expected servers in two regions',
    ],
    ['a copy on its own server', 'copy: sql-neu', 'copy: sql-weu', 'expected another server than sql-weu'],
    ['an unknown partner', 'secondary: bus-neu', 'secondary: bus-xyz', 'expected a namespace of this world'],
    [
      'a partner in one region',
      'bus-neu, group: rg-orders-neu, region: northeurope',
      'bus-neu, group: rg-orders-neu, region: westeurope',
      'expected a namespace in another region',
    ],
    ['an alias that is a namespace', 'name: the-bus', 'name: bus-neu', 'expected each name once'],
    [
      'a region twice',
      'regions: [westeurope, northeurope] }',
      'regions: [westeurope, westeurope] }',
      'expected each name once',
    ],
    ['a server twice', 'name: sql-neu,', 'name: sql-weu,', 'expected each name once'],
    ['a name that Azure refuses', 'name: vault', 'name: v', 'expected 3 to 24 letters'],
    ['the value of a secret', 'secrets: [db-password]', 'secrets: [{ name: a, value: b }]', 'expected'],
  ])('with %s are refused', (_what, part, instead, message) => {
    expect(text).toContain(part);
    const parsed = parseWorld(text.replace(part, instead));
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.message).join('\n')).toContain(message);
  });
});
