import { describe, expect, it } from 'vitest';
import { openMemoryStore } from '../../src/journal/memory.ts';
import type { EventBody, ProvedCheck } from '../../src/model/events.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { checkStep, drillOf, ofType, stepsOnly } from './drill-builder.ts';

const CLAIM = { claim: 'rows', proved: true, plants: [{ planted: 'one lost row', red: true, reading: '1' }] };
const proofOf = (step: string, more: Partial<ProvedCheck> = {}): ProvedCheck => ({
  ...{ step, uses: 'test/check', proved: true, reading: 'green', problem: null, claims: [CLAIM] },
  ...more,
});

/** A run of two checks that was to be proved, with what is on record of that. */
async function runWith(...proof: readonly EventBody[]) {
  const plan = stepsOnly([checkStep('one'), checkStep('two')]);
  const journal = await openMemoryStore().create(
    { run: 'run-1', drill: plan.drill, openedAt: 0, plan: JSON.stringify(plan) },
    {
      at: 1,
      body: {
        type: 'run.opened',
        run: 'run-1',
        drill: plan.drill,
        planDigest: 'digest',
        environment: { kind: 'twin', name: 'small' },
        requestedBy: 'kim',
        unattended: true,
        rehearsal: false,
        proveChecks: true,
        tool: 'test',
      },
    },
  );
  await journal.append(proof.map((body) => ({ at: 2, body })));
  const drill = drillOf({ plan, journal });
  const outcome = await runDrill(drill.options);
  const [preflight] = ofType(await journal.events(), 'preflight.finished');
  return { outcome, findings: preflight?.findings, calls: drill.world.calls };
}

describe('a run whose checks are to be proved first', () => {
  it('goes on when all of them were', async () => {
    const { outcome } = await runWith({ type: 'checks.proved', tookMs: 1, checks: [proofOf('one'), proofOf('two')] });
    expect(outcome).toBe('passed');
  });

  it('is not ready with one that stayed green, and looks at nothing', async () => {
    const green = proofOf('two', { proved: false, problem: 'rows: it stayed green on one lost row of orders' });
    const ran = await runWith({ type: 'checks.proved', tookMs: 1, checks: [proofOf('one'), green] });
    expect(ran).toEqual({
      outcome: 'not-ready',
      findings: ['check two is not proved: rows: it stayed green on one lost row of orders'],
      calls: [],
    });
  });

  it('is not ready with a proof that shows nothing red, or that a later one would mend', async () => {
    const empty = proofOf('two', { claims: [] });
    const first: EventBody = { type: 'checks.proved', tookMs: 1, checks: [proofOf('one'), empty] };
    const later: EventBody = { type: 'checks.proved', tookMs: 1, checks: [proofOf('one'), proofOf('two')] };
    const findings = ['check two is not proved: nothing on record shows it red on each of its claims'];
    expect((await runWith(first)).findings).toEqual(findings);
    expect((await runWith(first, later)).findings).toEqual(findings);
  });

  it('is not ready with a proof that leaves a check out, or without any', async () => {
    const { findings } = await runWith({ type: 'checks.proved', tookMs: 1, checks: [proofOf('two')] });
    expect(findings).toEqual(['check one is not proved: no proof of it is on record']);
    expect((await runWith()).findings).toEqual(['the checks were to be proved, and no proof is on record']);
  });

  it('names checks together that one reason keeps', async () => {
    const lost = { proved: false, problem: 'the twin did not come up' };
    const checks = [proofOf('one', lost), proofOf('two', lost)];
    const { findings } = await runWith({ type: 'checks.proved', tookMs: 1, checks });
    expect(findings).toEqual(['checks one, two are not proved: the twin did not come up']);
  });
});
