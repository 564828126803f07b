// Who writes: a process id alone can be given to another process after a crash, so the start time goes with it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process only. Empty where the system tells no start time. */
  readonly startedAt: string;
}

/** The process that runs this code. */
export const thisProcess = (): ProcessIdentity => {
  self ??= { pid: process.pid, startedAt: startOf(process.pid) ?? '' };
  return self;
};
let self: ProcessIdentity | undefined;

/** True while exactly that process lives. A process that cannot be looked at counts as alive: nobody may take its run. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  if (!exists(pid)) return false;
  const found = startOf(pid);
  return found === undefined ? !isDead(pid) : found === startedAt || startedAt === '';
}

/** When a living process began, epoch ms by the present clock; undefined where nobody can tell. */
export function startTimeOf({ startedAt }: Pick<ProcessIdentity, 'startedAt'>): number | undefined {
  if (process.platform !== 'linux') return Date.parse(startedAt) || undefined;
  const [boot, ticks = ''] = startedAt.split(':');
  if (boot !== bootId() || !/^\d+$/.test(ticks)) return undefined;
  return Date.now() - (uptime() * 1000 - Number(ticks) * LINUX_TICK_MS);
}

/** The kernel tells start times in hundredths of a second, whatever its own tick is. */
const LINUX_TICK_MS = 10;

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const startOf = (pid: number): string | undefined =>
  process.platform === 'linux' ? linuxStart(pid) : portableStart(pid);

/** Start time in ticks since boot (proc_pid_stat(5), field 22), with the boot's own id: ticks start over at every boot. */
function linuxStart(pid: number): string | undefined {
  const stat = statOf(pid);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : `${bootId()}:${stat.startTicks}`;
}

/** A killed process that its parent has not collected yet still has a pid, and will never write again. */
const isDead = (pid: number): boolean => ['Z', 'X'].includes(statOf(pid)?.state ?? '');

function statOf(pid: number): { readonly state: string; readonly startTicks: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in brackets and may hold spaces and brackets itself, so fields count from the last bracket.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startTicks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Tells one stay of a machine between two boots from every other, those of its clones too. Empty where the system tells none. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

const PS_TIMEOUT_MS = 5000;

/** `ps` prints the start time on every POSIX system; elsewhere there is none, and the pid alone must do. */
function portableStart(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    timeout: PS_TIMEOUT_MS,
  });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}
