// What is signed: an in-toto Statement v1 (https://in-toto.io/Statement/v1) whose subjects are the files of a package.
import * as z from 'zod';
import { canonicalJson, sha256 } from '../model/json.ts';
import { OUTCOMES } from '../model/phase.ts';
import type { DrillResult } from '../model/result.ts';
import { EvidenceError } from './evidence-error.ts';

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'https://drillmaster.dev/attestations/drill-result/v1';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: digest }) })),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    run: z.string(),
    drill: z.string(),
    planDigest: digest,
    outcome: z.enum(OUTCOMES),
    eventsHead: digest,
    environment: z.strictObject({ kind: z.enum(['twin', 'azure']), name: z.string() }),
    tool: z.string(),
  }),
});

export type Statement = Readonly<z.infer<typeof statementSchema>>;
export type Predicate = Statement['predicate'];

/** The statement of a package: every file with its digest, and the few facts that a policy engine asks for. */
export const makeStatement = (files: ReadonlyMap<string, Uint8Array>, predicate: Predicate): Statement => ({
  _type: STATEMENT_TYPE,
  subject: [...files]
    .map(([name, bytes]) => ({ name, digest: { sha256: sha256(bytes) } }))
    .sort((a, b) => (a.name < b.name ? -1 : 1)),
  predicateType: PREDICATE_TYPE,
  predicate,
});

export const makePredicate = (result: DrillResult, tool: string): Predicate => ({
  run: result.run,
  drill: result.drill,
  planDigest: result.planDigest,
  outcome: result.outcome,
  eventsHead: result.eventsHead,
  environment: { kind: result.environment.kind, name: result.environment.name },
  tool,
});

export const statementText = (statement: Statement): string => canonicalJson(statement);

/** Throws EvidenceError `envelope-invalid` when the text is no statement of ours. */
export function parseStatement(text: string): Statement {
  try {
    return statementSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new EvidenceError(
      'envelope-invalid',
      `expected an in-toto statement of ${PREDICATE_TYPE}, found something else`,
      { cause },
    );
  }
}
