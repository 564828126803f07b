// Names that every object of JavaScript knows are names like any other: in steps, probes, canaries, systems and resources.
import { expect, it } from 'vitest';
import { reportHtml } from '../../src/report/html.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { makeResult } from '../../src/report/result.ts';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { checkStep, drillOf, ofType, planOf, step } from './drill-builder.ts';
import { PRIMARY, REPLICA } from './test-world.ts';

it('are run, measured, reported and restored', async () => {
  const plan = planOf({
    systems: ['constructor'],
    resources: { constructor: PRIMARY, valueOf: REPLICA } as never,
    objectives: [{ system: 'constructor', rtoMs: 60_000 }],
    probes: [{ ...planOf().probes[0], id: 'constructor', system: 'constructor' } as never],
    canaries: [{ ...planOf().canaries[0], id: 'constructor', system: 'constructor' } as never],
    guardrails: [
      { id: 'constructor', during: ['recovery'], when: 'probes.constructor.failing', forMs: 60_000 },
    ] as never,
    steps: [
      step('constructor', 'disruption', { uses: 'fault/outage', kind: 'fault', writes: [] }),
      step('valueof', 'recovery', { uses: 'test/recover', undo: 'failback' }),
      checkStep('tostring', { needs: [] }),
      step('fail-back', 'restoration', { undo: 'failback' }),
    ],
  });
  const drill = drillOf({ plan });
  await expect(runDrill(drill.options)).resolves.toBe('passed');
  const events = drill.events();
  expect(ofType(events, 'step.succeeded').map((event) => event.step)).toEqual([
    'constructor',
    'valueof',
    'tostring',
    'fail-back',
  ]);
  const kernel = createKernel(plan);
  const result = makeResult(plan, kernel, events, '0'.repeat(64));
  expect(result.systems[0]?.rto.actualMs).toEqual(expect.any(Number));
  for (const text of [reportHtml(result, plan, events), reportMarkdown(result, plan, events)]) {
    expect(text).toContain('constructor');
    expect(text).not.toMatch(/native code|\[object/);
  }
});
