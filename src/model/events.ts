// What can happen in a run. The journal stores these, the fold reads them, reports and evidence are made from nothing else.
import * as z from 'zod';
import { ANSWERS } from './answer.ts';
import type { Json } from './json.ts';
import { OUTCOMES } from './phase.ts';

const ms = z.int().describe('Unix epoch milliseconds of the observer clock');
const error = z.object({ code: z.string(), message: z.string() });
const attempt = z.int().min(1);
const retryAfterMs = z.int().min(0).optional().describe('how long the service asked to wait before the next attempt');
const json = z.json() as unknown as z.ZodType<Json>;

/** A resource as an inventory saw it. `facts` are what the baseline comparison compares. */
const inventoryItem = z.object({ id: z.string(), type: z.string(), facts: z.record(z.string(), json) });
export type InventoryItem = Readonly<z.infer<typeof inventoryItem>>;

const FINDINGS = ['done', 'running', 'not-started', 'unknown'] as const;
/** What a read-only look at the world says of a step's one write. */
export type Finding = (typeof FINDINGS)[number];

/** What an acceptance check expected and saw. */
const check = z.object({ expected: z.string(), observed: z.string() });
export type Check = Readonly<z.infer<typeof check>>;

const step = { step: z.string(), attempt };

/** How a check did on a disposable twin. `reading`: what it saw before anything was planted; `problem`: why it is not proved. */
const provedCheck = z.object({
  step: z.string(),
  uses: z.string(),
  proved: z.boolean(),
  reading: z.string().nullable(),
  problem: z.string().nullable(),
  claims: z.array(
    z.object({
      claim: z.string(),
      proved: z.boolean(),
      /** In the order in which they were planted; `reading` is what the check said then. */
      plants: z.array(z.object({ planted: z.string(), red: z.boolean(), reading: z.string() })),
    }),
  ),
});
export type ProvedCheck = Readonly<z.infer<typeof provedCheck>>;

export const eventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run.opened'),
    run: z.string(),
    drill: z.string(),
    planDigest: z.string(),
    environment: z.object({ kind: z.enum(['twin', 'azure']), name: z.string() }),
    requestedBy: z.string(),
    /** `--yes`: nobody is asked; allowed on twins alone. */
    unattended: z.boolean(),
    /** `--rehearsal`: everything but time is judged. */
    rehearsal: z.boolean(),
    /** `--prove-checks`: nothing begins before every check was seen red on a twin of its own. */
    proveChecks: z.boolean().optional(),
    tool: z.string(),
    /** Which machine folds these events. Absent in journals from before machines had versions: the first one. */
    machine: z.int().min(1).optional(),
    /** Of a child run: the step of the run that began it. */
    parent: z.object({ run: z.string(), step: z.string() }).optional(),
  }),
  /** Another process took the run over; readings have a gap before it. */
  z.object({ type: z.literal('run.resumed'), by: z.string() }),
  /** The world that a process works on from here. `identity` tells one bringing up of a twin from every other; no secret. */
  z.object({ type: z.literal('world.entered'), identity: z.string() }),
  /** The wall clock and the monotonic clock disagree by more than a second: sleep, pause or a set clock. */
  z.object({ type: z.literal('clock.stepped'), wallMinusMonotonicMs: z.number() }),
  /** `--prove-checks`: every check of the drill, tried on a twin that is gone by now. */
  z.object({ type: z.literal('checks.proved'), tookMs: z.int().min(0), checks: z.array(provedCheck) }),
  z.object({ type: z.literal('preflight.finished'), ready: z.boolean(), findings: z.array(z.string()) }),
  z.object({
    type: z.literal('approval.decided'),
    decision: z.enum(['approved', 'declined']),
    as: z.string(),
    role: z.string(),
    verified: z.boolean(),
    automatic: z.boolean(),
    note: z.string().optional(),
    /** The plan that was approved or declined; a decision on another one does not count. */
    planDigest: z.string().optional(),
    /** When a decision that was handed on from a parent run was made: it is as old as that. Absent: now. */
    decidedAt: ms.optional(),
  }),
  /** The disruption was seen; from here on a person may declare. */
  z.object({ type: z.literal('disruption.seen'), reason: z.string() }),
  z.object({
    type: z.literal('baseline.finished'),
    held: z.boolean(),
    findings: z.array(z.string()),
    inventory: z.array(inventoryItem),
  }),
  z.object({
    type: z.literal('declaration.made'),
    as: z.string(),
    role: z.string().optional(),
    automatic: z.boolean(),
    reason: z.string(),
  }),
  /** A person holds the run: nothing new is sent until `run.continued`, an abort or restoration. */
  z.object({ type: z.literal('run.paused'), as: z.string(), reason: z.string() }),
  z.object({ type: z.literal('run.continued'), as: z.string() }),
  /** What a person asked for and the run does not do, with the reason. */
  z.object({ type: z.literal('command.refused'), command: z.string(), as: z.string(), why: z.string() }),

  /** The intent: durable before the request leaves. `before` is what undo needs to know. */
  z.object({ type: z.literal('step.started'), ...step, requestId: z.string(), before: json.optional() }),
  /** The world took the request. The handle itself is in the side table: its URL is a secret. */
  z.object({ type: z.literal('step.accepted'), ...step, handleDigest: z.string() }),
  z.object({
    type: z.literal('step.inspected'),
    ...step,
    finding: z.enum(FINDINGS),
    detail: z.string(),
    output: json.optional(),
  }),
  z.object({ type: z.literal('step.succeeded'), ...step, output: json, check: check.optional() }),
  z.object({
    type: z.literal('step.failed'),
    ...step,
    error,
    retryable: z.boolean(),
    retryAfterMs,
    check: check.optional(),
  }),
  /** Sent, and no answer that tells what became of it: a lost reply, a broken connection. Never sent again on a guess. */
  z.object({ type: z.literal('step.interrupted'), ...step, error }),
  /** A person skips the step: it is not sent, and what needs it goes on. */
  z.object({ type: z.literal('step.skipped'), ...step, as: z.string(), reason: z.string() }),
  /** A person has the step tried again: at once when it waits, once more when it failed or nobody can tell what became of it. */
  z.object({ type: z.literal('step.retried'), ...step, as: z.string(), reason: z.string() }),
  /** A person's answer to one step of a runbook page; `item` counts from 1. */
  z.object({
    type: z.literal('page.answered'),
    ...step,
    item: z.int().min(1),
    result: z.enum(ANSWERS),
    note: z.string(),
    as: z.string(),
    role: z.string(),
  }),
  /** The child run of a step ended, and its evidence is there. `digest`: SHA-256 of the SHA256SUMS of its package; null: none that verifies. */
  z.object({
    type: z.literal('child.ended'),
    ...step,
    drill: z.string(),
    run: z.string(),
    outcome: z.enum(OUTCOMES),
    digest: z.string().nullable(),
  }),
  z.object({ type: z.literal('undo.started'), ...step, requestId: z.string() }),
  z.object({ type: z.literal('undo.succeeded'), ...step, output: json }),
  z.object({ type: z.literal('undo.failed'), ...step, error, retryable: z.boolean(), retryAfterMs }),
  /** A durable timer reached its deadline. `timer` is the id that the machine gave it. */
  z.object({ type: z.literal('timer.fired'), timer: z.string() }),

  /** Readings of a probe since the last such event: request sent, answer judged, healthy, and why not. */
  z.object({
    type: z.literal('probe.readings'),
    probe: z.string(),
    readings: z.array(z.tuple([ms, ms, z.boolean(), z.string().optional()])),
  }),
  /** A probe has been healthy without a gap for its stable window. */
  z.object({ type: z.literal('probe.stable'), probe: z.string(), since: ms, until: ms }),
  /** Canary writes that were settled since the last such event: sequence number, sent, acknowledged (null: never, in doubt). */
  z.object({
    type: z.literal('canary.writes'),
    canary: z.string(),
    writes: z.array(z.tuple([z.int(), ms, ms.nullable()])),
  }),
  /** What was found after recovery: every sequence number present, as inclusive ranges. */
  z.object({ type: z.literal('canary.survivors'), canary: z.string(), present: z.array(z.tuple([z.int(), z.int()])) }),
  z.object({ type: z.literal('canary.unreadable'), canary: z.string(), error }),

  z.object({ type: z.literal('guardrail.tripped'), guardrail: z.string(), reading: z.string() }),
  z.object({ type: z.literal('abort.requested'), as: z.string(), reason: z.string() }),
  /** Everything the drill made was removed, or stands in `leftOvers`. */
  z.object({ type: z.literal('restoration.cleaned'), removed: z.array(z.string()), leftOvers: z.array(z.string()) }),
  /** A fresh inventory against the baseline. The inventory goes with the claim, so that anybody can compare again; absent: it could not be read. */
  z.object({
    type: z.literal('restoration.proved'),
    proved: z.boolean(),
    differences: z.array(z.string()),
    leftOvers: z.array(z.string()),
    inventory: z.array(inventoryItem).optional(),
  }),
  /**
   * Operations of a twin that ran faster than any recorded one, or of which nobody can say that they did not, with when they ran.
   * `recordedMs` null: there is no record to compare with. `tookMs` null: not over when the run was judged.
   */
  z.object({
    type: z.literal('twin.faster'),
    operations: z.array(
      z.object({
        operation: z.string(),
        /** ARM id of what it changed. */
        resource: z.string().optional(),
        startedAt: ms,
        tookMs: z.number().nullable(),
        recordedMs: z.number().nullable(),
      }),
    ),
  }),
  z.object({ type: z.literal('evaluation.finished'), outcome: z.enum(OUTCOMES), reasons: z.array(z.string()) }),
  z.object({ type: z.literal('run.closed'), outcome: z.enum(OUTCOMES) }),
  /** A closed run is taken up again: to restore what is left, or to be judged again for what people said since. */
  z.object({
    type: z.literal('run.reopened'),
    for: z.enum(['restoration', 'evaluation']),
    as: z.string(),
    reason: z.string(),
  }),
  /** A person takes a left-over, or a difference from the baseline, as it stands. `resource` names it as the proof does, by its ARM id where it has one. */
  z.object({
    type: z.literal('resource.accepted'),
    resource: z.string(),
    as: z.string(),
    reason: z.string(),
    /** The left-overs and differences that the person saw, as the proof worded them then; absent: all of that name. */
    covers: z.array(z.string()).readonly().optional(),
  }),
  /** A person's own verdict. It stands beside the computed one and never changes it. */
  z.object({
    type: z.literal('attestation.given'),
    as: z.string(),
    role: z.string(),
    verdict: z.enum(['passed', 'not-passed']),
    note: z.string(),
  }),
]);

/** An event before the journal gave it a place. */
export type EventBody = Readonly<z.infer<typeof eventSchema>>;
export type EventType = EventBody['type'];
export type EventOf<Type extends EventType> = Extract<EventBody, { type: Type }>;

/** An event in its place. `at` is epoch milliseconds here and RFC 3339 on disk. */
export type DrillEvent = EventBody & { readonly seq: number; readonly at: number };
