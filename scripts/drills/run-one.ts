// One drill from an empty folder to an empty folder: it is run with people, its evidence is verified, and nothing of it is left.
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { resultSchema } from '../../src/model/result.ts';
import { processesMentioning } from '../../test/system/left-behind.ts';
import { answerPeople } from './answer-people.ts';
import { drillmaster, type Place, type Ran } from './program.ts';

export interface DrillReport {
  readonly drill: string;
  readonly outcome: string;
  readonly seconds: number;
  /** Answers that people gave. */
  readonly answers: number;
  readonly packages: number;
  /** What is not as it should be; empty when all is well. */
  readonly problems: readonly string[];
}

/** A drill that takes longer is aborted, and that is a problem. */
const DRILL_MS_MAX = 400_000;
/** A process that was ended may take this long to be gone. */
const GONE_MS = 5000;

export async function runOne(file: string, drill: string): Promise<DrillReport> {
  const root = mkdtempSync(join(tmpdir(), 'drillmaster-drills-'));
  // PostgreSQL does not run as root, and must get to its data.
  chmodSync(root, 0o711);
  const place = { state: join(root, 'state'), evidence: join(root, 'evidence') };
  const startedAt = Date.now();
  try {
    const { ran, answers, late } = await withPeople(place, file);
    const seconds = (Date.now() - startedAt) / 1000;
    const outcome = outcomeOf(ran);
    const evidence = existsSync(place.evidence) ? readdirSync(place.evidence) : [];
    const problems = [
      ...(outcome === 'passed' ? [] : [`expected passed, found ${outcome}: ${lastLines(ran)}`]),
      ...(late ? [`expected an end within ${DRILL_MS_MAX / 1000} s, found none`] : []),
      ...(await wrongEvidence(place, root, evidence)),
      ...(await leftOf(place, root)),
    ];
    return { drill, outcome, seconds, answers, packages: evidence.length, problems };
  } finally {
    await endKeptTwins(place);
    rmSync(root, { recursive: true, force: true });
  }
}

/** A drill that ended stuck keeps its twin, so that it could be restored; here nobody will. */
async function endKeptTwins(place: Place): Promise<void> {
  const twins = join(place.state, 'twins');
  for (const name of existsSync(twins) ? readdirSync(twins) : []) await drillmaster(place, 'twin', 'down', name);
}

async function withPeople(place: Place, file: string) {
  const over = new AbortController();
  const people = answerPeople(place, over.signal);
  const abort = { late: false };
  const timer = setTimeout(() => {
    abort.late = true;
    void abortAll(place);
  }, DRILL_MS_MAX);
  try {
    const ran = await drillmaster(place, 'run', file, '--rehearsal', '--json');
    return { ran, answers: await stopped(people, over), late: abort.late };
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

function stopped(people: Promise<number>, over: AbortController): Promise<number> {
  over.abort();
  return people;
}

async function abortAll(place: Place): Promise<void> {
  const { stdout } = await drillmaster(place, 'runs', '--unfinished', '--json');
  const runs = JSON.parse(stdout) as readonly { readonly run: string; readonly parent: string | null }[];
  for (const { run } of runs.filter(({ parent }) => parent === null))
    await drillmaster(place, 'abort', run, '--reason', 'it takes too long');
}

function outcomeOf({ stdout, status }: Ran): string {
  try {
    return resultSchema.parse(JSON.parse(stdout)).outcome;
  } catch {
    return `no result, exit status ${status}`;
  }
}

const lastLines = ({ stderr }: Ran) => stderr.trimEnd().split('\n').slice(-5).join(' | ');

async function wrongEvidence(place: Place, root: string, packages: readonly string[]): Promise<readonly string[]> {
  if (packages.length === 0) return ['expected an evidence package, found none'];
  const key = join(root, 'evidence.pub.pem');
  writeFileSync(key, (await drillmaster(place, 'keys', 'export')).stdout);
  const verified = await Promise.all(
    packages.map((name) => drillmaster(place, 'verify', join(place.evidence, name), '--key', key)),
  );
  return verified.flatMap(({ status, stdout, stderr }) => (status === 0 ? [] : [`${stdout}${stderr}`.trim()]));
}

/** No process, no folder of a twin, no run that is not closed. */
async function leftOf(place: Place, root: string): Promise<readonly string[]> {
  const deadline = Date.now() + GONE_MS;
  let processes = processesMentioning(root);
  while (processes.length > 0 && Date.now() < deadline) {
    await wait(100);
    processes = processesMentioning(root);
  }
  const twins = join(place.state, 'twins');
  const folders = existsSync(twins) ? readdirSync(twins) : [];
  const open = JSON.parse((await drillmaster(place, 'runs', '--unfinished', '--json')).stdout) as { run: string }[];
  return [
    ...processes.map((line) => `expected no process, found ${line}`),
    ...folders.map((name) => `expected no twin, found the folder of ${name}`),
    ...open.map(({ run }) => `expected every run to be closed, found ${run}`),
  ];
}
