import { describe, expect, it } from 'vitest';
import { planDigest } from '../../src/plan/digest.ts';
import { loadPlan } from '../../src/plan/load-plan.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { fakeCatalogue, fakeEnvironment, SUBSCRIPTION } from '../definition/catalogue.ts';
import { DRILL, edited } from '../definition/drill-text.ts';

const facts = { catalogue: fakeCatalogue(), environment: fakeEnvironment() };
const GROUPS = `/subscriptions/${SUBSCRIPTION}/resourceGroups`;
const REPLICA = `${GROUPS}/rg-neu/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders-neu`;

function planned(text = DRILL, environment = facts.environment): Plan {
  const loaded = loadPlan(text, 'drill.yaml', { ...facts, environment });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.plan;
}
const stepOf = (plan: Plan, id: string) => plan.steps.find((step) => step.id === id);

describe('makePlan', () => {
  it('resolves resources to full ARM ids, in scope and in inputs', () => {
    const plan = planned();
    expect(plan.resources['replica']).toBe(REPLICA);
    expect(plan.scope[1]).toBe(REPLICA);
    expect(stepOf(plan, 'promote')?.with).toEqual({ server: REPLICA, mode: 'forced' });
    expect(stepOf(plan, 'promote')?.writes).toEqual([REPLICA]);
    expect(plan.canaries[0]?.writes).toEqual([plan.resources['primary']]);
  });

  it('takes the subscription of a resource that names its own', () => {
    const other = '0d5b1a2c-0000-4000-8000-000000000002';
    const plan = planned(edited('group: rg-neu', `subscription: ${other}, group: rg-neu`));
    expect(plan.resources['replica']).toBe(REPLICA.replace(SUBSCRIPTION, other));
  });

  it('fills what is known, and leaves what only the run knows', () => {
    const plan = planned();
    expect(plan.probes[0]?.with).toEqual({ url: 'http://shop.example/healthz' });
    expect(stepOf(plan, 'shop-answers')?.with).toEqual({
      url: 'http://shop.example/${{ steps.promote.output.host }}',
      expect: 'status == 200',
    });
  });

  it('fills values of any type, and facts of environment and drill', () => {
    const text = edited(
      'query: SELECT 1',
      "query: '${{ drill }} on ${{ environment.kind }} ${{ environment.values.place.name }}'",
    );
    const plan = planned(text, fakeEnvironment({ shopUrl: 'http://a', place: { name: 'weu' } }));
    expect(stepOf(plan, 'no-holes')?.with).toMatchObject({ query: 'orders-failover on twin weu' });
  });

  it('turns every duration into milliseconds', () => {
    const plan = planned(
      edited('needs: [promote],', 'needs: [promote], timeout: PT1M30S, retry: { attempts: 4, backoff: PT0.5S },'),
    );
    expect(plan.objectives).toEqual([{ system: 'orders', rtoMs: 120_000, rpoMs: 2_000 }]);
    expect(plan.probes[0]).toMatchObject({ everyMs: 250, timeoutMs: 2_000, stableForMs: 5_000 });
    expect(plan.canaries[0]?.everyMs).toBe(20);
    expect(plan.guardrails).toEqual([
      { id: 'guardrail-1', during: ['recovery'], when: 'probes["pay-page"].failing', forMs: 10_000 },
    ]);
    expect([plan.baselineMs, plan.detectionTimeoutMs, plan.stabilityTimeoutMs]).toEqual([5_000, 120_000, 300_000]);
    expect(plan.approvals).toEqual({ required: 0, roles: [], expiresMs: 14_400_000 });
    expect(stepOf(plan, 'steer')).toMatchObject({
      timeoutMs: 90_000,
      retry: { attempts: 4, backoffMs: 500, maximumMs: 60_000 },
    });
  });

  it('lets checks look three times, and sends writes and faults once, when the file does not say', () => {
    const attempts = Object.fromEntries(planned().steps.map(({ id, retry }) => [id, retry.attempts]));
    expect(attempts).toMatchObject({ 'no-holes': 3, 'shop-answers': 3, promote: 1, 'lose-region': 1 });
  });

  it('keeps steps in phase order, then file order, with their critical times', () => {
    expect(planned().steps.map(({ id, phase, criticalMs }) => [id, phase, criticalMs])).toEqual([
      ['lose-region', 'disruption', 500],
      ['promote', 'recovery', 23_000],
      ['steer', 'recovery', 2_000],
      ['no-holes', 'verification', 50],
      ['shop-answers', 'verification', 20],
      ['reseed', 'restoration', 90_000],
    ]);
  });

  it('takes kind, undo and data roles from the action, and the title from the file', () => {
    expect(stepOf(planned(), 'promote')).toMatchObject({
      title: 'The replica takes over',
      kind: 'write',
      undo: 'failback',
      changesDataRoles: true,
    });
    expect(stepOf(planned(), 'steer')).not.toHaveProperty('title');
  });

  it('says what a fault can reach, and of nothing else that it reaches anything', () => {
    const filled = edited('region: westeurope', "region: '${{ environment.values.lost }}'");
    const plan = planned(filled, fakeEnvironment({ shopUrl: 'http://a', lost: 'northeurope' }));
    expect(stepOf(plan, 'lose-region')?.reach).toEqual([plan.resources['replica']]);
    expect(stepOf(plan, 'promote')).not.toHaveProperty('reach');
  });

  it('names each permission once, sorted', () => {
    expect(planned().permissions).toEqual([
      'Microsoft.DBforPostgreSQL/flexibleServers/read',
      'Microsoft.DBforPostgreSQL/flexibleServers/write',
      'Microsoft.Network/trafficManagerProfiles/azureEndpoints/write',
    ]);
  });

  it('knows who declares', () => {
    expect(planned().declaration).toEqual({ automatic: true, roles: [] });
    expect(planned(edited('mode: live', 'mode: live\ndeclaration: { roles: [dr-lead] }')).declaration).toEqual({
      automatic: false,
      roles: ['dr-lead'],
      timeoutMs: 1_800_000,
    });
  });

  it('survives JSON unchanged', () => {
    const plan = planned();
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('throws for a definition that was never checked', () => {
    const loaded = loadPlan(DRILL, 'drill.yaml', facts);
    if (!loaded.ok) throw new Error('expected a plan');
    const empty = { actions: new Map(), probes: new Map(), canaries: new Map() };
    expect(() => makePlan(loaded.definition, { ...facts, catalogue: empty })).toThrow('the definition was not checked');
  });
});

describe('loadPlan', () => {
  it('refuses with problems where the environment lacks a value', () => {
    const loaded = loadPlan(DRILL, 'drill.yaml', { ...facts, environment: fakeEnvironment({}) });
    expect(loaded.ok ? [] : loaded.problems).toEqual([
      {
        file: 'drill.yaml',
        line: 16,
        column: 64,
        message: 'expected a value of the environment region-failover, found environment.values.shopUrl',
      },
    ]);
  });
});

describe('planDigest', () => {
  it('is the same for the same plan, whatever the order of keys and the layout of the file', () => {
    const spaced = DRILL.replaceAll('\n', '\n\n');
    expect(planDigest(planned(spaced))).toBe(planDigest(planned()));
    expect(planDigest(planned())).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['an objective', 'rto: PT2M', 'rto: PT3M'],
    ['an input', 'mode: forced', 'mode: planned'],
    ['a time-out', 'needs: [promote],', 'needs: [promote], timeout: PT1M,'],
    ['the title of a step', 'The replica takes over', 'The replica leads'],
  ])('changes with %s', (_, from, to) => {
    expect(planDigest(planned(edited(from, to)))).not.toBe(planDigest(planned()));
  });
});
