import { describe, expect, it } from 'vitest';
import { planDigest } from '../../src/plan/digest.ts';
import { loadPlan } from '../../src/plan/load-plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planDocument, renderPlan } from '../../src/plan/render.ts';
import { fakeCatalogue, fakeEnvironment } from '../definition/catalogue.ts';
import { DRILL, edited } from '../definition/drill-text.ts';

function planned(text = DRILL): Plan {
  const loaded = loadPlan(text, 'drill.yaml', { catalogue: fakeCatalogue(), environment: fakeEnvironment() });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.plan;
}

describe('renderPlan', () => {
  it('answers every question of a person who has to approve', async () => {
    await expect(renderPlan(planned())).toMatchFileSnapshot('golden/orders-failover.plan.txt');
  });

  it('keeps to 80 columns, but for ARM ids, which nobody could copy otherwise', () => {
    const title = 'A title that goes on and on so that it cannot possibly stand on one single line of a terminal';
    const lines = renderPlan(planned(edited('Orders fails over', title))).split('\n');
    expect(lines.filter((line) => line.length > 80 && !line.startsWith('  /subscriptions/'))).toEqual([]);
  });

  it('leaves out sections that have nothing to say', () => {
    const text = renderPlan(planned('drill: talk\ntitle: Talk\nexercise: tabletop\nsystems: [orders]\n'));
    expect(text).not.toMatch(/Guardrails|Objectives|Undo|Restoration|Blast radius|Permissions|Critical path/);
    expect(text).toContain('no approval is asked for');
  });

  it('says who approves and who declares', () => {
    const people =
      'mode: live\napprovals: { required: 2, roles: [dr-lead, service-owner] }\ndeclaration: { roles: [dr-lead] }';
    const text = renderPlan(planned(edited('mode: live', people)));
    expect(text).toContain(
      '  2 approvals of dr-lead, service-owner, good for 4 h\n  recovery is declared by dr-lead\n',
    );
  });

  it('warns of what cannot be undone', () => {
    const purge = 'mode: live\napprovals: { required: 1, roles: [dr-lead] }';
    const step =
      "recovery:\n  - { id: purge, uses: azure/keyvault.purge, with: { vault: '${" + "{ resources.primary }}' } }";
    expect(renderPlan(planned(edited('recovery:', step, edited('mode: live', purge))))).toContain(
      '  Cannot be undone: purge.\n',
    );
  });
});

describe('planDocument', () => {
  it('holds the plan and everything that can be read off it', () => {
    const plan = planned();
    const document = planDocument(plan);
    expect(document.plan).toBe(plan);
    expect(document.digest).toBe(planDigest(plan));
    expect(document.waves).toEqual([
      { phase: 'disruption', waves: [['lose-region']] },
      { phase: 'recovery', waves: [['promote'], ['steer']] },
      { phase: 'verification', waves: [['no-holes', 'shop-answers']] },
      { phase: 'restoration', waves: [['reseed']] },
    ]);
    expect(document.criticalPath).toEqual({
      steps: ['lose-region', 'promote', 'steer', 'no-holes', 'reseed'],
      forecastMs: 113_550,
    });
    expect(document.undoOrder).toEqual(['lose-region']);
    expect(document.restorationOrder).toEqual(['reseed']);
    expect(document.blastRadius.map(({ writers }) => writers)).toEqual([['rows', 'reseed'], ['promote'], ['steer']]);
    expect(document.blastRadius.map(({ disturbers }) => disturbers)).toEqual([['lose-region'], [], []]);
    expect(document.permissions).toEqual(plan.permissions);
  });
});
