// The end of a child may be seen by several processes at once: whoever ended it, and its parent. All find one package.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { childEvidence } from '../../../src/cli/children/child-evidence.ts';
import { freshEnds } from '../../../src/cli/children/fresh-ends.ts';
import { packageRun } from '../../../src/cli/package-run.ts';
import { openMemoryStore } from '../../../src/journal/memory.ts';
import type { DrillEvent, EventBody } from '../../../src/model/events.ts';
import { canonicalJson } from '../../../src/model/json.ts';
import { openSandbox, type Sandbox } from '../../evidence/packed.ts';
import { buildRun, ending } from '../../report/run-builder.ts';

const RUN = 'parent-1.one';
let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox();
});
afterEach(() => sandbox.remove());

async function closedChild() {
  const { plan, timed } = buildRun();
  const [first, ...rest] = [...timed, ...ending('passed', [])].toSorted((a, b) => a.at - b.at);
  const store = openMemoryStore();
  const journal = await store.create({ run: RUN, drill: plan.drill, openedAt: 1, plan: canonicalJson(plan) }, first);
  await journal.append(rest);
  await journal.release('passed');
  const record = await store.find(RUN);
  if (record === undefined) throw new Error('expected the child on record, found none');
  const at = (name: string) => join(sandbox.folder, name);
  const workspace = { root: at(''), state: at('state'), evidence: at('evidence'), worlds: at('worlds') };
  return { workspace, store, plan, record, run: RUN, secrets: [] };
}

describe('the evidence of a child', () => {
  it('is one package, whoever writes it first', async () => {
    const child = await closedChild();
    for (let time = 0; time < 10; time += 1) {
      const workspace = { ...child.workspace, evidence: join(sandbox.folder, `evidence-${time}`) };
      const [own, ...seen] = await Promise.all([
        packageRun({ ...child, workspace }),
        ...Array.from({ length: 4 }, () => childEvidence({ ...child, workspace }, child.record)),
      ]);
      const digest = seen[0]?.digest ?? 'none';
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(seen).toEqual(seen.map(() => ({ drill: child.plan.drill, run: RUN, outcome: 'passed', digest, why: '' })));
      expect(own.evidence).toBe(join(workspace.evidence, RUN));
      expect(readdirSync(workspace.evidence)).toEqual([RUN]);
    }
  });

  it('is not what somebody else put in its place', async () => {
    const { workspace, store, record, ...child } = await closedChild();
    mkdirSync(join(workspace.evidence, RUN), { recursive: true });
    writeFileSync(join(workspace.evidence, RUN, 'result.json'), '{}');
    expect(await childEvidence({ workspace, store }, record)).toMatchObject({
      digest: null,
      why: expect.stringContaining('does not verify'),
    });
    await expect(packageRun({ ...child, workspace, store })).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('the end of a child that was taken up again', () => {
  const known: DrillEvent = {
    seq: 9,
    at: 9,
    type: 'child.ended',
    step: 'one',
    attempt: 1,
    drill: 'region-failover',
    run: RUN,
    outcome: 'stuck',
    digest: 'd'.repeat(64),
  };

  it('is told anew to its parent, with its newest package', async () => {
    const { workspace, store, record } = await closedChild();
    const first = await childEvidence({ workspace, store }, record);
    const journal = await store.reopen(RUN);
    const at = (await store.events(RUN)).at(-1)?.at ?? 0;
    const again: readonly EventBody[] = [
      { type: 'run.reopened', for: 'evaluation', as: 'dana', reason: 'test' },
      { type: 'evaluation.finished', outcome: 'passed', reasons: [] },
      { type: 'run.closed', outcome: 'passed' },
    ];
    await journal.append(again.map((body) => ({ at, body })));
    expect(await freshEnds({ workspace, store }, [known])).toEqual([]);
    await journal.release('passed');
    const [fresh, ...others] = await freshEnds({ workspace, store }, [known]);
    expect(others).toEqual([]);
    expect(fresh).toMatchObject({ type: 'child.ended', step: 'one', attempt: 1, run: RUN, outcome: 'passed' });
    expect(fresh?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(fresh?.digest).not.toBe(first.digest);
    expect(readdirSync(workspace.evidence).toSorted()).toEqual([RUN, `${RUN}-reopened-1`]);
    if (fresh !== undefined)
      expect(await freshEnds({ workspace, store }, [known, { ...fresh, seq: 10, at }])).toEqual([]);
  });
});
