// Drills that run drills, from their files to the plan: what is refused, with its place, and what a person who approves gets to see.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../src/plan/plan-document.ts';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const SERVER = 'Microsoft.DBforPostgreSQL/flexibleServers';
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-children-'));
  mkdirSync(join(root, 'drills/worlds'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const world = (name: string) => ({
  name,
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c11',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: ['westeurope'],
  resourceGroups: [{ name: 'rg', region: 'westeurope' }],
  postgresServers: [{ name: 'orders-db', group: 'rg', region: 'westeurope', role: 'primary' }],
});

/** A drill file with a world of its name; `parts` replace what it has. */
function put(drill: string, parts: object = {}): string {
  const text = {
    drill,
    title: `The drill ${drill}`,
    exercise: 'component',
    mode: 'live',
    systems: ['orders'],
    resources: { primary: { type: SERVER, group: 'rg', name: 'orders-db' } },
    scope: ['primary'],
    verification: [
      { id: 'ready', uses: 'resource/assert', with: { resource: '${{ resources.primary }}', expect: 'status == 200' } },
    ],
    ...parts,
  };
  writeFileSync(join(root, 'drills/worlds', `${drill}.yaml`), JSON.stringify(world(drill)));
  const file = join(root, 'drills', `${drill}.yaml`);
  writeFileSync(file, JSON.stringify(text));
  return file;
}

const runs = (id: string, drill: string, more: object = {}) => ({
  id,
  uses: 'drill/run',
  with: { drill: `drills/${drill}.yaml` },
  ...more,
});
const parent = (drill: string, recovery: readonly object[], more: object = {}) =>
  put(drill, { recovery, verification: [], resources: {}, scope: [], ...more });
const run = (...argv: readonly string[]) => runInProcess(...argv, '--state', join(root, 'state'));
const planOf = async (file: string) => JSON.parse((await run('plan', file, '--json')).out) as PlanDocument;
const problemsOf = async (file: string) => (await run('validate', file)).out;

describe('a child drill', () => {
  it('stands in the plan of its parent with all that it does, so that a changed child is another plan', async () => {
    put('child');
    const file = parent('parent', [runs('one', 'child', { timeout: 'PT20M' })]);
    const { plan, digest, permissions, children } = await planOf(file);
    const [step] = plan.steps;
    expect(step).toMatchObject({
      kind: 'write',
      undo: 'nothing-to-undo',
      writes: [],
      child: {
        file: 'drills/child.yaml',
        endsAfterMs: 1_200_000,
        plan: { drill: 'child', scope: [expect.anything()] },
      },
    });
    expect(step?.timeoutMs).toBeGreaterThan(1_200_000);
    expect(step?.forecastMs).toBe(
      children?.[0]?.criticalPath.forecastMs === undefined ? 0 : 5000 + children[0].criticalPath.forecastMs,
    );
    expect(children).toMatchObject([
      { step: 'one', file: 'drills/child.yaml', digest: (await planOf(join(root, 'drills/child.yaml'))).digest },
    ]);
    expect(permissions).toEqual((await planOf(join(root, 'drills/child.yaml'))).permissions);
    put('child', { title: 'Another title' });
    expect((await planOf(file)).digest).not.toBe(digest);
  });

  it('is shown with what it touches and whom it asks', async () => {
    put('child', { approvals: { required: 1, roles: ['dr-lead'] } });
    const { out } = await run('plan', parent('parent', [runs('one', 'child')]));
    expect(out).toContain('drill/run drills/child.yaml');
    expect(out).toMatch(/Child drill of one\n {2}The drill child \(drills\/child\.yaml\)\n.*on the twin child\n/);
    expect(out).toContain('it asks for 1 of dr-lead');
    expect(out).toContain(`/providers/${SERVER}/orders-db\n`);
  });

  it('runs in the environment that is named, or in its own', async () => {
    put('child');
    const file = parent('parent', [runs('one', 'child')]);
    const environmentOf = async (...options: readonly string[]) =>
      (JSON.parse((await run('plan', file, '--json', ...options)).out) as PlanDocument).plan.steps[0]?.child?.plan
        .environment.name;
    expect([await environmentOf(), await environmentOf('--environment', 'parent')]).toEqual(['child', 'parent']);
  });

  it('nests two deep, and no deeper', async () => {
    put('d');
    parent('c', [runs('three', 'd')]);
    parent('b', [runs('two', 'c')]);
    const twoDeep = parent('a', [runs('one', 'c')]);
    expect(await problemsOf(twoDeep)).toContain('valid');
    expect((await planOf(twoDeep)).children).toMatchObject([{ step: 'one', children: [{ step: 'three' }] }]);
    const file = parent('a', [runs('one', 'b')]);
    expect(await problemsOf(file)).toContain(
      'expected child drills to nest at most 2 deep, found ' +
        `${relative(process.cwd(), file)} → step one → drills/b.yaml → step two → drills/c.yaml → step three → drills/d.yaml`,
    );
  });

  it('is never the drill above it', async () => {
    parent('b', [runs('two', 'a')]);
    const file = parent('a', [runs('one', 'b')]);
    expect(await problemsOf(file)).toContain(
      `expected no circle of child drills, found ${relative(process.cwd(), file)} → step one → drills/b.yaml → step two → drills/a.yaml`,
    );
    expect(await problemsOf(parent('self', [runs('one', 'self')]))).toContain('expected no circle of child drills');
  });

  it.each<[string, object, object, string]>([
    ['that is not there', { with: { drill: 'drills/none.yaml' } }, {}, 'found none at "drills/none.yaml"'],
    ['outside the workspace', { with: { drill: '../x.yaml' } }, {}, 'expected a drill file inside the workspace'],
    [
      'that is refused itself',
      {},
      { scope: ['nothing'] },
      'expected a child drill that can be planned, found one that cannot:\n  ',
    ],
    ['that takes longer than its step', { timeout: 'PT1S' }, {}, 'expected a timeout of at least'],
    [
      'with people where nothing is lost',
      { with: { drill: 'drills/child.yaml', declaration: { roles: ['dr-lead'] } } },
      {},
      'with a disruption to declare, found none',
    ],
    ['with rights', { with: { drill: 'drills/child.yaml', scope: ['x'] } }, {}, 'scope'],
  ])('%s is refused at its step', async (_, step, child, problem) => {
    put('child', child);
    expect(await problemsOf(parent('parent', [runs('one', 'child', step)]))).toContain(problem);
  });

  it('that is live is refused below an isolated one, and any outside recovery or beside a disruption', async () => {
    put('child');
    expect(await problemsOf(parent('parent', [runs('one', 'child')], { mode: 'isolated' }))).toContain(
      'expected a child drill in mode isolated',
    );
    const misplaced = parent('parent', [], { restoration: [runs('one', 'child')] });
    expect(await problemsOf(misplaced)).toContain('expected drill/run under recovery, found it under restoration');
    const disruption = [{ id: 'lose', uses: 'fault/region-outage', with: { region: 'westeurope' } }];
    expect(await problemsOf(put('parent', { recovery: [runs('one', 'child')], disruption }))).toContain(
      'expected no disruption in a drill that runs child drills',
    );
  });

  it('waits for another one that touches the same, unless they are worlds apart', async () => {
    put('child');
    put('other');
    const together = parent('parent', [runs('one', 'child'), runs('two', 'child')]);
    expect(await problemsOf(together)).toContain('expected two to need one or the other way round, because both touch');
    expect(
      await problemsOf(parent('parent', [runs('one', 'child'), runs('two', 'child', { needs: ['one'] })])),
    ).toContain('valid');
    const apart = parent('parent', [runs('one', 'child'), runs('two', 'other')]);
    expect(await problemsOf(apart)).toContain('valid');
    // On the same twin they are not.
    expect((await run('validate', apart, '--environment', 'parent')).out).toContain('because both touch twin parent');
  });

  it('is declared by people in the rehearsal of the quarter, and by itself alone', async () => {
    const plan = async (name: string) => (await planOf(join(ROOT, 'drills', `${name}.yaml`))).plan;
    const rehearsal = await plan('quarterly-rehearsal');
    expect(rehearsal.steps.map(({ id }) => id)).toEqual(['restore', 'fail-over', 'verify', 'review']);
    expect(rehearsal.steps[1]?.child?.plan.declaration).toMatchObject({ automatic: false, roles: ['dr-lead'] });
    expect((await plan('region-failover')).declaration.automatic).toBe(true);
    expect(rehearsal.steps[3]?.page?.items).toHaveLength(3);
    expect(rehearsal.approvals).toMatchObject({ required: 2, roles: ['dr-lead', 'service-owner'] });
  });
});
