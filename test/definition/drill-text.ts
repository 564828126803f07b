import assert from 'node:assert/strict';
import { loadDefinition } from '../../src/definition/load.ts';
import { formatProblem } from '../../src/definition/problem.ts';
import { fakeCatalogue, fakeEnvironment } from './catalogue.ts';

/** A drill without a fault in it, which tests break one line at a time. */
export const DRILL = `drill: orders-failover
title: Orders fails over
exercise: functional
mode: live
systems: [orders, payments]
objectives:
  - { system: orders, rto: PT2M, rpo: PT2S }
resources:
  primary: { type: Microsoft.DBforPostgreSQL/flexibleServers, group: rg-weu, name: orders-weu }
  replica: { type: Microsoft.DBforPostgreSQL/flexibleServers, group: rg-neu, name: orders-neu }
  traffic: { type: Microsoft.Network/trafficManagerProfiles, group: rg-shared, name: orders-tm }
scope: [primary, replica, traffic]
canaries:
  - { id: rows, system: orders, uses: postgres/canary, with: { write: '\${{ resources.primary }}', read: '\${{ resources.replica }}' } }
probes:
  - { id: shop, system: orders, uses: http/probe, with: { url: '\${{ environment.values.shopUrl }}/healthz' } }
  - { id: pay-page, system: payments, uses: http/probe, with: { url: 'http://pay.example/' }, every: PT1S }
guardrails:
  - { during: [recovery], when: 'probes["pay-page"].failing', for: PT10S }
disruption:
  - { id: lose-region, uses: fault/region-outage, with: { region: westeurope } }
recovery:
  - { id: promote, title: The replica takes over, uses: azure/postgresql.promote, with: { server: '\${{ resources.replica }}', mode: forced } }
  - { id: steer, needs: [promote], uses: azure/trafficmanager.endpoint, with: { profile: '\${{ resources.traffic }}', endpoint: weu, status: Disabled } }
verification:
  - { id: no-holes, uses: postgres/assert, with: { server: '\${{ resources.replica }}', query: SELECT 1, expect: 'rows[0].holes == 0' } }
  - { id: shop-answers, uses: http/assert, with: { url: 'http://shop.example/\${{ steps.promote.output.host }}', expect: status == 200 } }
restoration:
  - { id: reseed, uses: azure/postgresql.replica, with: { server: '\${{ resources.primary }}', source: '\${{ resources.replica }}' } }
`;

/** The drill with one text replaced; fails when the text does not occur in it. */
export function edited(from: string, to: string, text = DRILL): string {
  assert(text.includes(from), `the drill of the tests has no "${from}"`);
  return text.replace(from, () => to);
}

/** Every problem of a drill text, as a person reads it. */
export function problemsOf(
  text: string,
  catalogue = fakeCatalogue(),
  environment = fakeEnvironment(),
): readonly string[] {
  const loaded = loadDefinition(text, 'drill.yaml', { catalogue, environment });
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

/** The text, to the end of its line, at which the problem with this message points. Fails when there is no such problem. */
export function textAtProblem(text: string, message: string): string {
  const problems = problemsOf(text);
  const found = problems.find((problem) => problem.endsWith(`: ${message}`));
  assert(found, `expected the problem "${message}", found\n${problems.join('\n')}`);
  const [, line, column] = /^drill\.yaml:(\d+):(\d+): /.exec(found) ?? [];
  return (text.split('\n')[Number(line) - 1] ?? '').slice(Number(column) - 1);
}
