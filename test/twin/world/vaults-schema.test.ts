import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseWorld } from '../../../src/twin/world/load-world.ts';

const SAMPLE = readFileSync(resolve(import.meta.dirname, '../../../drills/worlds/region-failover.yaml'), 'utf8');
const VAULTS = `
machines:
  - { name: archive-weu, group: rg-orders-weu, region: westeurope }
recoveryVaults:
  - name: orders-vault
    group: rg-orders-weu
    region: westeurope
    protects:
      - { machine: archive-weu, every: PT5S }
`;
const parse = (from = '', to = '') => {
  const text = SAMPLE + VAULTS;
  expect(text).toContain(from);
  return parseWorld(from === '' ? text : text.replace(from, to));
};

describe('the vaults of a world', () => {
  it('have their defaults', () => {
    const parsed = parse();
    expect(parsed.ok && parsed.world.recoveryVaults).toEqual([
      {
        name: 'orders-vault',
        group: 'rg-orders-weu',
        region: 'westeurope',
        policy: 'DefaultPolicy',
        protects: [{ machine: 'archive-weu', every: 5000, consistency: 'application', keep: 10 }],
      },
    ]);
  });

  it.each([
    ['machine: archive-weu', 'machine: archive', 'expected a machine of this world (archive-weu), found "archive"'],
    ['every: PT5S', 'every: PT0.5S', 'expected an ISO 8601 duration between 1000 ms and 86400000 ms, found "PT0.5S"'],
    [
      'region: westeurope\n    protects',
      'region: northeurope\n    protects',
      'expected a machine in northeurope, where the vault is, found one in westeurope',
    ],
    [
      '- { machine: archive-weu, every: PT5S }',
      '- { machine: archive-weu, every: PT5S }\n      - { machine: archive-weu, every: PT6S }',
      'expected each machine once, found "archive-weu" again',
    ],
  ])('with %s → %s are refused', (from, to, message) => {
    const parsed = parse(from, to);
    const found = parsed.ok ? [] : parsed.problems.map((problem) => problem.message);
    expect(found.join('\n')).toContain(message);
  });

  it('are refused where their group or region is not of the world', () => {
    const parsed = parse('name: orders-vault\n    group: rg-orders-weu', 'name: orders-vault\n    group: rg-nowhere');
    expect(parsed.ok ? [] : parsed.problems.map(({ message }) => message)).toEqual([
      'expected a resource group of this world (rg-orders-weu, rg-orders-neu, rg-orders-shared), found "rg-nowhere"',
    ]);
  });
});
