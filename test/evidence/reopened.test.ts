// The package of a run that was taken up again holds every end of it, and each is held to what stood on record then.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePackage } from '../../src/evidence/package.ts';
import { verifyPackage } from '../../src/evidence/verify.ts';
import type { Outcome } from '../../src/model/phase.ts';
import { makeResult } from '../../src/report/result.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { buildRun, ending, type Timed, timedAt } from '../report/run-builder.ts';
import { chainLines, openSandbox, type Sandbox } from './packed.ts';

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = openSandbox();
});
afterAll(() => sandbox.remove());

const LATER_MS = 86_400_000;
const reopened = timedAt(LATER_MS, { type: 'run.reopened', for: 'evaluation', as: 'dana', reason: 'attests' });
const attested = timedAt(LATER_MS, {
  type: 'attestation.given',
  as: 'dana',
  role: 'lead',
  verdict: 'passed',
  note: '',
});
const again = (outcome: Outcome): readonly Timed[] =>
  ending(outcome, []).map(({ at, body }) => ({ at: at + LATER_MS, body }));

async function verified(name: string, more: readonly Timed[]) {
  const { plan, timed } = buildRun();
  const lines = chainLines([...timed, ...more]);
  const events = lines.map(({ event }) => event);
  const result = makeResult(plan, createKernel(plan), events, lines.at(-1)?.stored.hash ?? '');
  const dir = join(sandbox.folder, name);
  await writePackage({ dir, plan, lines: lines.map(({ stored }) => stored), result, key: sandbox.key, secrets: [] });
  return verifyPackage(dir, sandbox.pem);
}

describe('a package of a run that was taken up again', () => {
  it('verifies', async () => {
    const { ok, findings } = await verified('twice', [...ending('passed', []), reopened, attested, ...again('passed')]);
    expect(findings).toEqual([]);
    expect(ok).toBe(true);
  });

  it('that lies about its first end is found by the line', async () => {
    const { findings } = await verified('lie', [...ending('stuck', []), reopened, attested, ...again('passed')]);
    expect(findings.map(({ code, detail }) => [code, /expected the outcome (\w+)/.exec(detail)?.[1]])).toEqual([
      ['outcome-differs', 'passed'],
      ['outcome-differs', 'passed'],
    ]);
  });

  it('that ends before the run was closed again is no package of a run that ended', async () => {
    const { findings } = await verified('open', [...ending('passed', []), reopened, attested]);
    expect(findings).toMatchObject([
      { code: 'outcome-differs', detail: expect.stringContaining('none that closes it') },
    ]);
  });
});
