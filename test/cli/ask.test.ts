// The questions at a terminal: real streams, typed answers.
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createAsk } from '../../src/cli/ask.ts';
import { peopleHere } from '../../src/cli/ask-people.ts';
import { automaticAnswer } from '../../src/cli/people.ts';
import { planDigest } from '../../src/plan/digest.ts';
import { drillPlan } from '../statechart/drills.ts';

const plan = drillPlan([], {
  approvals: { required: 1, roles: ['dr-lead'], expiresMs: 60_000 },
  declaration: { automatic: false, roles: ['dr-lead', 'ops'] },
});

/** A person who types a line whenever something is asked. */
function terminal(lines: readonly string[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  const said: string[] = [];
  const left = [...lines];
  let held = 0;
  output.on('data', (chunk: Buffer) => {
    said.push(chunk.toString());
    const next = left.shift();
    if (next === undefined) input.end();
    else input.write(`${next}\n`);
  });
  const hold = () => {
    held += 1;
    return () => {
      held -= 1;
    };
  };
  const told: string[] = [];
  const people = peopleHere(plan, createAsk({ input, output, hold }), (text) => told.push(text));
  return { people, said, told, held: () => held };
}
const never = new AbortController().signal;

describe('an unattended run', () => {
  it('has nobody who works through a page, and says so', () => {
    expect(automaticAnswer({})).toMatchObject({
      as: 'automatic',
      result: 'skipped',
      note: expect.stringContaining('nobody'),
    });
  });
});

describe('at the terminal of a run', () => {
  it('a person types name, role and the name of the drill to approve', async () => {
    const { people, told, held } = terminal(['Dana', '', 'yes', 'test-drill']);
    expect(await people.approve(never)).toEqual({
      type: 'approval.decided',
      decision: 'approved',
      as: 'Dana',
      role: 'dr-lead',
      verified: false,
      automatic: false,
      planDigest: planDigest(plan),
    });
    expect(told.join('\n')).toContain(planDigest(plan));
    expect(held()).toBe(0);
  });

  it('a person who declines says why', async () => {
    const { people } = terminal(['Dana', 'dr-lead', 'decline', '', 'closing week']);
    expect(await people.approve(never)).toMatchObject({ decision: 'declined', note: 'closing week' });
  });

  it('a person declares with a reason, and names the role when there are several', async () => {
    const { people, told } = terminal(['Ola', 'ops', 'customers call']);
    expect(await people.declare('probe shop failed', never)).toEqual({
      type: 'declaration.made',
      as: 'Ola',
      role: 'ops',
      automatic: false,
      reason: 'customers call',
    });
    expect(told).toEqual(['The disruption was seen: probe shop failed']);
  });

  it('nobody answers any more once the person has left, until others have', async () => {
    const controller = new AbortController();
    const { people, held } = terminal(['Dana']);
    const asked = people.approve(controller.signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort(new Error('answered elsewhere'));
    await expect(asked).rejects.toThrow();
    expect(held()).toBe(0);
  });
});
