// Any program may put anything into the inbox of a run. What is no command is refused on record, and the run goes on.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CommandBody } from '../../src/journal/command.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { SEED } from '../definition/seed.ts';
import { ofType, planOf } from './drill-builder.ts';
import { elsewhere, refusals } from './elsewhere.ts';

/** What a run with two wanted approvals makes of commands that stand in its inbox before a good one. */
async function refusedOf(commands: readonly unknown[]) {
  const plan = planOf({ approvals: { required: 1, roles: [], expiresMs: 60_000 } });
  const drill = elsewhere({ plan }, ({ store }, type) => {
    if (type !== 'preflight.finished') return;
    for (const command of commands) store.post('run-1', command as CommandBody);
    store.post('run-1', { type: 'approve', as: 'dana', role: 'ops', decision: 'approved', planDigest: 'digest' });
  });
  await expect(runDrill(drill.options)).resolves.toBe('passed');
  return refusals(drill);
}

it('is said of each of them what was expected', async () => {
  const long = 'x'.repeat(20_000);
  const refused = await refusedOf([
    null,
    'abort',
    [1],
    { type: 'abort' },
    { type: 'abort', as: { name: 'mallory' }, reason: 'x' },
    { type: 'skip', as: 'mallory', step: ['a'], reason: 'x' },
    { type: 'pause', as: 'mallory', reason: long },
    { type: long, as: 'mallory' },
    { type: 'launch', as: 'mallory' },
    { type: 'approve', as: 'mallory', role: 'ops', decision: 'maybe', planDigest: 'digest' },
    { type: 'approve', as: 'mallory', role: 5, decision: 'approved', planDigest: 'digest' },
    { type: 'pause', as: 'mallory' },
    { type: 'answer', as: 'mallory', role: 'ops', step: '__proto__', item: 1e308, result: 'done', note: '' },
    JSON.parse('{"type":"declare","as":"mallory","reason":"x","__proto__":{"polluted":true}}'),
    { type: 'pause', as: '\ud800', reason: 'x' },
    { type: 'accept', as: 'mallory', resource: 'r', reason: 'x', covers: 5 },
    { type: 'accept', as: 'mallory', resource: 'r', reason: 'x', covers: 'text' },
    { type: 'accept', as: 'mallory', resource: 'r', reason: 'x', covers: [5] },
  ]);
  expect(refused).toHaveLength(18);
  expect(refused[0]).toEqual({ command: 'a command', as: 'somebody', why: 'expected a command, found something else' });
  expect(refused[3]).toEqual({ command: 'abort', as: 'somebody', why: 'expected "as" as a text, found none' });
  expect(refused[6]?.why).toBe('expected texts of at most 10000 characters and numbers, found another "reason"');
  expect(refused[8]?.why).toBe('expected a command of this version, found "launch" with other members');
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it.each([
  { type: 'abort', as: 'dana' },
  { type: 'abort', as: 'dana', reason: 5 },
  { type: 'abort', as: 'dana', reason: ['x'] },
  { type: 'abort', as: 'dana', reason: ' ' },
  { type: 'abort', as: 'dana', reason: 'x'.repeat(20_000) },
])('does what an abort without a usable reason asks for (%#)', async (command) => {
  const drill = elsewhere({ plan: planOf() }, ({ store }, type) => {
    if (type === 'preflight.finished') store.post('run-1', command as CommandBody);
  });
  await expect(runDrill(drill.options)).resolves.toBe('aborted');
  expect(ofType(drill.events(), 'abort.requested')).toMatchObject([{ as: 'dana', reason: 'no reason given' }]);
});

it(`does not stop for any other value either (seed ${SEED})`, async () => {
  const word = fc.constantFrom('approve', 'declare', 'skip', 'retry', 'answer', 'resume', '__proto__', '', 'dana');
  const member = fc.oneof(word, fc.jsonValue());
  const command = fc.oneof(
    fc.jsonValue(),
    fc.record(
      { type: member, as: member, role: member, step: member, reason: member, item: member },
      { requiredKeys: [] },
    ),
  );
  const property = fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 8 }), async (commands) => {
    await refusedOf(commands);
  });
  await fc.assert(property, { seed: SEED, numRuns: 25 });
});
