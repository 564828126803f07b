import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentOf } from '../../../src/twin/world/environment-of.ts';
import { loadWorld, parseWorld } from '../../../src/twin/world/load-world.ts';

const SAMPLE = resolve(import.meta.dirname, '../../../drills/worlds/region-failover.yaml');
const text = readFileSync(SAMPLE, 'utf8');
const problemsOf = (changed: string) => {
  const parsed = parseWorld(changed);
  return parsed.ok ? [] : parsed.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
};
const lineOf = (part: string) => text.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('a world file', () => {
  it('of the sample drill is what the drill needs', () => {
    const world = loadWorld(SAMPLE);
    expect(world).toMatchObject({
      name: 'region-failover',
      regions: ['westeurope', 'northeurope'],
      links: [{ between: ['westeurope', 'northeurope'], latency: 150 }],
      customers: { every: 200 },
      operations: { 'PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]': 16_000 },
    });
    expect(world.postgresServers.map(({ name, role, source, version }) => [name, role, source, version])).toEqual([
      ['orders-db-weu', 'primary', undefined, '18'],
      ['orders-db-neu', 'replica', 'orders-db-weu', '18'],
    ]);
    expect(environmentOf(world)).toEqual({
      kind: 'twin',
      name: 'region-failover',
      tenant: world.tenant,
      subscription: world.subscription,
      values: { shopUrl: 'http://orders-shop.trafficmanager.net' },
      resources: expect.anything(),
    });
  });

  it('says what lies in which region', () => {
    const { resources } = environmentOf(loadWorld(SAMPLE));
    expect(resources.map(({ id, region }) => [id.split('/').slice(-2).join('/'), region])).toEqual([
      ['flexibleServers/orders-db-weu', 'westeurope'],
      ['flexibleServers/orders-db-neu', 'northeurope'],
      ['sites/orders-shop-weu', 'westeurope'],
      ['sites/orders-shop-neu', 'northeurope'],
      ['storageAccounts/ordersdocs', 'westeurope'],
      ['storageAccounts/ordersdocs', 'northeurope'],
    ]);
  });

  it.each([
    [
      'database: orders-db-weu, documents: ordersdocs',
      'database: orders-db-weu, documents: ordersdoc',
      'expected a storage account of this world (ordersdocs), found "ordersdoc"',
    ],
    ['latency: PT0.15S', 'latency: soon', 'expected an ISO 8601 duration between 0 ms and 60000 ms, found "soon"'],
    ['role: primary', 'role: king', 'expected primary or replica, found "king"'],
    [
      'source: orders-db-weu',
      'source: orders-db-neu',
      'expected a primary of this world (orders-db-weu), found "orders-db-neu"',
    ],
    [
      'database: orders-db-weu',
      'database: orders-db',
      'expected a PostgreSQL server of this world (orders-db-weu, orders-db-neu), found "orders-db"',
    ],
    [
      'target: orders-shop-weu',
      'target: shop',
      'expected a shop of this world (orders-shop-weu, orders-shop-neu), found "shop"',
    ],
    ['name: rg-orders-neu', 'name: rg-orders-weu', 'expected each name once, found "rg-orders-weu" again'],
    ['[westeurope, northeurope]', '[westeurope, westeurope]', 'expected each name once, found "westeurope" again'],
    [
      'subscription: 5b1f4f9a',
      'subscription: x5b1f4f9a',
      'expected a UUID, found "x5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c01"',
    ],
    ['[forced]: PT16S', '[forced]: later', 'expected "recorded" or an ISO 8601 duration, found "later"'],
  ])('with %s → %s has its problem where it stands', (from, to, message) => {
    expect(text).toContain(from);
    const changed = text.replace(from, to);
    const problem = problemsOf(changed).find((found) => found.endsWith(message));
    const [line = 0, column = 0] = problem?.split(':').map(Number) ?? [];
    const at = text.slice(0, text.indexOf(from)).split('\n').length - 1;
    expect(line, `${problemsOf(changed)}`).toBe(at + 1);
    // The value that is wrong is what the message quotes at its end.
    const wrong = /"([^"]*)"( again)?$/.exec(message)?.[1] ?? '';
    expect(changed.split('\n')[at]?.slice(column - 1)).toContain(wrong);
  });

  it('has every problem told at once, in the order of the text', () => {
    const changed = text
      .replace('seed: 20261121', 'seed: -1')
      .replace('every: PT0.2S', 'every: PT0S')
      .replace('priority: 2', 'priority: 0');
    const lines = problemsOf(changed).map((problem) => Number(problem.split(':')[0]));
    expect(lines).toEqual([lineOf('seed:'), lineOf('priority: 2'), lineOf('every:')]);
  });

  it.each([
    [
      'no link between a replica and its primary',
      text.replace(/links:\n.*\n/, ''),
      'expected a link between westeurope and northeurope, found none',
    ],
    [
      'a replica without a source',
      text.replace(', source: orders-db-weu', ''),
      'expected the source of a replica, found none',
    ],
    ['a group that is not there', text.replace('group: rg-orders-shared', 'group: rg-x'), 'found "rg-x"'],
    ['a key twice', `${text}\nname: again\n`, 'expected valid YAML'],
    ['no YAML at all', 'a: [b', 'expected valid YAML'],
    ['no mapping', '- 1', 'expected a mapping, found [1]'],
    ['nothing', '', 'expected a mapping'],
    [
      'an operation of no known form',
      text.replace('PUT Microsoft', 'FETCH Microsoft'),
      'expected an operation that a twin paces',
    ],
  ])('with %s is refused', (_what, changed, message) => {
    expect(problemsOf(changed).join('\n')).toContain(message);
  });

  it('that is hostile is refused, not suffered', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c]\n`;
    expect(problemsOf(bomb).length).toBeGreaterThan(0);
    expect(problemsOf('x'.repeat(1_000_001)).join()).toContain('at most 1000000 characters');
    expect(problemsOf(`${'['.repeat(20_000)}`).length).toBeGreaterThan(0);
  });

  it('is found by its name, and its problems name the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drillmaster-world-'));
    try {
      const file = join(folder, 'other.yaml');
      writeFileSync(file, text);
      expect(() => loadWorld(file)).toThrow(
        /other\.yaml:1:1: expected the name of its file, other, found "region-failover"/,
      );
      expect(() => loadWorld(join(folder, 'none.yaml'))).toThrow(expect.objectContaining({ code: 'not-found' }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says what a key with few values may hold, and names the key that is missing', () => {
    const zone = (record: string) =>
      `${text}\ndnsZones:\n  - { name: shop.example, group: rg-orders-shared, records: [${record}] }\n`;
    const problems = (record: string) => {
      const parsed = parseWorld(zone(record));
      return parsed.ok ? [] : parsed.problems.map(({ message }) => message);
    };
    expect(problems('{ name: "@", type: MX, ttl: 30, values: [a] }')).toEqual([
      'expected A or AAAA or TXT or CNAME, found "MX"',
    ]);
    expect(problems('{ name: www, type: CNAME, ttl: 30 }')).toEqual(['expected text, found no target']);
  });
});
