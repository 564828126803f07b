import { describe, expect, it } from 'vitest';
import { fillTemplates } from '../../src/model/expression.ts';
import { loadPlan } from '../../src/plan/load-plan.ts';
import { planContext } from '../../src/plan/plan-context.ts';
import { fakeCatalogue, fakeEnvironment } from '../definition/catalogue.ts';
import { DRILL } from '../definition/drill-text.ts';

describe('planContext', () => {
  const loaded = loadPlan(DRILL, 'drill.yaml', { catalogue: fakeCatalogue(), environment: fakeEnvironment() });
  if (!loaded.ok) throw new Error('expected a plan');
  const { plan } = loaded;

  it('lets the run fill what the plan left open', () => {
    const step = plan.steps.find(({ id }) => id === 'shop-answers');
    const context = planContext(plan, new Map([['promote', { host: 'north' }]]));
    expect(fillTemplates(step?.with ?? null, context)).toEqual({
      url: 'http://shop.example/north',
      expect: 'status == 200',
    });
  });

  it('reads the names that the plan was filled with', () => {
    const text =
      '${{ drill }} ${{ environment.kind }} ${{ environment.values.shopUrl }} ${{ resources.primary.endsWith("orders-weu") }}';
    expect(fillTemplates(text, planContext(plan))).toBe('orders-failover twin http://shop.example true');
  });
});
