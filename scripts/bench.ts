// Prints what the engine costs on this machine. Ratios are firmer than absolute numbers; nothing here is a test.
import { benchFold } from './bench/fold.ts';
import { benchHelp } from './bench/help.ts';
import { benchResume } from './bench/resume.ts';
import { benchMakespan, benchSteps } from './bench/runtime.ts';

const line = (name: string, value: string) => process.stdout.write(`${name.padEnd(52)} ${value}\n`);
const rate = (count: number, ms: number) => `${Math.round((count / ms) * 1000).toLocaleString('en')}/s`;

for (const steps of [1000, 10_000]) {
  const { ms } = await benchSteps(steps);
  line(`durable no-op steps, ${steps.toLocaleString('en')} side by side`, `${rate(steps, ms)} (${Math.round(ms)} ms)`);
}
const makespan = await benchMakespan({ steps: 1000, stepMs: 100, wide: 50 });
line('1,000 steps of 100 ms, 50 wide: makespan / critical path', (makespan.ms / makespan.criticalPathMs).toFixed(2));
const fold = benchFold(10_000);
line('fold of 10,000 steps', `${rate(fold.events, fold.foldMs)} events (${Math.round(fold.foldMs)} ms)`);
line('replay of the same events', `${rate(fold.events, fold.replayMs)} events (${Math.round(fold.replayMs)} ms)`);
const resume = await benchResume(10_000);
line(
  `resume of 10,000 steps: process start to first effect`,
  `${(resume.ms / 1000).toFixed(2)} s (${resume.events.toLocaleString('en')} events; at most 3 s)`,
);
const help = benchHelp();
line(
  '--help against an empty node',
  `${(help.helpMs / help.emptyMs).toFixed(2)} times (${Math.round(help.helpMs)} / ${Math.round(help.emptyMs)} ms)`,
);
