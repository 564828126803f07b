// A workspace in a temporary folder with a sample drill and its world, changed where a test needs it, and the real program run in it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { bringUp } from '../../src/cli/twins.ts';
import { findWorkspace } from '../../src/cli/workspace.ts';
import { runInProcess } from '../cli/terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'bin', 'drillmaster.mjs');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestWorkspace {
  readonly root: string;
  readonly state: string;
  readonly drill: string;
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  /** The same with variables of its environment. */
  readonly runWith: (variables: NodeJS.ProcessEnv, ...args: readonly string[]) => Promise<Ran>;
  /** Runs a command inside this process: asking again and again costs no processes. */
  readonly look: (...args: readonly string[]) => Promise<Ran>;
  /** Brings the twin of its world up, from within this process. */
  readonly up: () => Promise<void>;
  /** Starts the program without waiting for its end. */
  readonly start: (...args: readonly string[]) => {
    readonly child: ReturnType<typeof spawn>;
    readonly ended: Promise<Ran>;
  };
  /** Ends the twin and removes the folder. */
  readonly remove: () => Promise<void>;
}

/** Paths into the YAML files with their new values, as in `{ 'objectives.0.rpo': 'PT0.05S' }`. */
export interface Changes {
  readonly drill?: Readonly<Record<string, unknown>>;
  readonly world?: Readonly<Record<string, unknown>>;
  /** The drill of this repository that is changed, with the world of its name. */
  readonly sample?: string;
  /** Where the sample lies; default: the drills of this repository. */
  readonly from?: string;
}

export function makeWorkspace(
  name: string,
  { drill = {}, world = {}, sample = 'region-failover', from = join(ROOT, 'drills') }: Changes = {},
): TestWorkspace {
  const root = mkdtempSync(join(tmpdir(), 'drillmaster-test-'));
  mkdirSync(join(root, 'drills', 'worlds'), { recursive: true });
  const drillFile = join(root, 'drills', `${name}.yaml`);
  writeFileSync(drillFile, changed(join(from, `${sample}.yaml`), { drill: name, ...drill }));
  const worldFile = join(root, 'drills', 'worlds', `${name}.yaml`);
  writeFileSync(worldFile, changed(join(from, 'worlds', `${sample}.yaml`), { name, ...world }));
  const start = (...args: readonly string[]) => launch(root, args);
  const run = (...args: readonly string[]) => start(...args).ended;
  const runWith: TestWorkspace['runWith'] = (variables, ...args) => launch(root, args, variables).ended;
  const state = join(root, '.drillmaster');
  const look = async (...args: readonly string[]) => {
    const { status, out, err } = await runInProcess(...args, '--state', state, '--evidence', join(root, 'evidence'));
    return { status, stdout: out, stderr: err };
  };
  const up = async () => {
    await bringUp(findWorkspace(drillFile, { state }), worldFile, 'person');
  };
  const remove = async () => {
    await look('twin', 'down', name);
    rmSync(root, { recursive: true, force: true });
  };
  return { root, state, drill: drillFile, run, runWith, look, up, start, remove };
}

function changed(file: string, changes: Readonly<Record<string, unknown>>): string {
  const document = parseDocument(readFileSync(file, 'utf8'));
  for (const [path, value] of Object.entries(changes))
    document.setIn(
      path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      value,
    );
  return document.toString();
}

function launch(cwd: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}) {
  const environment = { ...process.env, ...variables };
  delete environment['DRILLMASTER_STATE'];
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const ended = new Promise<Ran>((settle, fail) => {
    child.on('error', fail);
    child.on('close', (status) => settle({ status, ...output }));
  });
  return { child, ended };
}
