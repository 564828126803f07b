import { describe, expect, it } from 'vitest';
import { loadDefinition } from '../../src/definition/load.ts';
import { fakeCatalogue, fakeEnvironment } from './catalogue.ts';
import { edited, problemsOf, textAtProblem } from './drill-text.ts';

const step = (id: string, rest = '') =>
  `  - { id: ${id}, uses: http/assert, with: { url: 'http://a.example', expect: 'true' }${rest} }\n`;
const withSteps = (...steps: readonly string[]) => edited('recovery:\n', `recovery:\n${steps.join('')}`);

describe('expressions of a drill', () => {
  it.each([
    [
      'an expression that does not parse',
      '${{ resources.traffic }}',
      '${{ resources. }}',
      "'${{ resources. }}'",
      'expected an expression in CEL, found: Expected IDENTIFIER, got EOF in "resources."',
    ],
    [
      'an expression that never ends',
      '${{ resources.traffic }}',
      '${{ resources.traffic }',
      "'${{ resources.traffic }'",
      'expected }} after every ${{, found "${{ resources.traffic }"',
    ],
    [
      'an expression over nothing known',
      '${{ resources.traffic }}',
      '${{ resource.traffic }}',
      "'${{ resource.traffic }}'",
      'expected an expression over resources, environment, drill or steps, found resource.traffic; did you mean "resources.traffic"?',
    ],
    [
      'an expression over an unknown resource',
      '${{ resources.traffic }}',
      '${{ resources.trafic }}',
      "'${{ resources.trafic }}'",
      'expected the name of a resource, found resources.trafic; did you mean "traffic"?',
    ],
    [
      'an expression into an ARM id',
      '${{ resources.traffic }}',
      '${{ resources.traffic.name }}',
      "'${{ resources.traffic.name }}'",
      'expected resource traffic (a text, its ARM id), found resources.traffic.name',
    ],
    [
      'an expression over all resources',
      '${{ resources.traffic }}',
      '${{ resources }}',
      "'${{ resources }}'",
      'expected resources.NAME, found resources',
    ],
    [
      'a misspelt value of the environment',
      'shopUrl',
      'shopURL',
      "'${{ environment.values.shopURL }}/healthz'",
      'expected a value of the environment region-failover, found environment.values.shopURL; did you mean "shopUrl"?',
    ],
    [
      'a fact that environments do not have',
      'environment.values.shopUrl',
      'environment.nam',
      "'${{ environment.nam }}/healthz'",
      'expected environment.kind, environment.name, environment.tenant, environment.subscription or environment.values.NAME, found environment.nam; did you mean "name"?',
    ],
    [
      'an expression that reads steps where none have run',
      'environment.values.shopUrl',
      'steps.promote.output',
      "'${{ steps.promote.output }}/healthz'",
      'expected an expression over resources, environment or drill, found steps.promote.output',
    ],
    [
      'a misspelt step in an expression',
      'steps.promote.output.host',
      'steps.promot.output.host',
      "'http://shop.example/${{ steps.promot.output.host }}'",
      'expected the name of a step, found steps.promot.output.host; did you mean "promote"?',
    ],
    [
      'a part of a step that is not its output',
      'steps.promote.output.host',
      'steps.promote.result',
      "'http://shop.example/${{ steps.promote.result }}'",
      'expected steps.promote.output, found steps.promote.result',
    ],
    [
      'a step of a later phase',
      'endpoint: weu',
      "endpoint: '${{ steps.reseed.output.name }}'",
      "'${{ steps.reseed.output.name }}'",
      'expected a step that steer needs or that an earlier phase holds, found steps.reseed.output.name',
    ],
    [
      'a hyphen that CEL takes for a minus',
      'steps.promote.output.host',
      'steps.lose-region.output.host',
      "'http://shop.example/${{ steps.lose-region.output.host }}'",
      'expected a name with hyphens in brackets, found steps.lose-region; did you mean "steps[\'lose-region\']"?',
    ],
    [
      'a member of the name of the drill',
      'region: westeurope',
      "region: '${{ drill.name }}'",
      "'${{ drill.name }}'",
      'expected drill (the name of the drill, a text), found drill.name',
    ],
    [
      'a guardrail over an unknown probe',
      'probes["pay-page"]',
      'probes["pay-pag"]',
      '\'probes["pay-pag"].failing\'',
      'expected the name of a probe, found probes.pay-pag.failing; did you mean "pay-page"?',
    ],
    [
      'a guardrail that forgets the brackets',
      'probes["pay-page"]',
      'probes.pay-page',
      "'probes.pay-page.failing'",
      'expected a name with hyphens in brackets, found probes.pay-page; did you mean "probes[\'pay-page\']"?',
    ],
    [
      'a guardrail over more than failing',
      '["pay-page"].failing',
      '.shop.healthy',
      "'probes.shop.healthy'",
      'expected probes.NAME.failing, found probes.shop.healthy',
    ],
    [
      'a guardrail over something else',
      'probes["pay-page"].failing',
      'drill == "x"',
      '\'drill == "x"\'',
      'expected an expression over probes, found drill',
    ],
    [
      'a guardrail that is neither true nor false',
      'probes["pay-page"].failing',
      'probes.shop.failing ? 1 : 2',
      "'probes.shop.failing ? 1 : 2'",
      'expected a condition that is true or false, found 1',
    ],
  ])('finds %s, and points at it', (_, from, to, at, message) => {
    expect(textAtProblem(edited(from, to), message).slice(0, at.length)).toBe(at);
  });

  it('lets a step read what it needs at second hand, and nothing beside it', () => {
    const reader = (id: string, rest: string) =>
      `  - { id: ${id}, uses: http/assert, with: { url: 'http://\${{ steps.first.output.host }}', expect: 'true' }${rest} }\n`;
    const chain = [step('first'), step('second', ', needs: [first]')];
    expect(problemsOf(withSteps(...chain, reader('third', ', needs: [second]')))).toEqual([]);
    expect(problemsOf(withSteps(...chain, reader('third', '')))).toEqual([
      'drill.yaml:25:50: expected a step that third needs or that an earlier phase holds, found steps.first.output.host',
    ]);
  });

  it('finds an expression that parses and has no value', () => {
    const [problem] = problemsOf(edited('region: westeurope', "region: '${{ drill + 1 }}'"));
    expect(problem).toMatch(/^drill\.yaml:21:67: expected an expression that has a value, found: .* in "drill \+ 1"$/);
  });

  it('leaves the environment aside while it is unknown', () => {
    const text = edited('environment.values.shopUrl', 'environment.values.whatever');
    expect(loadDefinition(text, 'drill.yaml', { catalogue: fakeCatalogue() }).ok).toBe(true);
    expect(loadDefinition(text, 'drill.yaml', { catalogue: fakeCatalogue(), environment: fakeEnvironment() }).ok).toBe(
      false,
    );
  });
});
