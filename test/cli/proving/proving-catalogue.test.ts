import { describe, expect, it } from 'vitest';
import { requireTwinForProof } from '../../../src/cli/people.ts';
import { lineOf, proveChecks } from '../../../src/cli/proving/prove-checks.ts';
import { provingCatalogue } from '../../../src/cli/proving/proving-catalogue.ts';
import { checksOf, rehearsalPlan } from '../../../src/cli/proving/rehearsal-plan.ts';
import type { Action, ActionContext, Catalogue } from '../../../src/model/action.ts';
import type { ProvedCheck } from '../../../src/model/events.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { World } from '../../../src/providers/world.ts';

const step = (id: string, uses: string, kind: 'write' | 'check') => ({
  ...{ id, uses, kind, timeoutMs: 10, with: {} },
  retry: { attempts: 1, backoffMs: 1, maximumMs: 1 },
});
const planOf = (...steps: readonly object[]) =>
  ({
    declaration: { automatic: false, roles: ['dr-lead'] },
    guardrails: [{ id: 'g' }],
    stabilityTimeoutMs: 10,
    environment: { kind: 'twin', name: 'small' },
    steps,
  }) as unknown as Plan;

describe('the plan of a rehearsal', () => {
  it('gives checks time, asks nobody and trips no guardrail', () => {
    const plan = rehearsalPlan(planOf(step('write', 'w', 'write'), step('look', 'http/assert', 'check')));
    expect(plan.declaration).toEqual({ automatic: true, roles: [] });
    expect(plan.guardrails).toEqual([]);
    expect(plan.steps.map(({ timeoutMs, retry }) => [timeoutMs, retry.attempts])).toEqual([
      [10, 1],
      [3_600_000, 3],
    ]);
  });

  it('counts no page that people answer among the checks', () => {
    const plan = planOf({ ...step('page', 'runbook/page', 'check'), page: {} }, step('look', 'http/assert', 'check'));
    expect(checksOf(plan).map(({ id }) => id)).toEqual(['look']);
  });
});

describe('the catalogue of a rehearsal', () => {
  it('proves one check at a time', async () => {
    const seen: ProvedCheck[] = [];
    let atWork = 0;
    let most = 0;
    const check = {
      name: 'small/assert',
      kind: 'check',
      claims: () => [],
      start: async () => {
        most = Math.max(most, ++atWork);
        await new Promise((resolve) => setImmediate(resolve));
        atWork -= 1;
        return { kind: 'done', output: null, check: { expected: 'x', observed: 'it is x' } };
      },
    } as unknown as Action<unknown, World>;
    const known = { actions: new Map([['small/assert', check]]) } as unknown as Catalogue<World>;
    const bench = { look: async () => '', plant: async () => undefined, pause: async () => undefined };
    const proving = provingCatalogue(known, { benchOf: () => bench, onCheck: (one) => seen.push(one) });
    const context = (id: string) => ({ run: 'r', key: `r.${id}`, world: {} }) as unknown as ActionContext<World>;
    const start = proving.actions.get('small/assert')?.start;
    await Promise.all(['one', 'two'].map((id) => start?.({}, context(id))));
    expect(most).toBe(1);
    expect(seen).toEqual(
      ['one', 'two'].map((id) => ({
        step: id,
        uses: 'small/assert',
        proved: false,
        reading: 'it is x',
        problem: 'nothing is known to plant',
        claims: [],
      })),
    );
  });
});

describe('what is said of a check', () => {
  const check = { step: 'look', uses: 'postgres/assert', reading: null, claims: [] };

  it('is one line, whatever a database answered', () => {
    const problem = 'ERROR: no such table\n  seen red  look: every row altered\u001b[2K';
    expect(lineOf({ ...check, proved: false, problem })).toBe(
      '  NOT PROVED  look: ERROR: no such table   seen red  look: every row altered\uFFFD[2K',
    );
  });
});

describe('a proof on Azure', () => {
  it('is refused, because nothing is planted there', () => {
    const azure = { ...planOf(), environment: { kind: 'azure', name: 'production' } } as unknown as Plan;
    expect(() => requireTwinForProof(azure)).toThrow('on twins only; production is azure');
    expect(() => requireTwinForProof(planOf())).not.toThrow();
  });
});

describe('a proof without a rehearsal', () => {
  const terminal = { err: () => undefined } as unknown as Parameters<typeof proveChecks>[0]['terminal'];
  const prove = (plan: Plan) =>
    proveChecks({ run: 'r', plan, terminal, workspace: {} as never, signal: new AbortController().signal });

  it('refuses a program of which nobody knows what it looks at, and brings no twin up', async () => {
    const proof = await prove(planOf(step('ask', 'script/run', 'check'), step('look', 'http/assert', 'check')));
    expect(proof?.checks.map(({ proved, problem }) => [proved, problem])).toEqual([
      [false, 'nothing is known to plant for script/run: only its author knows what it looks at'],
      [false, 'it was not tried, because another one cannot be proved'],
    ]);
  });

  it('refuses checks beside child drills', async () => {
    const proof = await prove(
      planOf({ ...step('c', 'drill/run', 'write'), child: {} }, step('l', 'http/assert', 'check')),
    );
    expect(proof?.checks[0]?.problem).toBe('it stands beside child drills, which would have to be rehearsed with it');
  });

  it('has nothing to prove where there is no check', async () => {
    expect((await prove(planOf()))?.checks).toEqual([]);
  });
});
