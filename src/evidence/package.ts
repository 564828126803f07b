// Writes the evidence of a run: a folder of plain files that appears whole or not at all.
import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StoredEvent } from '../journal/journal.ts';
import type { DrillEvent } from '../model/events.ts';
import { canonicalJson, digestOf } from '../model/json.ts';
import type { DrillResult } from '../model/result.ts';
import type { Plan } from '../plan/plan.ts';
import { reportHtml } from '../report/html.ts';
import { reportMarkdown } from '../report/markdown.ts';
import { resultText } from '../report/result.ts';
import { signEnvelope } from './dsse.ts';
import { readLines } from './event-lines.ts';
import { EvidenceError } from './evidence-error.ts';
import type { SigningKey } from './keys.ts';
import { ATTESTATION_FILE, digestsOf, type ListedFile, SUMS_FILE, sumsText } from './package-files.ts';
import { readmeText } from './readme.ts';
import { assertNoSecrets } from './secret-scan.ts';
import { makePredicate, makeStatement, PAYLOAD_TYPE, statementText } from './statement.ts';

export interface PackageInput {
  /** The folder to make; its parents are made too. Must not exist. */
  readonly dir: string;
  readonly plan: Plan;
  /** The journal's lines of the whole run, byte for byte. */
  readonly lines: readonly Pick<StoredEvent, 'line'>[];
  readonly result: DrillResult;
  readonly key: SigningKey;
  /** Strings that must not be in any file: passwords and tokens of the connection. */
  readonly secrets: readonly string[];
}

/**
 * Writes a package, durable when it resolves. Throws EvidenceError `package-exists`, `package-invalid` (lines, plan and result do not
 * belong together) or `secret-found`; nothing is left behind then.
 */
export async function writePackage(input: PackageInput): Promise<void> {
  const { dir, key, secrets } = input;
  assertAbsent(dir);
  const { files, statement } = makeFiles(input);
  assertNoSecrets(new Map([...files, [ATTESTATION_FILE, Buffer.from(statement)]]), secrets);
  const attestation = Buffer.from(signEnvelope(PAYLOAD_TYPE, statement, key));
  await writeFolder(dir, new Map([...files, [ATTESTATION_FILE, attestation]]));
}

function makeFiles({ plan, lines, result, key }: PackageInput) {
  const events = eventsOfLines(lines, plan, result);
  const tool = events[0]?.type === 'run.opened' ? events[0].tool : '';
  const texts: Readonly<Record<ListedFile, string>> = {
    'README.txt': readmeText(result, tool, key.id),
    'events.jsonl': lines.map(({ line }) => `${line}\n`).join(''),
    'plan.json': canonicalJson(plan),
    'report.html': reportHtml(result, plan, events),
    'report.md': reportMarkdown(result, plan, events),
    'result.json': resultText(result),
  };
  const listed = new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
  const files = new Map([...listed, [SUMS_FILE, Buffer.from(sumsText(digestsOf(listed)))]]);
  return { files, statement: statementText(makeStatement(files, makePredicate(result, tool))) };
}

/** A package that would not verify is never written. */
function eventsOfLines(lines: PackageInput['lines'], plan: Plan, result: DrillResult): readonly DrillEvent[] {
  const { events, head, problems } = readLines(lines.map(({ line }) => line));
  const [problem] = problems;
  if (problem) throw new EvidenceError('package-invalid', `event line ${problem.line}: ${problem.detail}`);
  if (head !== result.eventsHead)
    throw new EvidenceError(
      'package-invalid',
      `expected a result made from the event chain ${head}, found one from ${result.eventsHead}`,
    );
  const digest = digestOf(plan);
  const planned = events[0]?.type === 'run.opened' ? events[0].planDigest : 'none';
  if (planned !== digest)
    throw new EvidenceError('package-invalid', `expected events of plan ${digest}, found events of plan ${planned}`);
  return events;
}

function assertAbsent(dir: string): void {
  if (lstatSync(dir, { throwIfNoEntry: false }) !== undefined) throw packageExists(dir);
}

const packageExists = (dir: string, cause?: unknown) =>
  new EvidenceError(
    'package-exists',
    `${dir}: expected nothing here yet, found a package; evidence is never overwritten`,
    cause === undefined ? undefined : { cause },
  );

/** Another process may have been faster since the last look; a folder that holds something is never replaced. */
async function renameTo(dir: string, made: string): Promise<void> {
  try {
    await rename(made, dir);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw ['ENOTEMPTY', 'EEXIST'].includes(code) ? packageExists(dir, cause) : cause;
  }
}

/** Beside its place first, then renamed: a crash leaves a hidden folder that nobody takes for evidence. */
async function writeFolder(dir: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const made = join(dirname(dir), `.${basename(dir)}.${randomBytes(6).toString('hex')}`);
  await mkdir(made, { recursive: true });
  try {
    for (const [name, bytes] of files) await writeDurably(join(made, name), bytes);
    await syncFolder(made);
    assertAbsent(dir);
    await renameTo(dir, made);
  } catch (thrown) {
    await rm(made, { recursive: true, force: true });
    throw thrown;
  }
  await syncFolder(dirname(dir));
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
