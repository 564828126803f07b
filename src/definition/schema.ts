// The only description of the drill format. Checks, editor schema and types are all made from it.
import * as z from 'zod';
import { parseDuration } from '../model/duration.ts';

export const STEPS_MAX = 10_000;
const ENTRIES_MAX = 1_000;
const NAME_CHARACTERS_MAX = 100;
/** What Site Recovery protects has a type of more than a hundred characters. */
const TYPE_CHARACTERS_MAX = 200;
const TITLE_CHARACTERS_MAX = 200;
const TEXT_CHARACTERS_MAX = 10_000;
const DURATION_DAYS_MAX = 7;
const ATTEMPTS_MAX = 20;
const APPROVALS_MAX = 10;
const MS_PER_DAY = 86_400_000;

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const RESOURCE_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const DURATION_EXPECTED = 'expected an ISO 8601 duration, as in PT2M or PT0.25S';
const DURATION = /^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d{1,3})?S)?)?$/;
const RESOURCE_TYPE = /^[A-Za-z0-9]+(\.[A-Za-z0-9]+)*(\/[A-Za-z0-9]+)+$/;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const RELATIVE_PATH = /^(?!\/)(?![\s\S]*(^|\/)\.\.(\/|$))[^\\\p{Cc}]+$/u;
const ONE_LINE = /^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u;

const text = (max: number) => z.string().min(1).max(max);
/** Shown in terminals, reports and diagrams as one line, as it is written. */
const line = (max: number) =>
  text(max).regex(ONE_LINE, { error: 'expected one line of text, without control characters' });
const name = text(NAME_CHARACTERS_MAX);
const id = name.regex(KEBAB, { error: 'expected a name in lower case with hyphens, as in lose-west-europe' });
const resourceName = name.regex(RESOURCE_NAME, {
  error: 'expected a name of letters, digits, hyphens and underscores',
});
export const role = id.describe('A role, as in dr-lead.');
const system = id.describe('One of the names under systems.');

const isShortEnough = (value: string) => {
  const ms = parseDuration(value);
  // One that nobody can count is too long; what is no duration at all is told already.
  return ms === undefined ? !DURATION.test(value) : ms <= DURATION_DAYS_MAX * MS_PER_DAY;
};
const isNotZero = (value: string) => parseDuration(value) !== 0;

/** An ISO 8601 duration as text. It stays text here: a definition says what the file says. */
const duration = z
  .string({ error: DURATION_EXPECTED })
  .regex(DURATION, { error: DURATION_EXPECTED })
  .refine(isShortEnough, { error: `expected a duration of at most P${DURATION_DAYS_MAX}D` });
export const period = duration.refine(isNotZero, { error: 'expected a duration longer than zero' });

const uses = (what: string) => name.describe(`Name of ${what}; 'drillmaster actions' lists them.`);
const input = z
  .record(z.string(), z.json())
  .default({})
  .describe('Input. Expressions in texts read resources, environment, drill and, in steps, the output of steps.');

const resource = z
  .strictObject({
    type: text(TYPE_CHARACTERS_MAX).regex(RESOURCE_TYPE, {
      error: 'expected a resource type, as in Microsoft.Network/trafficManagerProfiles',
    }),
    group: line(NAME_CHARACTERS_MAX).describe('Resource group.'),
    name: line(TITLE_CHARACTERS_MAX).describe(
      'Name; a nested type has one name for each segment, as in profile/endpoint.',
    ),
    subscription: z
      .string()
      .regex(GUID, { error: 'expected a subscription id (a GUID)' })
      .optional()
      .describe('Only when it differs from the subscription of the environment.'),
  })
  .describe('One Azure resource; expressions read its full ARM id as resources.NAME.');

const objective = z.strictObject({
  system,
  rto: duration.optional().describe('Recovery time objective: the longest the system may be away.'),
  rpo: duration.optional().describe('Recovery point objective: the longest stretch of writes that may be lost.'),
});

const canary = z.strictObject({
  id,
  system,
  uses: uses('a canary'),
  with: input,
  every: period.default('PT0.02S').describe('A write is sent this often.'),
});

const probe = z.strictObject({
  id,
  system,
  uses: uses('a probe'),
  with: input,
  every: period.default('PT0.25S').describe('The service is looked at this often.'),
  timeout: period.default('PT2S').describe('A look that takes longer is not healthy.'),
  stableFor: duration.default('PT5S').describe('Healthy for this long without a gap counts as stable.'),
});

/** The phases in which probes run. */
const WATCHED = ['baseline', 'disruption', 'declaration', 'recovery', 'verification', 'restoration'] as const;

const guardrail = z.strictObject({
  id: id.optional(),
  during: z.array(z.enum(WATCHED)).min(1).max(WATCHED.length).describe('The phases in which it watches.'),
  when: text(TITLE_CHARACTERS_MAX * 5).describe(
    'CEL over probes.NAME.failing; the drill is aborted when it stays true.',
  ),
  for: duration.default('PT10S').describe('How long it must be true.'),
});

const retry = z.strictObject({
  attempts: z
    .int()
    .min(1)
    .max(ATTEMPTS_MAX)
    .optional()
    .describe('Attempts in all; 1 for writes and faults, 3 for checks.'),
  backoff: duration.default('PT2S').describe('Wait before the second attempt; doubles with each further one.'),
  maximum: duration.default('PT1M').describe('The longest wait between two attempts.'),
});

const step = z.strictObject({
  id,
  title: line(TITLE_CHARACTERS_MAX).optional(),
  system: system
    .optional()
    .describe(
      'The one system that this step recovers or checks; absent: all of them. Its time counts for no other system.',
    ),
  uses: uses('an action'),
  with: input,
  needs: z.array(id).max(STEPS_MAX).default([]).describe('Steps of the same phase that must have succeeded first.'),
  timeout: period.default('PT10M').describe('Runs from the moment the step is sent.'),
  retry: retry.prefault({}),
});

const entries = <Entry extends z.ZodType>(entry: Entry, max = ENTRIES_MAX) => z.array(entry).max(max).default([]);
const steps = entries(step, STEPS_MAX);
const roles = z.array(role).max(ENTRIES_MAX);

const approvals = z.strictObject({
  required: z.int().min(0).max(APPROVALS_MAX).default(0).describe('How many people must approve the plan.'),
  roles: roles.default([]).describe('Roles that may approve; empty: any.'),
  expires: period.default('PT4H').describe('An approval is good for this long.'),
});

const timing = z.strictObject({
  baseline: duration.default('PT5S').describe('Everything must be healthy for this long before the disruption.'),
  detection: period.default('PT2M').describe('A disruption that nobody notices for this long ends the drill.'),
  declaration: period
    .default('PT30M')
    .describe('A disruption that was seen and that nobody declares for this long ends the drill.'),
  stability: period.default('PT5M').describe('A service that is not stable this long after recovery ends the drill.'),
});

export const drillSchema = z.strictObject({
  $schema: z.string().optional(),
  drill: id.describe('Name of the drill, as in orders-region-failover.'),
  title: line(TITLE_CHARACTERS_MAX),
  description: text(TEXT_CHARACTERS_MAX).optional(),
  runbook: name
    .regex(RELATIVE_PATH, { error: 'expected a path inside the workspace, as in runbooks/region-failover.md' })
    .optional()
    .describe('Page for people.'),
  exercise: z.enum(['tabletop', 'walkthrough', 'component', 'functional', 'full-scale']),
  mode: z
    .enum(['isolated', 'live'])
    .default('isolated')
    .describe('isolated: nothing is disrupted, and only what the drill itself created is changed.'),
  systems: z.array(id).min(1).max(ENTRIES_MAX).describe('Systems that the drill is about.'),
  objectives: entries(objective),
  resources: z.record(resourceName, resource).default({}).describe('Names for Azure resources.'),
  scope: entries(resourceName).describe(
    'The blast radius: a write to any other resource is refused, and so is a fault that reaches one.',
  ),
  approvals: approvals.prefault({}).describe('The permission to drill.'),
  declaration: z
    .union([z.literal('automatic'), z.strictObject({ roles: roles.min(1) })])
    .default('automatic')
    .describe('Who decides, after the disruption, to recover.'),
  canaries: entries(canary).describe('Writes whose loss can be counted.'),
  probes: entries(probe).describe("What 'the service works' means."),
  guardrails: entries(guardrail).describe('Conditions that abort the drill.'),
  disruption: steps.describe('What breaks.'),
  recovery: steps.describe('What brings the service back.'),
  verification: steps.describe('What must be true after recovery: checks alone.'),
  restoration: steps.describe('What brings everything back to where it was before the drill.'),
  timing: timing.prefault({}),
});

/** A drill file as a value, defaults filled in. Durations are ISO 8601 text. */
export type Definition = Readonly<z.infer<typeof drillSchema>>;
export type StepDefinition = Definition['recovery'][number];

/** Milliseconds of a duration that the schema has accepted. */
export function durationMs(accepted: string): number {
  const ms = parseDuration(accepted);
  if (ms === undefined) throw new RangeError(`expected an ISO 8601 duration, found "${accepted}"`);
  return ms;
}
