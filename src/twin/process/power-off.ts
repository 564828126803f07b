// Ends processes the way a lost power supply does: all at one instant, with nothing said to anybody.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { childrenOf, processStat } from './process-stat.ts';

const STOP_MS_MAX = 1000;
const LOOK_EVERY_MS = 1;
/** A tree grows while it is read; a world that never stops growing is a bug. */
const PROCESSES_MAX = 10_000;
/** Stopped, or not able to run again before it is: `D` comes back from the disk into the stop. */
const STANDING = new Set(['T', 't', 'Z', 'X', 'D']);

/**
 * A process and all its descendants, parents first. A group or a session would not do: the backends of PostgreSQL
 * are sessions of their own.
 */
export function processTree(pid: number): number[] {
  const found = [pid];
  for (const member of found) {
    found.push(...childrenOf(member).filter((child) => !found.includes(child)));
    assert(found.length <= PROCESSES_MAX, `more than ${PROCESSES_MAX} processes below ${pid}`);
  }
  return found;
}

/**
 * Ends processes with all their descendants and returns when that was, in epoch ms: every one of them stood still
 * then, so that nothing was done or acknowledged after it. Processes that are over already are left out. Blocks for
 * a millisecond or two; throws what the system says (EPERM) about processes of somebody else.
 */
export function powerOff(pids: readonly number[], frozen: readonly number[] = []): number {
  // 0 and negative numbers are groups, and 1 is the first process of all.
  for (const pid of [...pids, ...frozen])
    assert(Number.isSafeInteger(pid) && pid > 1, `expected the id of a process, found ${pid}`);
  const stopped = stopTrees([...pids, ...frozen]);
  waitUntilStanding(stopped);
  const at = Math.floor(performance.timeOrigin + performance.now());
  const kept = new Set(frozen.flatMap(processTree));
  for (const pid of stopped) if (!kept.has(pid)) signal(pid, 'SIGKILL');
  return at;
}

/** A process that was not stopped yet can still start another one: the trees are read until they stay the same. */
function stopTrees(pids: readonly number[]): ReadonlySet<number> {
  const stopped = new Set<number>();
  for (;;) {
    const fresh = pids.flatMap(processTree).filter((pid) => pid !== process.pid && !stopped.has(pid));
    if (fresh.length === 0) return stopped;
    for (const pid of fresh) {
      signal(pid, 'SIGSTOP');
      stopped.add(pid);
    }
    waitUntilStanding(fresh);
  }
}

function waitUntilStanding(pids: Iterable<number>): void {
  const deadline = performance.now() + STOP_MS_MAX;
  const moving = () => [...pids].some((pid) => !STANDING.has(processStat(pid)?.state ?? 'X'));
  while (moving() && performance.now() < deadline) pause(LOOK_EVERY_MS);
}

/** Without going back to the event loop: between the stop and the kill nothing else may happen. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
