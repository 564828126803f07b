import { describe, expect, it } from 'vitest';
import { compareInventory } from '../../../src/model/compare-inventory.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { sha256 } from '../../../src/model/json.ts';
import { configurationFacts } from '../../../src/providers/configuration/configuration-facts.ts';

const SERVER = 'Microsoft.DBforPostgreSQL/flexibleServers';
const ID = `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/${SERVER}/db`;
const of = (body: JsonObject, type = 'Microsoft.Test/things') => configurationFacts(type, body);

describe('the configuration of a resource', () => {
  it('is every field of its body by its path, without what is null or empty', () => {
    expect(
      of({
        location: 'westeurope',
        tags: { owner: 'shop', 'cost.centre': '12' },
        zones: ['1', '2'],
        properties: { storage: { autoGrow: 'Enabled', iops: 120 }, none: null, nothing: {}, no: [] },
      }),
    ).toEqual({
      location: 'westeurope',
      'tags.owner': 'shop',
      'tags["cost.centre"]': '12',
      zones: ['1', '2'],
      'properties.storage.autoGrow': 'Enabled',
      'properties.storage.iops': 120,
    });
  });

  it('tells the items of a list by their names, whatever their order, then by type and name in their ids', () => {
    const [a, b] = [{ name: 'a', properties: { weight: 1 } }, { name: 'b' }];
    const rules = [
      { id: `${ID}/A/www`, name: 'www', ttl: 1 },
      { id: `${ID}/TXT/www`, name: 'www', ttl: 2 },
    ];
    expect(of({ list: [a, b] })).toEqual(of({ list: [b, a] }));
    expect(of({ list: [a, b], rules, plain: [{ x: 1 }, 'y'] })).toEqual({
      'list["a"].properties.weight': 1,
      'list["b"]': true,
      'plain[0].x': 1,
      'plain[1]': 'y',
      'rules["a/www"].ttl': 1,
      'rules["txt/www"].ttl': 2,
    });
  });

  it('never has one path for two places', () => {
    const facts = of({ 'a.b': 1, a: { b: 2, '[0]': 3 }, c: [{ name: '0', x: 4 }], d: [{ x: 5 }], __proto__: 6 });
    expect(Object.values(facts).toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  it('leaves out what changes by itself, of every type and of some', () => {
    const body = {
      id: ID,
      name: 'db',
      type: SERVER,
      etag: 'W/"1"',
      systemData: { createdAt: 'then', lastModifiedAt: 'now', lastModifiedBy: 'me' },
      properties: { backup: { earliestRestoreDate: 'now', backupRetentionDays: 7 }, rules: [{ name: 'x', etag: '2' }] },
    };
    expect(of(body, SERVER.toUpperCase())).toEqual({
      'properties.backup.backupRetentionDays': 7,
    });
    expect(of(body)).toHaveProperty(['properties.backup.earliestRestoreDate'], 'now');
  });

  it('keeps what a service says of its state, so that what failed or is still at work is a difference', () => {
    expect(of({ properties: { provisioningState: 'Failed' } })).toEqual({ 'properties.provisioningState': 'Failed' });
  });

  it('spells ids of resources in one way', () => {
    expect(of({ properties: { subnet: { id: ID.toUpperCase() } } })).toEqual({
      'properties.subnet.id': ID.toLowerCase(),
    });
  });

  it('holds no secret, whatever names or forms it has', () => {
    const key = 'bXkgc2VjcmV0IGtleSBvZiA2NCBieXRlcyBpbiBCYXNlNjQgMDEyMzQ1Njc4OQ==';
    const facts = of({
      properties: {
        administratorLoginPassword: 'hunter2',
        primaryKey: key,
        anything: key,
        connection: `AccountName=x;AccountKey=${key};EndpointSuffix=core`,
        url: `https://x.blob.core.windows.net/c?sv=1&sig=${key}`,
        database: 'postgres://me:hunter2@host/db',
        settings: [{ name: 'DB_PASSWORD', value: 'hunter2' }],
      },
    });
    const text = JSON.stringify(facts);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(key);
    expect(facts).toMatchObject({
      'properties.anything': `sha256:${sha256(key)} of ${key.length} characters`,
      'properties.administratorLoginPassword': '[removed]',
      'properties.url': 'https://x.blob.core.windows.net/c',
    });
  });

  it.each<[string, JsonObject]>([
    ['in double quotes', { text: 'Server=x;Password="hunter2"' }],
    ['in quotes with quotes inside', { text: 'Server=x;Password="a""hunter2";Timeout=3' }],
    ['in single quotes', { text: "Password='hunter2'" }],
    ['in JSON', { text: '{"password":"hunter2"}' }],
    ['in JSON within JSON', { text: JSON.stringify({ text: '{"password": "hunter2"}' }) }],
    ['in a list of JSON', { text: '{"passwords":["one","hunter2"]}' }],
    ['after a flag', { text: 'psql --password hunter2 -h x' }],
    ['after a longer flag', { text: 'run --client-secret "hunter2"' }],
    ['after a short flag', { text: 'mysql -u me -phunter2 && sshpass -p hunter2 ssh x; sqlcmd -U me -P hunter2' }],
    ['after a flag in a list', { args: ['--password', 'hunter2'] }],
    ['in a variable', { text: 'export PGPASSWORD=hunter2 DB_PASS=hunter2 dbPass=hunter2' }],
    ['as a pair of name and value', { env: [{ name: 'DB_PASS', value: 'hunter2' }] }],
    ['in a tag', { tags: { dbPass: 'hunter2', pass: 'hunter2' } }],
    ['in lists', { passwords: ['hunter2'], secrets: [{ name: 'db', value: 'hunter2' }], tokens: 'hunter2' }],
  ])('holds no secret %s', (_, body) => expect(JSON.stringify(of(body))).not.toContain('hunter2'));

  it('keeps what only looks like a secret', () => {
    const body = { bypass: 'AzureServices', compass: 'north', command: 'psql -p 5432', rule: 'bypass=AzureServices' };
    expect(of(body)).toEqual(body);
    expect(of({ text: '{"password":"hunter2","port":5432}' })).toEqual({ text: '{"password":[removed],"port":5432}' });
  });

  it('holds no secret of the environment, wherever it stands', () => {
    const body = { note: 'it is Swordfish, they say', Swordfish: 1, list: [{ name: 'Swordfish', x: ['Swordfish'] }] };
    expect(JSON.stringify(configurationFacts('t', body, undefined, ['Swordfish']))).not.toContain('Swordfish');
  });

  it('keeps the digest of what is long, so that a change at its end shows', () => {
    const long = (end: string) =>
      of({ text: `${'x'.repeat(5000)}${end}`, list: Array.from({ length: 200 }, () => end) });
    expect(JSON.stringify(long('a')).length).toBeLessThan(400);
    expect(long('a')).not.toEqual(long('b'));
  });

  it('stays within its limit, and a change beyond it shows', () => {
    const many = (last: string) =>
      Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}`, at === 499 ? last : 'same']));
    const limited = (last: string) => configurationFacts('t', many(last), 1000);
    expect(JSON.stringify(limited('a')).length).toBeLessThan(1300);
    expect(limited('a')).not.toEqual(limited('b'));
    expect(limited('a')).toEqual(limited('a'));
  });

  it('gives a difference that says which field of which resource, what was expected and what was found', () => {
    const item = (autoGrow: string) => ({
      id: ID,
      type: SERVER,
      facts: of({ properties: { storage: { autoGrow } } }, SERVER),
    });
    expect(compareInventory([item('Enabled')], [item('Disabled')], [ID])).toMatchObject({
      rows: [{ resource: ID, fact: 'properties.storage.autoGrow', expected: '"Enabled"', found: '"Disabled"' }],
      differences: [`${ID}: properties.storage.autoGrow expected "Enabled", found "Disabled"`],
    });
  });
});
