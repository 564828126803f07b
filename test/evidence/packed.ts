// Packages in temporary folders, made from the built region failover, and the ways in which somebody may tamper with them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signEnvelope } from '../../src/evidence/dsse.ts';
import { exportPublicKey, openKey, type SigningKey } from '../../src/evidence/keys.ts';
import { type PackageInput, writePackage } from '../../src/evidence/package.ts';
import { ATTESTATION_FILE, digestsOf, LISTED_NAMES, SUMS_FILE, sumsText } from '../../src/evidence/package-files.ts';
import { makeStatement, PAYLOAD_TYPE, type Predicate, statementText } from '../../src/evidence/statement.ts';
import { chainEvents, EMPTY } from '../../src/journal/chain.ts';
import type { Outcome } from '../../src/model/phase.ts';
import { evaluateRun } from '../../src/report/outcome.ts';
import { makeResult } from '../../src/report/result.ts';
import { createKernel } from '../../src/statechart/index.ts';
import { buildRun, ending, type RunOptions, type Timed } from '../report/run-builder.ts';

export interface Sandbox {
  readonly folder: string;
  readonly key: SigningKey;
  readonly pem: string;
  readonly remove: () => void;
}

/** A temporary folder with a key in it. */
export function openSandbox(): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-evidence-'));
  const key = openKey(join(folder, 'state'));
  return { folder, key, pem: exportPublicKey(key), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What a run hands to `writePackage`. `said` replaces the outcome that the events claim. */
export function inputOf({ folder, key }: Sandbox, options: RunOptions = {}, said?: Outcome): PackageInput {
  const { plan, timed, events } = buildRun(options);
  const kernel = createKernel(plan);
  const { outcome, reasons } = evaluateRun(plan, kernel, events);
  const lines = chainLines([...timed, ...ending(said ?? outcome, reasons)]);
  const chained = lines.map(({ event }) => event);
  const result = makeResult(plan, kernel, chained, lines.at(-1)?.stored.hash ?? '');
  return {
    dir: join(folder, 'evidence', 'run-1'),
    plan,
    lines: lines.map(({ stored }) => stored),
    result,
    key,
    secrets: [],
  };
}

export const chainLines = (timed: readonly Timed[]) =>
  chainEvents(
    timed.toSorted((a, b) => a.at - b.at),
    EMPTY,
  );

/** Writes the package of the built run and returns its folder. */
export async function pack(sandbox: Sandbox, options: RunOptions = {}): Promise<string> {
  const input = inputOf(sandbox, options);
  await writePackage(input);
  return input.dir;
}

/** The holder of the key signs a folder again after changing it: only the meaning can give him away. */
export function signAgain(
  dir: string,
  key: SigningKey,
  changes: Readonly<Record<string, string>>,
  predicate: Partial<Predicate> = {},
): void {
  for (const [name, text] of Object.entries(changes)) writeFileSync(join(dir, name), text);
  const listed = new Map(LISTED_NAMES.map((name) => [name as string, readFileSync(join(dir, name))]));
  writeFileSync(join(dir, SUMS_FILE), sumsText(digestsOf(listed)));
  const files = new Map([...listed, [SUMS_FILE, readFileSync(join(dir, SUMS_FILE))]]);
  const before = JSON.parse(readFileSync(join(dir, ATTESTATION_FILE), 'utf8')) as { payload: string };
  const { predicate: signed } = JSON.parse(Buffer.from(before.payload, 'base64').toString('utf8')) as {
    predicate: Predicate;
  };
  const statement = statementText(makeStatement(files, { ...signed, ...predicate }));
  writeFileSync(join(dir, ATTESTATION_FILE), signEnvelope(PAYLOAD_TYPE, statement, key));
}
