// Verification for people who were not there. The only thing that it trusts is the public key that the caller brings.
import type { Outcome } from '../model/phase.ts';
import { type ChildrenChecked, checkChildren, type VerifiedChild } from './check-children.ts';
import { checkAttestation, checkChain } from './check-integrity.ts';
import { checkMeaning } from './check-meaning.ts';
import { refuseFolderOfPackages } from './find-packages.ts';
import type { Finding } from './finding.ts';
import { keyId, readPublicKey } from './keys.ts';
import { readPackage } from './read-package.ts';

export interface Verification {
  /** True only when there is no finding. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** From the signed statement; null when nothing signed could be read. */
  readonly run: string | null;
  readonly drill: string | null;
  readonly outcome: Outcome | null;
  readonly keyId: string;
  readonly events: number;
  /** Packages of child drills; empty when there are none, or when the package itself is not whole. */
  readonly children: readonly VerifiedChild[];
}

/**
 * Checks a package: its files, the signature by this key, the chain of events, that result and reports follow from the events, and that
 * the packages of child drills beside it are those that it names.
 * Every changed, removed or added file is named. Throws UsageError when the folder is absent or only holds packages, or when the key is
 * no P-256 public key.
 */
export async function verifyPackage(dir: string, publicKeyPem: string): Promise<Verification> {
  await refuseFolderOfPackages(dir);
  return verifyAt(dir, publicKeyPem, 0);
}

async function verifyAt(dir: string, publicKeyPem: string, depth: number): Promise<Verification> {
  const publicKey = readPublicKey(publicKeyPem);
  const { files, findings: ofFolder } = await readPackage(dir);
  const { statement, findings: ofAttestation } = checkAttestation(files, publicKey);
  const { events, findings: ofChain } = checkChain(files, statement);
  const integrity = [...ofFolder, ...ofAttestation, ...ofChain];
  // Meaning is asked of signed bytes alone: nothing is gained by interpreting what somebody tampered with.
  const isWhole = integrity.length === 0 && statement !== undefined;
  const own = isWhole ? checkMeaning({ files, statement, events }) : integrity;
  const below = isWhole && own.length === 0 ? await checkBelow(dir, files, publicKeyPem, depth) : NO_CHILDREN;
  const findings = [...own, ...below.findings];
  const { run = null, drill = null, outcome = null } = statement?.predicate ?? {};
  return {
    ok: findings.length === 0 && isWhole,
    findings,
    run,
    drill,
    outcome,
    keyId: keyId(publicKey),
    events: events.length,
    children: below.children,
  };
}

const NO_CHILDREN: ChildrenChecked = { children: [], findings: [] };

const checkBelow = (dir: string, files: ReadonlyMap<string, Buffer>, publicKeyPem: string, depth: number) =>
  checkChildren(dir, files.get('result.json')?.toString('utf8') ?? '', depth, (child) =>
    verifyAt(child, publicKeyPem, depth + 1),
  );
