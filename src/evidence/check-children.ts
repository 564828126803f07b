// Third part of verification: the packages of child drills, when they lie beside the parent's, are those that the parent recorded.
import { lstatSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Outcome } from '../model/phase.ts';
import { type DrillResult, resultSchema } from '../model/result.ts';
import type { Finding } from './finding.ts';
import { packageDigest } from './package-digest.ts';
import type { Verification } from './verify.ts';

type Child = NonNullable<DrillResult['children']>[number];

/** What was found of a child that the package names. `absent`: nothing lies beside it, and nothing was checked. */
export interface VerifiedChild {
  readonly run: string;
  readonly outcome: Outcome;
  readonly found: 'verified' | 'absent' | 'different' | 'without evidence';
}

/** More than the plan lets drills nest, so that no package is followed for ever. */
const DEPTH_MAX = 4;

export interface ChildrenChecked {
  readonly children: readonly VerifiedChild[];
  readonly findings: readonly Finding[];
}

/** Only for a package that is whole. `verify` verifies the package of a child with the same key. */
export async function checkChildren(
  dir: string,
  resultText: string,
  depth: number,
  verify: (dir: string) => Promise<Verification>,
): Promise<ChildrenChecked> {
  const { children = [] } = resultSchema.parse(JSON.parse(resultText));
  const checked = depth >= DEPTH_MAX ? [] : await Promise.all(children.map((child) => checkChild(dir, child, verify)));
  return { children: checked.map(({ child }) => child), findings: checked.flatMap(({ findings }) => findings) };
}

async function checkChild(
  dir: string,
  { run, outcome, digest }: Child,
  verify: (dir: string) => Promise<Verification>,
) {
  const checked = (found: VerifiedChild['found'], ...details: readonly string[]) => ({
    child: { run, outcome, found },
    findings: details.map((detail): Finding => ({ code: 'child-differs', file: run, detail })),
  });
  if (digest === null) return checked('without evidence');
  // The name is signed, and is a path all the same.
  if (basename(run) !== run || run === '..') return checked('different', 'expected the name of a run, found a path');
  const beside = await meantPackage(join(dirname(resolve(dir)), run), digest);
  if (beside === undefined) return checked('absent');
  const { ok, findings, outcome: found } = await verify(beside);
  if (!ok) return checked('different', ...findings.map(({ code, file, detail }) => `${file}: ${code}: ${detail}`));
  const foundDigest = await packageDigest(beside);
  if (foundDigest !== digest)
    return checked('different', `expected the package whose SHA256SUMS has SHA-256 ${digest}, found ${foundDigest}`);
  return found === outcome
    ? checked('verified')
    : checked('different', `expected the outcome ${outcome}, found ${found}`);
}

/** A child that was taken up again after its end has a package for each of its ends: the one that its parent names, else the first. */
async function meantPackage(first: string, digest: string): Promise<string | undefined> {
  const isThere = (dir: string) => lstatSync(dir, { throwIfNoEntry: false }) !== undefined;
  for (let [dir, again] = [first, 1]; again === 1 || isThere(dir); dir = `${first}-reopened-${again}`, again += 1)
    if (isThere(dir) && (await packageDigest(dir).catch(() => undefined)) === digest) return dir;
  return isThere(first) ? first : undefined;
}
