import { describe, expect, it } from 'vitest';
import { describeCorruption, type ValueChange } from '../../src/model/corruption.ts';
import { pointFacts } from '../../src/providers/azure/backup/recovery-points.ts';
import { catalogue } from '../../src/providers/catalogue.ts';
import { changeAt } from '../../src/twin/control/corruption/change-value.ts';
import { faultSchema } from '../../src/twin/control/fault-schema.ts';

const SUBSCRIPTION = '/subscriptions/5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c02/resourceGroups/rg/providers';
const server = (name: string) => `${SUBSCRIPTION}/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;
const account = `${SUBSCRIPTION}/Microsoft.Storage/storageAccounts/docs`;
const container = { account, container: 'papers' };

const INPUTS: Readonly<Record<string, object>> = {
  'http/assert': { url: 'http://shop.example/', expect: 'status == 200 && body.count > 0' },
  'postgres/assert': { server: server('one'), query: 'SELECT 1 AS a', expect: 'rows[0].a == 1' },
  'postgres/compare': {
    primary: server('one'),
    replica: server('two'),
    tables: [
      { table: 'orders', key: 'id' },
      { name: 'lines', query: 'SELECT 1 AS id', key: 'id' },
    ],
  },
  'blob/assert': { ...container, expect: 'count > 0' },
  'blob/compare': { primary: container, copy: { ...container, endpoint: 'secondary' } },
  'reconcile/assert': {
    rows: { server: server('one'), query: 'SELECT 1 AS id, now() AS at', key: 'id', at: 'at' },
    blobs: container,
  },
  'resource/assert': { resource: server('one'), expect: 'body.properties.state == "Ready"' },
  'backup/assert': {
    vault: `${SUBSCRIPTION}/Microsoft.RecoveryServices/vaults/v`,
    machine: `${SUBSCRIPTION}/Microsoft.Compute/virtualMachines/m`,
    expect: 'usablePoints > 0',
  },
  'tcp/assert': { host: 'db.example', port: 5432 },
  'dns/assert': { name: 'shop.example', expect: 'status == "NOERROR"' },
  'tls/assert': { host: 'shop.example' },
};

function claimsOf(uses: string, changes: object = {}) {
  const action = catalogue.actions.get(uses);
  return action?.claims?.(action.input.parse({ ...INPUTS[uses], ...changes }), {} as never) ?? [];
}

const names = (uses: string, changes?: object) => claimsOf(uses, changes).map(({ claim }) => claim);
const plants = (uses: string, changes?: object) =>
  claimsOf(uses, changes).flatMap(({ plants: all }) => all.map(describeCorruption));

type Point = { name: string; properties: { recoveryPointType: string; recoveryPointTime: string } };

/** What `backup/assert` reads of a list of points that was changed so. */
function factsOf([part = '']: readonly string[], change: ValueChange, points: readonly Point[]) {
  const shown = changeAt({ body: { value: [...points] } }, part.split('.'), change) as { body: { value: Point[] } };
  const known = shown.body.value
    .map(({ name, properties: { recoveryPointTime, recoveryPointType } }) => ({
      id: name,
      takenAt: Date.parse(recoveryPointTime),
      consistency: recoveryPointType,
    }))
    .toSorted((a, b) => a.takenAt - b.takenAt);
  return { ...pointFacts(known, Date.parse('2026-03-01T00:30:00Z')), consistency: known.at(-1)?.consistency };
}

describe('what checks claim to find', () => {
  it('is said by every check that a twin can corrupt, and by no other action', () => {
    const checks = [...catalogue.actions.values()].filter(({ kind }) => kind === 'check').map(({ name }) => name);
    expect(checks.filter((name) => INPUTS[name] === undefined).toSorted()).toEqual(['runbook/page', 'script/run']);
    const claiming = [...catalogue.actions.values()].filter(({ claims }) => claims !== undefined);
    expect(claiming.map(({ name }) => name).toSorted()).toEqual(Object.keys(INPUTS).toSorted());
  });

  it.each(Object.keys(INPUTS))('of %s is something that a twin takes', (uses) => {
    const corruptions = claimsOf(uses).flatMap(({ plants: all }) => all);
    expect(corruptions.length).toBeGreaterThan(0);
    for (const corruption of corruptions) expect(faultSchema.safeParse(corruption).success).toBe(true);
  });

  it('is each condition that && joins, so that one that is always true is not carried by the others', () => {
    expect(names('http/assert', { expect: 'status == 200 && (body.a == 1 || body.b == 2) && true' })).toEqual([
      'status',
      'body.a and body.b',
    ]);
    expect(plants('http/assert', { expect: 'body.a == 1 || body.b == 2' })).toContain(
      'body.a and body.b is another one',
    );
  });

  it.each([
    ['http/assert', 'body.a >= 0 && body.a + body.b == 12'],
    ['resource/assert', 'body.count >= 0 && body.count < 1000'],
    ['postgres/assert', 'rows[0].a >= 0 && (rows[0].a + 1) * 2 < 1000'],
    ['blob/assert', 'count >= 0 && count < 1000'],
    ['dns/assert', 'ttl >= 0 && records[0] == "a.example"'],
    ['backup/assert', 'usablePoints >= 0 && !(largestGapMs > 60000)'],
  ])('is each condition of %s, judged alone, also where they read the same', (uses, condition) => {
    const claims = claimsOf(uses, { expect: condition });
    expect(claims.map((one) => one.expect)).toEqual(condition.split(' && '));
    expect(new Set(claims.map(({ claim }) => claim)).size).toBe(2);
  });

  it('is nothing where the condition reads nothing', () => {
    expect(claimsOf('http/assert', { expect: 'true' })).toEqual([]);
    expect(claimsOf('resource/assert', { expect: '1 < 2' })).toEqual([]);
  });

  it('takes absence into account only where the condition asks for it', () => {
    expect(plants('http/assert', { expect: 'body.count >= 0' })).toEqual([
      'body.count is another one',
      'body.count says less',
      'body.count says more',
    ]);
    expect(plants('http/assert', { expect: 'has(body.count)' })).toContain('body.count is missing');
    expect(plants('http/assert', { expect: 'body.count != null' })).toContain('body.count is null');
    const lost = 'the container is lost (primary endpoint, papers)';
    expect(plants('blob/assert')).not.toContain(lost);
    expect(plants('blob/assert', { expect: 'status == 200' })).toContain(lost);
  });

  it('is each table of a comparison, and both directions of a reconciliation', () => {
    expect(names('postgres/compare')).toEqual(['orders of the replica', 'lines of the replica']);
    expect(names('reconcile/assert')).toEqual(['rows without their blobs', 'blobs without their rows']);
  });

  it('is shown by recovery points that can still be read: longer gaps, older points, another consistency, and none', () => {
    const points = [10, 20, 30].map((minute) => ({
      name: `p${minute}`,
      properties: { recoveryPointType: 'AppConsistent', recoveryPointTime: `2026-03-01T00:${minute}:00Z` },
    }));
    const seen = claimsOf('backup/assert').flatMap(({ plants: all }) =>
      all.flatMap((plant) => (plant.fault === 'corrupt-resource' ? [factsOf(plant.parts, plant.change, points)] : [])),
    );
    const year = 365 * 24 * 3600 * 1000;
    expect(seen).toMatchObject([
      { usablePoints: 3, largestGapMs: year + 600_000, newestAgeMs: 0 },
      { usablePoints: 3, newestAgeMs: year, consistency: 'AppConsistent' },
      { usablePoints: 3, newestAgeMs: 0, consistency: 'corrupted AppConsistent' },
      { usablePoints: 0, newestAgeMs: null },
    ]);
  });

  it('is the other answer of a port, and nothing of an address or of a name server elsewhere', () => {
    expect(plants('tcp/assert')).toEqual(['db.example accepts no connections']);
    expect(plants('tcp/assert', { expect: 'refused' })).toEqual(['db.example accepts connections']);
    expect(claimsOf('tcp/assert', { host: '10.0.0.4' })).toEqual([]);
    expect(claimsOf('dns/assert', { servers: ['10.0.0.4'] })).toEqual([]);
  });
});
