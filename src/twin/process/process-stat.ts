// What the kernel tells about a process: Linux's /proc, see proc_pid_stat(5) and proc_pid_task(5).
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStat {
  /** One letter: `R` runs, `S` sleeps, `D` waits for a disk, `T` is stopped, `Z` is dead and not yet waited for. */
  readonly state: string;
  /** Clock ticks from the boot to the start of the process: with its id, what tells it from a later one of the same id. */
  readonly startTicks: number;
}

/** Undefined when there is no such process. */
export function processStat(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
  const [state = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, startTicks: Number(fields[18]) };
}

/** Children of every thread of a process; none when there is no such process. */
export function childrenOf(pid: number): readonly number[] {
  return threadsOf(pid).flatMap((thread) =>
    (readProc(`/proc/${pid}/task/${thread}/children`) ?? '').split(/\s+/).filter(Boolean).map(Number),
  );
}

/** A process that is dead or being removed can neither run nor be killed again. */
export const isOver = (stat: ProcessStat | undefined): boolean =>
  stat === undefined || stat.state === 'Z' || stat.state === 'X';

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** A process may end between opening its file and reading it: that is ESRCH. */
const isGone = (error: unknown): boolean => ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
