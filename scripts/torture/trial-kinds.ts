// What is done to a run, by name. Each resolves with the result that the run's last process gave, and what to hold it to beside the rules.
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { NAME } from './small-drill.ts';
import type { Ran, Started, Workspace } from './workspace.ts';

export interface Stage {
  readonly workspace: Workspace;
  /** Numbers in [0, 1) from the trial's seed. */
  readonly next: () => number;
  /** Durable lines at the moment when a process was killed: the run may never lose one. */
  readonly acknowledged: string[][];
}

export interface Happened {
  readonly ran: Ran;
  /** Broken promises that only this kind knows of. */
  readonly violations?: readonly string[];
  /** Why it could not be tried here. */
  readonly skipped?: string;
}

/** Undisturbed, the run has about this many events. */
const EVENTS = 45;
const TAKEN_OVER_MAX = 6;

const anywhere = ({ next }: Stage) => 2 + Math.floor(next() * EVENTS);
const RUN = ['--yes', '--rehearsal', '--json'] as const;
const startRun = ({ workspace }: Stage, environment?: Readonly<Record<string, string>>) =>
  workspace.start(['run', workspace.drill, ...RUN], environment);

async function killAt(stage: Stage, started: Started, seq: number): Promise<Ran> {
  await stage.workspace.untilEvent(seq, started);
  started.child.kill('SIGKILL');
  const ran = await started.ended;
  stage.acknowledged.push([...(await stage.workspace.journal()).lines]);
  return ran;
}

/** Takes the run over until it is closed and its evidence is there. */
async function resumed({ workspace, acknowledged }: Stage, ran: Ran): Promise<Ran> {
  let last = ran;
  for (let taken = 0; taken < TAKEN_OVER_MAX; taken++) {
    const { run, outcome, lines } = await workspace.journal();
    // A process that died after the end of the run left its evidence to the next one.
    if (run === '' || (outcome !== null && last.signal === null)) return last;
    acknowledged.push([...lines]);
    last = await workspace.run('resume', run, '--json');
    if (last.hung) return last;
  }
  return last;
}

async function fault({ workspace }: Stage, ...wishes: readonly string[]): Promise<void> {
  const { status, stderr } = await workspace.run('twin', 'fault', NAME, ...wishes);
  if (status !== 0) throw new Error(`expected the fault ${wishes.join(' ')} to start, found ${stderr}`);
}

/** A process of the twin by the beginning of its name in the registry, or its supervisor. */
function pidOf({ state }: Workspace, what: string): number {
  const folder = join(state, 'twins', NAME);
  if (what === 'supervisor')
    return (JSON.parse(readFileSync(join(folder, 'supervisor.json'), 'utf8')) as { pid: number }).pid;
  const { processes } = JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8')) as {
    processes: readonly { pid: number; what: string }[];
  };
  const found = processes.find((process) => process.what.startsWith(what));
  if (found === undefined) throw new Error(`expected a process ${what} of the twin, found none`);
  return found.pid;
}

const killingTwin =
  (what: string) =>
  async (stage: Stage): Promise<Happened> => {
    const started = startRun(stage);
    // Before the verification, so that no success can have been seen.
    await stage.workspace.untilEvent(7 + Math.floor(stage.next() * 12), started);
    process.kill(pidOf(stage.workspace, what), 'SIGKILL');
    return { ran: await resumed(stage, await started.ended) };
  };

export const TRIAL_KINDS: Readonly<Record<string, (stage: Stage) => Promise<Happened>>> = {
  'kill -9 of the orchestrator': async (stage) => {
    let ran = await killAt(stage, startRun(stage), anywhere(stage));
    if (stage.next() < 0.5) {
      const { run, outcome } = await stage.workspace.journal();
      if (outcome === null && run !== '')
        ran = await killAt(stage, stage.workspace.start(['resume', run, '--json']), anywhere(stage) + 10);
    }
    return { ran: await resumed(stage, ran) };
  },
  'death at an event': async (stage) => {
    const variable = stage.next() < 0.5 ? 'DRILLMASTER_CRASH_AT' : 'DRILLMASTER_CRASH_BEFORE';
    const ran = await startRun(stage, { [variable]: String(Math.min(anywhere(stage), 25)) }).ended;
    const skipped = ran.signal === 'SIGKILL' ? {} : { skipped: `this program does not take ${variable}` };
    return { ran: await resumed(stage, ran), ...skipped };
  },
  'dropped replies': async (stage) => {
    await fault(stage, 'lost-reply', '--match', stage.next() < 0.5 ? 'PATCH *' : 'PUT *dnsZones*', '--times', '1');
    return { ran: await resumed(stage, await startRun(stage).ended) };
  },
  throttling: async (stage) => {
    const times = String(1 + Math.floor(stage.next() * 3));
    await fault(stage, 'throttle', '--match', 'PATCH *', '--times', times, '--retry-after', '1');
    return { ran: await resumed(stage, await startRun(stage).ended) };
  },
  'kill -9 of the database': killingTwin('postgres'),
  'kill -9 of a shop': killingTwin('shop shop-neu'),
  'kill -9 of the twin itself': killingTwin('supervisor'),
  'a clock that is set': async (stage) => {
    const preload = pathToFileURL(join(import.meta.dirname, 'step-clock.ts')).href;
    const stepMs = (stage.next() < 0.5 ? -1 : 1) * (2000 + Math.floor(stage.next() * 5000));
    const file = join(stage.workspace.root, 'the-clock-is-set');
    const environment = {
      NODE_OPTIONS: `--import ${preload}`,
      TORTURE_STEP_MS: String(stepMs),
      TORTURE_STEP_FILE: file,
    };
    const started = startRun(stage, environment);
    // Early enough that the run goes on for longer than the clock is left alone between two looks at it.
    await stage.workspace.untilEvent(2 + Math.floor(stage.next() * 12), started);
    writeFileSync(file, '');
    const ran = await resumed(stage, await started.ended);
    const { lines } = await stage.workspace.journal();
    return { ran, violations: clockViolations(lines, stepMs) };
  },
  'two orchestrators': twoOrchestrators,
  'a full disk': fullDisk,
};

/** One more beside a living one is refused, and of two that take over after a death exactly one goes on. */
async function twoOrchestrators(stage: Stage): Promise<Happened> {
  const { workspace } = stage;
  const first = startRun(stage);
  await workspace.untilEvent(Math.min(anywhere(stage), 30), first);
  const { run } = await workspace.journal();
  const beside = await workspace.run('resume', run, '--json');
  const killed = await killAt(stage, first, 1);
  const rivals = await Promise.all([workspace.run('resume', run, '--json'), workspace.run('resume', run, '--json')]);
  const ended = rivals.filter(({ stdout }) => stdout.trim() !== '');
  const refused = rivals.filter(({ status }) => status === 2);
  const isOver = killed.signal === null;
  const violations = [
    ...(beside.status === 2
      ? []
      : [`a second orchestrator beside the first ended with ${beside.status}: ${beside.stderr}`]),
    ...(isOver || (ended.length === 1 && refused.length === 1)
      ? []
      : [
          `of two that took over, ${ended.length} went on and ${refused.length} were refused: ${rivals.map(({ stderr }) => stderr.slice(-300)).join(' | ')}`,
        ]),
  ];
  return { ran: await resumed(stage, ended[0] ?? killed), violations };
}

const FILLER_BYTES = 1024 * 1024;
const FULL_MS = 3000;

/** The state folder lies on a small file system, which is full for a while. */
async function fullDisk(stage: Stage): Promise<Happened> {
  const { workspace } = stage;
  const started = startRun(stage);
  await workspace.untilEvent(Math.min(anywhere(stage), 30), started);
  const filler = join(workspace.state, 'filler');
  try {
    for (;;) appendFileSync(filler, Buffer.alloc(FILLER_BYTES));
  } catch {
    // Now it is full.
  }
  await Promise.race([started.ended, sleep(FULL_MS)]);
  rmSync(filler, { force: true });
  return { ran: await resumed(stage, await started.ended) };
}

const SMALL_DISK = 'size=192m';

/** What a kind needs before its twin comes up. A text: why it cannot be had here. */
export function prepare(kind: string, { state }: Pick<Workspace, 'state'>): string | undefined {
  if (kind !== 'a full disk') return undefined;
  mkdirSync(state, { recursive: true });
  const isMounted = succeeds('mount', '-t', 'tmpfs', '-o', SMALL_DISK, 'tmpfs', state);
  return isMounted ? undefined : 'no file system can be mounted here';
}

/** Also where nothing was prepared. */
export function cleanUp(kind: string, { state }: Pick<Workspace, 'state'>): void {
  if (kind === 'a full disk') succeeds('umount', '-l', state);
}

const succeeds = (command: string, ...args: readonly string[]) =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Time across a set clock is not measured, so a run in which that happened does not pass. */
function clockViolations(lines: readonly string[], stepMs: number): readonly string[] {
  const stepped = lines.findLastIndex((line) => line.includes('"type":"clock.stepped"'));
  if (stepped === -1) return [`the clock was set by ${stepMs} ms and nothing on record says so`];
  const measured = lines.findIndex((line) => line.includes('"type":"baseline.finished"'));
  const hasPassed = lines.some((line) => line.includes('"type":"run.closed"') && line.includes('"outcome":"passed"'));
  return hasPassed && stepped > measured
    ? [`the clock was set by ${stepMs} ms while time was measured, and it passed`]
    : [];
}
