// Processes that cannot be taken for later ones with the same number.
import { setTimeout as sleep } from 'node:timers/promises';
import { isOver, processStat } from './process/process-stat.ts';
import type { ProcessIdentity } from './supervisor-address.ts';

const POLL_MS = 50;

/** The process of this number; undefined when there is none. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = processStat(pid);
  return stat === undefined || isOver(stat) ? undefined : { pid, startTicks: stat.startTicks };
}

export const isAlive = ({ pid, startTicks }: ProcessIdentity): boolean => identityOf(pid)?.startTicks === startTicks;

/** True when it ended within the time. */
export async function endsWithin(identity: ProcessIdentity, ms: number): Promise<boolean> {
  for (const until = performance.now() + ms; performance.now() < until; await sleep(POLL_MS))
    if (!isAlive(identity)) return true;
  return !isAlive(identity);
}

/** Sends a signal to exactly this process, if it still lives. */
export function signalTo(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isAlive(identity)) process.kill(identity.pid, signal);
}
