// Checks that are seen red before their drill, through the front door: a good one lets it begin, a weak one does not.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type DrillResult, resultSchema } from '../../src/model/result.ts';
import { processesMentioning } from './left-behind.ts';
import { expectVerified } from './ran-drill.ts';
import { makeWorkspace, type Ran, type TestWorkspace } from './workspace.ts';

const SERVER = 'Microsoft.DBforPostgreSQL/flexibleServers';
const WORLD = {
  name: 'proved',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c12',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: ['westeurope'],
  resourceGroups: [{ name: 'rg-orders', region: 'westeurope' }],
  postgresServers: [{ name: 'orders-db', group: 'rg-orders', region: 'westeurope', role: 'primary' }],
};
const primary = '${{ resources.primary }}';
const state = {
  id: 'ready',
  uses: 'resource/assert',
  with: { resource: primary, expect: 'status == 200 && body.properties.state == "Ready"' },
};
const rows = (id: string, expected: string) => ({
  id,
  uses: 'postgres/assert',
  with: { server: primary, query: 'SELECT count(*)::int AS orders FROM public.orders', expect: expected },
});

let workspace: TestWorkspace;
afterEach(() => workspace.remove());

function drillWith(...checks: readonly object[]): void {
  workspace = makeWorkspace('proved', { sample: 'verify-data' });
  const drill = {
    drill: 'proved',
    title: 'A drill whose checks are proved',
    exercise: 'component',
    mode: 'isolated',
    systems: ['orders'],
    resources: { primary: { type: SERVER, group: 'rg-orders', name: 'orders-db' } },
    scope: ['primary'],
    timing: { baseline: 'PT1S' },
    recovery: [],
    verification: checks,
  };
  // JSON is YAML.
  writeFileSync(workspace.drill, JSON.stringify(drill));
  writeFileSync(join(workspace.root, 'drills', 'worlds', 'proved.yaml'), JSON.stringify(WORLD));
}

const prove = (): Promise<Ran> => workspace.run('run', workspace.drill, '--yes', '--prove-checks', '--json');
const resultOf = ({ stdout }: Ran): DrillResult => resultSchema.parse(JSON.parse(stdout));
const leftOf = () => [
  existsSync(join(workspace.state, 'proofs')) ? readdirSync(join(workspace.state, 'proofs')) : [],
  processesMentioning(workspace.root),
];

function eventsOf({ run }: DrillResult): readonly { readonly type: string }[] {
  const text = readFileSync(join(workspace.root, 'evidence', run, 'events.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('run --prove-checks', () => {
  it('begins when every check was seen red on a twin that is gone then, and says so in the report', async () => {
    drillWith(state, rows('no-order-yet', 'rows[0].orders == 0'));
    const ran = await prove();
    expect(ran.stderr).toContain('every check was seen red (2)');
    const result = resultOf(ran);
    expect([ran.status, result.outcome, result.reasons]).toEqual([0, 'passed', []]);
    const events = eventsOf(result);
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['run.opened', 'checks.proved']);
    expect(events[1]).toMatchObject({
      checks: [
        { step: 'ready', proved: true, claims: [{ claim: 'status' }, { claim: 'body.properties.state' }] },
        { step: 'no-order-yet', proved: true },
      ],
    });
    expect(JSON.stringify(events[1])).toContain(
      '"planted":"one added row of orders","reading":"expected rows[0].orders == 0',
    );
    const report = readFileSync(join(workspace.root, 'evidence', result.run, 'report.md'), 'utf8');
    expect(report).toContain('2 of 2 checks were seen red before the drill');
    expect(leftOf()).toEqual([[], []]);
    await expectVerified(workspace, join(workspace.root, 'evidence', result.run));
  }, 120_000);

  it('refuses to begin with a check that stays green, and names it with what was planted', async () => {
    drillWith(state, rows('weak', 'true'));
    const ran = await prove();
    const result = resultOf(ran);
    expect([ran.status, result.outcome]).toEqual([1, 'not-ready']);
    expect(result.reasons.join()).toMatch(
      /^preflight: check weak is not proved: the rows that its query reads: it stayed green on .*one added row of orders/,
    );
    const types = eventsOf(result).map(({ type }) => type);
    expect(types).not.toContain('world.entered');
    expect(types).not.toContain('step.started');
    expect(leftOf()).toEqual([[], []]);
  }, 120_000);
});
