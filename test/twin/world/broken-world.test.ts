// What a person who misspells something in a world file is told: where, what was expected, what was found, what was probably meant.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadWorld } from '../../../src/twin/world/load-world.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../../drills/worlds/region-failover.yaml'), 'utf8');
const FORCED = 'PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]';
const OF_SERVERS = [
  'PUT Microsoft.DBforPostgreSQL/flexibleServers',
  'PATCH Microsoft.DBforPostgreSQL/flexibleServers',
  FORCED,
  'PATCH Microsoft.DBforPostgreSQL/flexibleServers [planned]',
  'POST Microsoft.DBforPostgreSQL/flexibleServers/restart',
  'DELETE Microsoft.DBforPostgreSQL/flexibleServers',
].map((operation) => `"${operation}"`);

/** What loading says, without the folder. */
function told(changed: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-world-'));
  try {
    writeFileSync(join(folder, 'region-failover.yaml'), changed);
    loadWorld(join(folder, 'region-failover.yaml'));
    return '';
  } catch (thrown) {
    return String((thrown as Error).message).replaceAll(/^.*region-failover\.yaml:/gm, 'region-failover.yaml:');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `region-failover.yaml:line:column` of the place where `part` stands. */
function placeOf(changed: string, part: string): string {
  const before = changed.slice(0, changed.indexOf(part)).split('\n');
  return `region-failover.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}`;
}

function changed(from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

describe('a world file', () => {
  it.each([
    ['seed: 20261121', 'sede: 20261121', 'sede', 'seed'],
    ['role: primary', 'rolle: primary', 'rolle', 'role'],
    ['fqdn: orders', 'fqnd: orders', 'fqnd', 'fqdn'],
    ['trafficManager:', 'traficManager:', 'traficManager', 'trafficManager'],
    ['latency: PT0.15S', 'latncy: PT0.15S', 'latncy', 'latency'],
  ])(
    'with %s misspelt as %s is told once, at the key, with the keys and the one that was meant',
    (from, to, key, meant) => {
      const wrong = changed(from, to);
      const [line, ...more] = told(wrong).split('\n');
      expect(line?.startsWith(`${placeOf(wrong, `${key}:`)}: expected one of the keys `), line).toBe(true);
      expect(line?.endsWith(`, found "${key}"; did you mean "${meant}"?`), line).toBe(true);
      expect(more).toEqual([]);
    },
  );

  it('with a misspelt resource type under operations names the operations of that service', () => {
    const wrong = changed(FORCED, FORCED.replace('flexibleServers', 'flexibleServer'));
    expect(told(wrong)).toBe(
      `${placeOf(wrong, 'PATCH Microsoft.DBforPostgreSQL/flexibleServer [')}: expected an operation that a twin paces (${OF_SERVERS.join(', ')}), ` +
        `found "PATCH Microsoft.DBforPostgreSQL/flexibleServer [forced]"; did you mean "${FORCED}"?`,
    );
  });

  it.each([
    ['a method', 'PUT Microsoft.DB', 'PTU Microsoft.DB', 'PUT Microsoft.DBforPostgreSQL/flexibleServers'],
    ['a variety', '[forced]', '[force]', FORCED],
    [
      'a method that the type does not have',
      'PUT Microsoft.DB',
      'POST Microsoft.DB',
      'PUT Microsoft.DBforPostgreSQL/flexibleServers',
    ],
    [
      'an action',
      'storageAccounts/failover [',
      'storageAccounts/failovr [',
      'POST Microsoft.Storage/storageAccounts/failover [planned]',
    ],
  ])('with %s misspelt under operations is refused with the operation that was meant', (_what, from, to, meant) => {
    const said = told(changed(from, to));
    expect(said).toContain('expected an operation that a twin paces');
    expect(said).toMatch(/, found ".*"; did you mean ".*"\?$/);
    expect(said.endsWith(`did you mean "${meant}"?`), said).toBe(true);
  });

  it('takes an operation in any case, as Azure does with resource types', () => {
    expect(told(changed(FORCED, FORCED.toLowerCase().replace('patch', 'PATCH')))).toBe('');
  });

  it('names the resource that was probably meant', () => {
    expect(told(changed('target: orders-shop-weu', 'target: orders-shop-wue'))).toMatch(
      /expected a shop of this world \(orders-shop-weu, orders-shop-neu\), found "orders-shop-wue"; did you mean "orders-shop-weu"\?$/,
    );
    expect(told(changed('role: primary', 'role: primry'))).toMatch(
      /expected primary or replica, found "primry"; did you mean "primary"\?$/,
    );
  });

  it('has names that lead nowhere told in the same round as what has a wrong form elsewhere', () => {
    const wrong = changed('seed: 20261121', 'seed: -1')
      .replace('latency: PT0.15S', 'latency: soon')
      .replace('priority: 2', 'prority: 2')
      .replace('source: orders-db-weu', 'source: orders-db-wue')
      .replace(FORCED, FORCED.replace('flexibleServers', 'flexibleServer'));
    expect(
      told(wrong)
        .split('\n')
        .map((line) => /found .*/.exec(line)?.[0]),
    ).toEqual([
      'found -1',
      'found "soon"',
      'found "orders-db-wue"; did you mean "orders-db-weu"?',
      'found "prority"; did you mean "priority"?',
      `found "PATCH Microsoft.DBforPostgreSQL/flexibleServer [forced]"; did you mean "${FORCED}"?`,
    ]);
  });

  it('is not told echoes: what names an entry that cannot be read is left for the next round', () => {
    const wrong = changed('{ name: orders-db-weu,', '{ name: ORDERS DB,').replace(
      'target: orders-shop-weu',
      'target: shop',
    );
    expect(told(wrong).split('\n')).toEqual([
      `${placeOf(wrong, 'ORDERS DB')}: expected 3 to 63 lower-case letters, digits and hyphens, found "ORDERS DB"`,
    ]);
  });
});
