// What may be asked of POST /twin/faults.
import * as z from 'zod';
import { CORRUPTIONS } from '../../model/corruption.ts';

const TIMES_MAX = 1000;
const RETRY_AFTER_SECONDS_MAX = 3600;
const LATENCY_MS_MAX = 60_000;
const ADDED_MS_MAX = 3600_000;

const region = z.string().regex(/^[a-z][a-z0-9]{1,30}$/, 'expected the name of a region');

const rule = {
  /** Text that `METHOD /path` must contain, in any case; `*` stands for anything: `PATCH *flexibleServers`. */
  match: z.string().min(1).max(200),
  /** How many matching requests are hit. */
  times: z.int().min(1).max(TIMES_MAX).default(1),
  /** Share of matching requests that are hit, drawn from the world's seed. */
  probability: z.number().gt(0).max(1).default(1),
};

export const faultSchema = z.discriminatedUnion('fault', [
  ...CORRUPTIONS,
  z.strictObject({ fault: z.literal('region-outage'), region }),
  /** `server`: ARM id of a primary. */
  z.strictObject({ fault: z.literal('faulty-release'), server: z.string().min(1).max(1000) }),
  z.strictObject({
    fault: z.literal('link'),
    between: z.tuple([region, region]),
    latencyMs: z.number().min(0).max(LATENCY_MS_MAX).optional(),
    bandwidthKbps: z.int().min(1).optional(),
    cut: z.boolean().optional(),
  }),
  z.strictObject({
    fault: z.literal('throttle'),
    ...rule,
    retryAfterSeconds: z.int().min(1).max(RETRY_AFTER_SECONDS_MAX).default(1),
  }),
  z.strictObject({ fault: z.literal('lost-reply'), ...rule }),
  z.strictObject({
    fault: z.literal('slow-operation'),
    ...rule,
    factor: z.number().min(1).max(100).default(1),
    addMs: z.int().min(0).max(ADDED_MS_MAX).default(0),
  }),
  z.strictObject({
    fault: z.literal('failing-operation'),
    ...rule,
    code: z
      .string()
      .regex(/^\w{1,100}$/)
      .default('InternalServerError'),
    message: z.string().min(1).max(500).default('An unexpected error occured while processing the request.'),
  }),
]);

/** A fault as it is asked for. */
export type FaultInput = z.input<typeof faultSchema>;
export type Fault = Readonly<z.infer<typeof faultSchema>>;
export type RuleFault = Extract<Fault, { readonly match: string }>;
export type RuleKind = RuleFault['fault'];
