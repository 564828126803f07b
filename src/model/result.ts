// The contract of result.json. Other programs rely on it: docs/result.schema.json is written from this schema.
import * as z from 'zod';
import { OUTCOMES } from './phase.ts';

const instantText = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const instant = z.object({ at: instantText, source: z.string(), simulated: z.boolean().optional() }).nullable();
const durationMs = z.number().nullable();
const verdict = z.enum(['met', 'missed', 'inconclusive', 'not-measured']);
const measure = {
  objectiveMs: durationMs,
  actualMs: durationMs,
  uncertaintyMs: durationMs,
  /** A system without such an objective has `objectiveMs` null and is `not-measured` for that reason; it does not count. */
  verdict,
  reason: z.string().optional(),
  formula: z.string(),
};
const count = z.int().min(0);

const system = z.object({
  system: z.string(),
  instants: z.object({
    T0: instant,
    T1: instant,
    T2: instant,
    T3: instant,
    T4: instant,
    T5: instant,
    T6: instant,
    T7: instant,
  }),
  rto: z.object({
    ...measure,
    parts: z.object({
      detectionMs: durationMs,
      decisionMs: durationMs,
      technicalMs: durationMs,
      waitingMs: durationMs,
    }),
  }),
  rpo: z.object({
    ...measure,
    acknowledged: count.nullable(),
    lost: count.nullable(),
    /** Writes that were acknowledged after Ts (T0, or when a step took the original out of service) and are absent; any of them leaves RPO not measured. */
    lostAfterT0: count.nullable(),
    inDoubt: count.nullable(),
    holes: count.nullable(),
    newestSurvivor: z.object({ canary: z.string(), sequence: z.int(), acknowledgedAt: instantText }).nullable(),
  }),
  flaps: z
    .array(z.object({ probe: z.string(), changes: count }))
    .describe('Changes between healthy and failing from T0 to T5; a plain outage is two. Empty without T0.'),
});

const acceptedBy = z
  .object({ as: z.string(), reason: z.string(), at: instantText })
  .optional()
  .describe('The person who takes it as it stands; what somebody accepted keeps no run from passing.');

const stepResult = z.object({
  id: z.string(),
  phase: z.string(),
  action: z.string(),
  status: z.enum(['succeeded', 'failed', 'skipped', 'undone', 'stuck', 'not-started']),
  attempts: count,
  startedAt: instantText.nullable(),
  endedAt: instantText.nullable(),
  durationMs,
  timedOutAfterMs: count.optional().describe('Its last attempt had no answer in this time.'),
});

export const resultSchema = z.object({
  formatVersion: z.literal(1),
  run: z.string(),
  drill: z.string(),
  planDigest: z.string(),
  outcome: z.enum(OUTCOMES),
  /** Why the outcome is what it is; empty when passed. */
  reasons: z.array(z.string()),
  /** All reasons, under the name that says what they are reasons for. The same texts as `reasons`. */
  verdictReasons: z.array(z.string()),
  environment: z.object({
    kind: z.enum(['twin', 'azure']),
    name: z.string(),
    fasterThanRecorded: z
      .array(z.object({ operation: z.string(), tookMs: durationMs, recordedMs: durationMs }))
      .describe('recordedMs null: no record to compare with. tookMs null: not over when the run was judged.'),
  }),
  systems: z.array(system),
  steps: z.array(stepResult),
  checks: z.array(z.object({ id: z.string(), passed: z.boolean(), expected: z.string(), observed: z.string() })),
  /** What the drill made and what still stands. */
  leftOvers: z.array(
    z.object({
      resource: z.string().describe('ARM id, or the words of the canary that found it.'),
      createdBy: z.string().nullable().describe('Step or canary that made it. null: unknown.'),
      acceptedBy,
    }),
  ),
  /** What is not as it was at the baseline. */
  differences: z.array(
    z.object({
      resource: z.string().nullable().describe('ARM id. null: nothing that people could accept by name.'),
      fact: z.string(),
      expected: z.string().describe('JSON text, or words.'),
      found: z.string().describe('JSON text, or words.'),
      acceptedBy,
    }),
  ),
  /** What keeps the run stuck: a row for each thing that stands. */
  stuck: z.array(
    z.object({
      step: z.string().nullable().describe('null: no step is to blame.'),
      resource: z.string().nullable().describe('ARM id, or the words of a left-over.'),
      state: z.string().describe('What is known of it, one sentence; rows of one step share it.'),
      command: z.string().describe('One line for a POSIX shell.'),
    }),
  ),
  /** When no process drove the run: nobody looked, and the recovery clock went on. */
  orchestratorGaps: z.array(z.object({ from: instantText, to: instantText })),
  /** What people say of the run. It stands beside the outcome and never changes it. */
  attestations: z.array(
    z.object({
      as: z.string(),
      role: z.string(),
      verdict: z.enum(['passed', 'not-passed']),
      note: z.string(),
      at: instantText,
      agrees: z.boolean().describe('With the computed outcome.'),
    }),
  ),
  approvals: z.array(
    z.object({
      role: z.string(),
      as: z.string(),
      at: instantText,
      decision: z.enum(['approved', 'declined']),
      verified: z.boolean(),
      automatic: z.boolean(),
      expired: z.boolean().optional().describe('It was not used in time and did not count.'),
    }),
  ),
  /** Nothing new was sent in them. endedBy null: overruled by an abort, a guardrail or restoration. */
  pauses: z.array(
    z.object({
      as: z.string(),
      reason: z.string(),
      from: instantText,
      until: instantText.nullable(),
      endedBy: z.string().nullable(),
    }),
  ),
  /** Child drills in the order in which they ended; absent of a drill that has none. */
  children: z
    .array(
      z.object({
        drill: z.string(),
        run: z.string(),
        outcome: z.enum(OUTCOMES),
        digest: z
          .string()
          .nullable()
          .describe('SHA-256 of SHA256SUMS of its evidence package. null: there is none that verifies.'),
      }),
    )
    .optional(),
  /** SHA-256 of the last line of events.jsonl. */
  eventsHead: z.string(),
  /** Folder of the evidence package: on the stdout of `run --json` alone, never in the package itself. */
  evidence: z.string().optional(),
});

export type DrillResult = Readonly<z.infer<typeof resultSchema>>;
export type SystemResult = DrillResult['systems'][number];
export type Verdict = z.infer<typeof verdict>;
