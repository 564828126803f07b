// The process whose first effect is waited for: it goes the way of `drillmaster resume`, on a world in which nothing has to be done.
import { takeFree } from '../../src/cli/holder.ts';
import { planOfRun } from '../../src/cli/plan-of-run.ts';
import { openStore } from '../../src/cli/store.ts';
import { resumeDrill } from '../../src/runtime/run-drill.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { createKernel, fold } from '../../src/statechart/index.ts';
import { RUN } from './resume.ts';
import { benchAction } from './runtime.ts';

const [folder = ''] = process.argv.slice(2);
const store = await openStore({ root: folder, state: folder, evidence: folder, worlds: folder });
const record = await store.find(RUN);
if (record === undefined) throw new Error(`expected the run ${RUN}, found none`);
const first = await store.events(RUN);
const plan = planOfRun(record, first);
const kernel = createKernel(plan);
kernel.view(fold(kernel, first));
const said = benchAction(async () => {
  process.stdout.write('first effect\n');
  return { kind: 'done', output: null };
});
const journal = await takeFree(store, RUN);
await journal.events();
await resumeDrill({
  plan,
  kernel: createKernel(plan),
  journal,
  catalogue: { actions: new Map([['bench/none', said]]), probes: new Map(), canaries: new Map() },
  inventory: { read: async () => [] },
  world: {},
  clock: systemClock,
  evaluate: () => ({ outcome: 'passed', reasons: [] }),
  signal: new AbortController().signal,
});
