import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { fakeAction, fakeCatalogue, SUBSCRIPTION } from './catalogue.ts';
import { DRILL, edited, problemsOf, textAtProblem } from './drill-text.ts';

const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups`;
const step = (id: string, rest = '') =>
  `  - { id: ${id}, uses: http/assert, with: { url: 'http://a.example', expect: 'true' }${rest} }\n`;
const withSteps = (...steps: readonly string[]) => edited('recovery:\n', `recovery:\n${steps.join('')}`);

describe('a step whose effect only the end of the disruption takes back', () => {
  const isolate = fakeAction('azure/network.isolate', z.strictObject({ group: z.string() }), {
    undo: 'reversible',
    endsWithDisruption: true,
    takeBack: async () => null,
  });
  const at = (phase: string) =>
    problemsOf(
      edited(`${phase}:\n`, `${phase}:\n  - { id: cut, uses: azure/network.isolate, with: { group: apps } }\n`),
      fakeCatalogue(isolate),
    ).map((problem) => problem.replace(/^[^ ]+ /, ''));

  it('stands under disruption', () => {
    expect(at('disruption')).toEqual([]);
  });

  it.each(['recovery', 'restoration'])('is refused under %s, where it would stay after success', (phase) => {
    expect(at(phase)).toEqual([
      `expected azure/network.isolate under disruption, whose end takes it back, found it under ${phase}, after which nothing does`,
    ]);
  });
});

describe('checkDefinition', () => {
  it('finds nothing in a drill without a fault', () => {
    expect(problemsOf(DRILL)).toEqual([]);
  });

  it.each([
    [
      'a misspelt action',
      'azure/postgresql.promote',
      'azure/postgres.promote',
      'azure/postgres.promote',
      'expected the name of an action, found "azure/postgres.promote"; did you mean "azure/postgresql.promote"?',
    ],
    [
      'an action that is like no other',
      'fault/region-outage',
      'nothing/like-it',
      'nothing/like-it',
      'expected the name of an action, found "nothing/like-it"',
    ],
    [
      'a misspelt probe',
      'uses: http/probe',
      'uses: http/prob',
      'http/prob',
      'expected the name of a probe, found "http/prob"; did you mean "http/probe"?',
    ],
    [
      'a misspelt canary',
      'postgres/canary',
      'postgres/canari',
      'postgres/canari',
      'expected the name of a canary, found "postgres/canari"; did you mean "postgres/canary"?',
    ],
    [
      'a misspelt system of a probe',
      'shop, system: orders',
      'shop, system: order',
      'order',
      'expected one of the systems orders or payments, found "order"; did you mean "orders"?',
    ],
    [
      'a misspelt resource in scope',
      'scope: [primary',
      'scope: [primry',
      'primry',
      'expected the name of a resource, found "primry"; did you mean "primary"?',
    ],
    [
      'a resource twice in scope',
      'scope: [primary',
      'scope: [traffic, primary',
      'traffic',
      'expected each resource in scope once, found "traffic" again',
    ],
    [
      'a misspelt step under needs',
      'needs: [promote]',
      'needs: [promot]',
      'promot',
      'expected a step of recovery, found "promot"; did you mean "promote"?',
    ],
    [
      'a need across phases',
      'needs: [promote]',
      'needs: [promote, lose-region]',
      'lose-region',
      'expected a step of recovery, found "lose-region" of disruption: phases already wait for each other',
    ],
    ['a step id twice', 'id: no-holes', 'id: steer', 'steer', 'expected each step id once, found "steer" again'],
    [
      'a write in verification',
      "id: no-holes, uses: postgres/assert, with: { server: '${{ resources.replica }}', query: SELECT 1, expect: 'rows[0].holes == 0' }",
      "id: no-holes, uses: azure/postgresql.promote, with: { server: '${{ resources.replica }}', mode: forced }",
      'azure/postgresql.promote',
      'expected only checks in verification, found the write azure/postgresql.promote',
    ],
    [
      'an input that is missing',
      ', mode: forced',
      '',
      "{ server: '${{ r",
      'expected "mode" ("planned" or "forced"), found nothing',
    ],
    [
      'a misspelt key of an input',
      'mode: forced',
      'mod: forced',
      'mod',
      'expected one of the keys server or mode, found "mod"; did you mean "mode"?',
    ],
    [
      'a misspelt word in an input',
      'mode: forced',
      'mode: forcd',
      'forcd',
      'expected "planned" or "forced", found "forcd"; did you mean "forced"?',
    ],
    [
      'an input that is filled and still wrong',
      "server: '${{ resources.primary }}'",
      "server: '${{ drill }}'",
      "'${{ drill }}'",
      'expected a full ARM id, found "orders-failover"',
    ],
    ['an input of a probe', 'http://pay.example/', 'pay', "'pay'", 'expected a URL, found "pay"'],
    [
      'a write outside scope',
      'scope: [primary, replica, traffic]',
      'scope: [primary, replica]',
      "'${{ resources.traffic }}'",
      `expected a write inside scope (primary or replica), found ${GROUP}/rg-shared/providers/Microsoft.Network/trafficManagerProfiles/orders-tm/azureEndpoints/weu`,
    ],
    [
      'a write by name outside scope',
      'scope: [primary, replica, traffic]',
      'scope: [primary, traffic]',
      "'${{ resources.replica }}'",
      `expected a write inside scope (primary or traffic), found replica (${GROUP}/rg-neu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-neu)`,
    ],
    [
      'a target that only the run knows',
      "steer, needs: [promote], uses: azure/trafficmanager.endpoint, with: { profile: '${{ resources.traffic }}'",
      "steer, needs: [promote], uses: azure/trafficmanager.endpoint, with: { profile: '${{ steps.promote.output.id }}'",
      "'${{ steps.promote.output.id }}'",
      'expected a target that is known when the plan is made, found ${{ steps.promote.output.id }}/azureEndpoints/weu',
    ],
    [
      'a fault that reaches beyond the scope',
      'region: westeurope',
      'region: southeastasia',
      '{ region: southeastasia }',
      `expected a fault that stays inside scope (primary, replica or traffic), found that it reaches ${GROUP}/rg-sea/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-sea`,
    ],
    [
      'a fault that reaches a resource of the file beyond the scope',
      'scope: [primary, replica, traffic]',
      'scope: [replica, traffic]',
      '{ region: westeurope }',
      `expected a fault that stays inside scope (replica or traffic), found that it reaches primary (${GROUP}/rg-weu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-weu)`,
    ],
    [
      'a fault that reaches nothing',
      'region: westeurope',
      'region: westeurop',
      '{ region: westeurop }',
      'expected a fault that reaches something of region-failover, found that it reaches nothing there',
    ],
    [
      'a disruption without a scope',
      'scope: [primary, replica, traffic]',
      'scope: []',
      'fault/region-outage',
      'expected a scope before anything is disrupted, found an empty one',
    ],
    [
      'a disruption in mode isolated',
      'mode: live',
      'mode: isolated',
      'fault/region-outage',
      'expected no disruption in mode isolated, where only what the drill itself created is changed; found fault/region-outage',
    ],
    [
      'a step that writes in mode isolated',
      'mode: live',
      'mode: isolated',
      'azure/postgresql.promote',
      `expected no write in mode isolated, where only what the drill itself created is changed; found one to replica (${GROUP}/rg-neu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-neu)`,
    ],
    [
      'a canary in mode isolated',
      'mode: live',
      'mode: isolated',
      'postgres/canary',
      `expected no write in mode isolated, where only what the drill itself created is changed; found one to primary (${GROUP}/rg-weu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-weu)`,
    ],
    [
      'a fault whose reach only the run knows',
      'region: westeurope',
      "region: '${{ steps.promote.output.region }}'",
      "{ region: '${{ steps",
      'expected a fault whose reach is known when the plan is made, found ${{ steps.promote.output.region }}',
    ],
    [
      'an RTO without a probe',
      'id: shop, system: orders',
      'id: shop, system: payments',
      'PT2M',
      'expected a probe of orders, because RTO is measured with one, found none',
    ],
    [
      'an RPO without a canary',
      'id: rows, system: orders',
      'id: rows, system: payments',
      'PT2S',
      'expected a canary of orders, because RPO is measured with one, found none',
    ],
    [
      'an objective of an unknown system',
      '{ system: orders, rto',
      '{ system: order, rto',
      'order',
      'expected one of the systems orders or payments, found "order"; did you mean "orders"?',
    ],
    [
      'an objective that asks for nothing',
      'orders, rto: PT2M, rpo: PT2S',
      'orders',
      '{ system: orders',
      'expected rto or rpo, found neither',
    ],
  ])('finds %s, and points at it', (_, from, to, at, message) => {
    expect(textAtProblem(edited(from, to), message).slice(0, at.length)).toBe(at);
  });

  it('finds an objective without disruption, once for RTO and once for RPO', () => {
    const text = edited(
      'disruption:\n  - { id: lose-region, uses: fault/region-outage, with: { region: westeurope } }\n',
      '',
    );
    expect(problemsOf(text)).toEqual([
      'drill.yaml:7:28: expected steps under disruption, because RTO counts from there, found none',
      'drill.yaml:7:39: expected steps under disruption, because RPO counts from there, found none',
    ]);
  });

  it('finds a failback action in a drill without restoration', () => {
    const text = DRILL.slice(0, DRILL.indexOf('restoration:'));
    expect(problemsOf(text)).toEqual([
      'drill.yaml:23:57: expected steps under restoration, because only they bring azure/postgresql.promote back, found none',
    ]);
  });

  it('finds a fault outside disruption', () => {
    const text = edited(
      'id: reseed, uses: azure/postgresql.replica',
      'id: again, uses: fault/region-outage, with: { region: northeurope } }\n  - { id: reseed, uses: azure/postgresql.replica',
    );
    expect(problemsOf(text)).toEqual([
      'drill.yaml:29:24: expected no fault outside disruption, found the fault fault/region-outage',
    ]);
  });

  it('wants an approval for what cannot be undone', () => {
    const purge = "  - { id: purge, uses: azure/keyvault.purge, with: { vault: '${{ resources.primary }}' } }\n";
    const problem =
      'drill.yaml:23:24: expected approvals.required of at least 1, because azure/keyvault.purge cannot be undone, found 0';
    expect(problemsOf(withSteps(purge))).toEqual([problem]);
    expect(
      problemsOf(edited('mode: live', 'mode: live\napprovals: { required: 1, roles: [dr-lead] }', withSteps(purge))),
    ).toEqual([]);
  });

  it('names a cycle step by step', () => {
    const text = withSteps(step('a', ', needs: [b]'), step('b', ', needs: [c]'), step('c', ', needs: [a]'));
    expect(problemsOf(text)).toEqual([
      'drill.yaml:23:91: expected needs without a cycle, found a → b → c → a (each needs the next)',
    ]);
  });

  it('compares ARM ids without regard to case', () => {
    const id = `${GROUP}/RG-NEU/providers/microsoft.dbforpostgresql/flexibleservers/ORDERS-NEU`;
    expect(problemsOf(edited("'${{ resources.replica }}', mode", `'${id}', mode`))).toEqual([]);
  });

  it('wants one name for each segment of a nested type', () => {
    const text = edited(
      'Microsoft.Network/trafficManagerProfiles,',
      'Microsoft.Network/trafficManagerProfiles/azureEndpoints,',
    );
    expect(problemsOf(text)).toContain(
      'drill.yaml:11:101: expected 2 names joined by / for Microsoft.Network/trafficManagerProfiles/azureEndpoints, found "orders-tm"',
    );
  });

  it('checks the parts of an input that are known beside a part that only the run knows', () => {
    const text = edited(
      "url: 'http://shop.example/${{ steps.promote.output.host }}', expect",
      "url: '${{ steps.promote.output.url }}', expct",
    );
    expect(problemsOf(text)).toEqual([
      'drill.yaml:27:92: expected one of the keys url or expect, found "expct"; did you mean "expect"?',
    ]);
  });

  it('reads inputs of any zod schema, alternatives included', () => {
    const input = z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('one'), count: z.int().min(1) }),
      z.strictObject({ kind: z.literal('two'), list: z.array(z.strictObject({ name: z.string() })) }),
    ]);
    const catalogue = fakeCatalogue(fakeAction('test/any', input, { kind: 'check' }));
    const problems = (given: string) =>
      problemsOf(withSteps(`  - { id: any, uses: test/any, with: ${given} }\n`), catalogue);
    expect(problems('{ kind: three }')).toEqual(['drill.yaml:23:46: expected "one" or "two", found "three"']);
    expect(problems('{ kind: one, count: 0 }')).toEqual(['drill.yaml:23:58: expected at least 1, found 0']);
    expect(problems('{ kind: two, list: [{ nam: x }] }')).toEqual([
      'drill.yaml:23:60: expected one of the keys name, found "nam"; did you mean "name"?',
    ]);
  });
});
