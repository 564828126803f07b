import { describe, expect, it } from 'vitest';
import { type Bench, proveCheck } from '../../../src/cli/proving/prove-check.ts';
import type { Claim, CorruptionInput } from '../../../src/model/corruption.ts';
import { CodedError } from '../../../src/model/errors.ts';
import { judge } from '../../../src/providers/expectation.ts';

const other = (part: string): CorruptionInput => ({
  fault: 'corrupt-resource',
  path: '/r',
  parts: [part],
  change: 'other',
});
const claims: readonly Claim[] = [
  { claim: 'state', plants: [other('status'), other('body.state')] },
  { claim: 'role', plants: [other('body.role')] },
];

/** A check that judges by what is planted now. `finds` names the parts whose change turns it red. */
function bench(finds: readonly string[], more: { readonly stuck?: boolean; readonly error?: string } = {}) {
  const planted = new Set<string>();
  const log: string[] = [];
  const made: Bench = {
    look: async () => {
      log.push(`look ${[...planted].join()}`);
      if (more.error !== undefined && planted.size > 0) throw new CodedError(more.error, 'no answer');
      if (finds.some((part) => planted.has(part))) throw new CodedError('check-failed', `saw ${[...planted].join()}`);
      return 'as expected';
    },
    plant: async (corruption) => {
      const [part = ''] = corruption.fault === 'corrupt-resource' ? corruption.parts : [];
      if (part === 'status') return undefined;
      planted.add(part);
      const takeBack = async () => {
        log.push(`take back ${part}`);
        if (more.stuck !== true) planted.delete(part);
      };
      return { planted: part, takeBack };
    },
    pause: async () => undefined,
  };
  return { made, log, planted };
}

describe('proving a check', () => {
  it('is done when it was red on every claim and green again after each', async () => {
    const { made, planted } = bench(['body.state', 'body.role']);
    const proof = await proveCheck(claims, 'green at first', made);
    expect(proof).toMatchObject({ proved: true, problem: null, reading: 'green at first' });
    expect(proof.claims.map(({ claim, proved }) => [claim, proved])).toEqual([
      ['state', true],
      ['role', true],
    ]);
    expect(planted.size).toBe(0);
  });

  it('fails for a check that stays green, and names what was planted', async () => {
    const proof = await proveCheck(claims, 'green', bench([]).made);
    expect(proof).toMatchObject({
      proved: false,
      problem: 'state: it stayed green on body.state; role: it stayed green on body.role',
    });
  });

  it('fails when one claim of several is not found', async () => {
    const proof = await proveCheck(claims, 'green', bench(['body.role']).made);
    expect(proof).toMatchObject({ proved: false, problem: 'state: it stayed green on body.state' });
  });

  it('does not take an error for a judgement', async () => {
    const proof = await proveCheck(claims, 'green', bench([], { error: 'http-failed' }).made);
    expect(proof.proved).toBe(false);
    expect(proof.claims[1]?.plants[0]).toEqual({
      planted: 'body.role',
      red: false,
      reading: 'could not tell (http-failed): no answer',
    });
  });

  it('does not take a condition that could not be read for one that is false', async () => {
    const { made, planted } = bench(['body.state', 'body.role']);
    const unreadable: Bench = {
      ...made,
      look: async () => {
        if (planted.size > 0) judge('body.items[0].price >= 0', { body: { items: [{}] } });
        return 'as expected';
      },
    };
    const proof = await proveCheck(claims, 'green', unreadable);
    expect(proof).toMatchObject({
      proved: false,
      problem: 'state: it could not tell on body.state; role: it could not tell on body.role',
    });
    expect(proof.claims[0]?.plants[0]?.reading).toContain('could not tell (check-failed): No such key: price');
  });

  it('looks by the part of the condition alone that a claim is about', async () => {
    const narrow: readonly Claim[] = ['count >= 0', 'count < 1000'].map((expect) => ({
      ...{ claim: expect, expect },
      plants: [other('count')],
    }));
    const { made, planted } = bench([]);
    const whole = 'count >= 0 && count < 1000';
    const counting: Bench = {
      ...made,
      look: async (condition = whole) => judge(condition, { count: planted.size > 0 ? 1_000_000 : 5 }).observed,
    };
    expect(await proveCheck(narrow, 'green', counting)).toMatchObject({
      proved: false,
      problem: 'count >= 0: it stayed green on count',
    });
  });

  it('asks again what could not be asked a moment ago', async () => {
    const { made, planted } = bench(['body.state', 'body.role']);
    let failed = 0;
    const busy: Bench = {
      ...made,
      look: async () => {
        if (planted.size > 0 && failed++ < 2) throw Object.assign(new Error('reset'), { retryable: true });
        return made.look();
      },
    };
    expect(await proveCheck(claims, 'green', busy)).toMatchObject({ proved: true });
  });

  it('does not take one red look for two', async () => {
    const { made } = bench(['body.state', 'body.role']);
    let looks = 0;
    const flaky: Bench = { ...made, look: async () => (++looks % 2 === 0 ? 'as expected' : made.look()) };
    expect(await proveCheck(claims, 'green', flaky)).toMatchObject({ proved: false });
  });

  it('does not take passing trouble of another cause for what was planted', async () => {
    const { made, planted } = bench([]);
    let isTroubled = false;
    const passing: Bench = {
      ...made,
      plant: async (corruption) => {
        isTroubled = true;
        return made.plant(corruption);
      },
      pause: async () => {
        isTroubled = false;
      },
      look: async () => (isTroubled ? Promise.reject(new CodedError('check-failed', 'trouble')) : made.look()),
    };
    expect((await proveCheck(claims, 'green', passing)).problem).toContain('state: it stayed green on body.state');
    expect(planted.size).toBe(0);
  });

  it('plants again when trouble goes later than what was planted, and cannot tell when it is so each time', async () => {
    const { made, log } = bench([]);
    let left = 0;
    const lasting: Bench = {
      ...made,
      plant: async (corruption) => {
        left = 3;
        return made.plant(corruption);
      },
      look: async () => {
        if (left-- > 0) throw new CodedError('check-failed', 'trouble');
        return made.look();
      },
    };
    expect((await proveCheck(claims, 'green', lasting)).problem).toContain('state: it could not tell on body.state');
    expect(log.filter((one) => one === 'take back body.state')).toHaveLength(3);
  });

  it('proves at the second planting what was red for another cause at the first', async () => {
    const { made } = bench(['body.state', 'body.role']);
    let left = 3;
    const once: Bench = {
      ...made,
      look: async (...given) => {
        if (left-- > 0) throw new CodedError('check-failed', 'trouble');
        return made.look(...given);
      },
    };
    expect(await proveCheck(claims, 'green', once)).toMatchObject({ proved: true });
  });

  it('fails when the check stays red after what was planted is gone', async () => {
    const proof = await proveCheck(claims, 'green', bench(['body.state'], { stuck: true }).made);
    expect(proof).toMatchObject({
      proved: false,
      problem: 'it did not turn green again after this was taken back: body.state',
    });
  });

  it('fails when nothing is known to plant, or nothing was there to change', async () => {
    expect(await proveCheck([], 'green', bench([]).made)).toMatchObject({
      proved: false,
      problem: 'nothing is known to plant',
    });
    const nowhere = [{ claim: 'state', plants: [other('status')] }];
    expect(await proveCheck(nowhere, 'green', bench([]).made)).toMatchObject({
      problem: 'state: there was nothing to plant',
    });
  });

  it('takes back what was planted also when the look breaks', async () => {
    const { made, planted } = bench(['body.state']);
    const broken: Bench = { ...made, look: () => Promise.reject(new CodedError('aborted', 'aborted')) };
    await proveCheck(claims, 'green', broken);
    expect(planted.size).toBe(0);
  });
});
