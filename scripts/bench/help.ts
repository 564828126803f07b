import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const RUNS = 9;

/** Median whole-process time of `--help` and of a Node that does nothing, in milliseconds, taken in turns. */
export function benchHelp(): { readonly helpMs: number; readonly emptyMs: number } {
  const program = join(import.meta.dirname, '..', '..', 'bin', 'drillmaster.mjs');
  const times = Array.from({ length: RUNS }, () => ({ help: timed([program, '--help']), empty: timed(['-e', '0']) }));
  return { helpMs: median(times.map(({ help }) => help)), emptyMs: median(times.map(({ empty }) => empty)) };
}

function timed(args: readonly string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`expected exit status 0 of node ${args.join(' ')}, found ${status}`);
  return performance.now() - started;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
