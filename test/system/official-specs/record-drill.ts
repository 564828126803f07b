// Runs a drill of this repository by the real program, with a proxy between it and its twin that keeps every exchange.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { findTwin } from '../../../src/twin/index.ts';
import { type KeptExchange, startProxy } from '../twin-proxy.ts';

const ROOT = resolve(import.meta.dirname, '..', '..', '..');
const PROGRAM = join(ROOT, 'bin', 'drillmaster.mjs');
/** Times are judged elsewhere. */
const OPERATION_TIME = 'PT1S';

/** What a rehearsal of drills says is said by its children, which are all here themselves. */
const isRehearsal = (file: string) => readFileSync(join(ROOT, 'drills', file), 'utf8').includes('uses: drill/run');

export const drillNames = (): readonly string[] =>
  readdirSync(join(ROOT, 'drills'))
    .filter((file) => file.endsWith('.yaml') && existsSync(join(ROOT, 'drills', 'worlds', file)) && !isRehearsal(file))
    .map((file) => file.replace(/\.yaml$/, ''));

export interface RecordedDrill {
  readonly drill: string;
  readonly outcome: string;
  readonly said: string;
  readonly exchanges: readonly KeptExchange[];
}

export async function recordDrill(drill: string): Promise<RecordedDrill> {
  const root = mkdtempSync(join(tmpdir(), 'drillmaster-specs-'));
  const file = join(root, 'drills', `${drill}.yaml`);
  const run = (...args: readonly string[]) => launch(root, args);
  try {
    for (const folder of ['drills', 'runbooks']) cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
    shorten(join(root, 'drills', 'worlds', `${drill}.yaml`));
    await run('twin', 'up', drill);
    const state = join(root, '.drillmaster');
    const address = findTwin(state, drill);
    if (address === undefined) throw new Error(`expected the twin ${drill} to be up, found none`);
    const proxy = await startProxy(address);
    try {
      leadThrough(join(state, 'twins', drill, 'address.json'), proxy);
      const ran = await run('run', file, '--yes', '--rehearsal', '--json');
      return { drill, outcome: outcomeOf(ran.stdout), said: ran.stdout + ran.stderr, exchanges: proxy.exchanges };
    } finally {
      await proxy.close();
    }
  } finally {
    await run('twin', 'down', drill);
    rmSync(root, { recursive: true, force: true });
  }
}

/** Operations take a second: what is sent and answered stays the same. */
function shorten(worldFile: string): void {
  const world = parseDocument(readFileSync(worldFile, 'utf8'));
  const { operations = {} } = world.toJS() as { operations?: Record<string, string> };
  for (const operation of Object.keys(operations)) world.setIn(['operations', operation], OPERATION_TIME);
  writeFileSync(worldFile, world.toString());
}

/** Whoever finds the twin from now on speaks to the proxy. */
function leadThrough(addressFile: string, { endpoint, authority }: { endpoint: string; authority: string }): void {
  const address = JSON.parse(readFileSync(addressFile, 'utf8')) as { authority: string };
  const through = { ...address, endpoint, authority: `${authority}\n${address.authority}` };
  writeFileSync(addressFile, JSON.stringify(through), { mode: 0o600 });
}

function outcomeOf(stdout: string): string {
  try {
    return (JSON.parse(stdout) as { outcome: string }).outcome;
  } catch {
    return 'nothing';
  }
}

function launch(cwd: string, args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const environment = { ...process.env };
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
  return new Promise((settle, fail) => {
    child.on('error', fail);
    child.on('close', () => settle(output));
  });
}
