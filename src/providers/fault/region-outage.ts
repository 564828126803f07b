import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { isArmError } from '../arm/arm-error.ts';
import { pause } from '../arm/door.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import type { World } from '../world.ts';

const input = z.strictObject({
  region: z.string().regex(/^[a-z0-9]+$/, 'expected the name of an Azure region, such as westeurope'),
});
type Input = z.infer<typeof input>;

/** How a twin reports a fault: when it took effect (epoch ms of the machine's clock) and by what means on each resource. */
const effect = z.object({
  effectiveAt: z.number(),
  resources: z.array(z.object({ id: z.string(), means: z.string() })),
});
/** The list of active faults holds other kinds too, with members of their own. */
const active = z.array(z.looseObject({ fault: z.string(), region: z.string().optional() }));
const status = z.object({ regions: z.array(z.object({ name: z.string(), up: z.boolean() })) });

const UP_POLL_MS = 250;
const UP_WAIT_MS_MAX = 5 * 60_000;

/** A whole region stops. On a twin its processes are killed and its links cut. */
export const regionOutage = defineAction<Input, World>({
  name: 'fault/region-outage',
  title: 'Lose a region',
  kind: 'fault',
  input,
  writes: () => [],
  reach: ({ region }, { resources }) => resources.filter((placed) => placed.region === region).map(({ id }) => id),
  permissions: [],
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'fault/region-outage', typicalMs: 1000 },
  inspect,
  start: async ({ region }, { world, requestId, signal, now }) => {
    const earliest = now();
    const mutation = {
      method: 'POST',
      path: '/twin/faults',
      body: { fault: 'region-outage', region },
      requestId,
    } as const;
    const { body } = await world.arm.mutate(mutation, signal);
    const { effectiveAt, resources } = readTaken(() => parse(effect, body));
    return {
      kind: 'done',
      output: disruption({ effectiveAt, resources }, { earliest, latest: Math.max(now(), earliest) }, ANSWERED),
    };
  },
  observe: async (given, _handle, context) => {
    const { finding, output } = await inspect(given, context);
    if (finding === 'done' && output !== undefined) return output;
    throw new ProviderError('answer-invalid', `expected the outage of ${given.region} to be active, found it is not`);
  },
  takeBack: async ({ region }, _before, context) => {
    await endOutage(region, context);
    await untilUp(region, context);
    return { region, up: true };
  },
});

async function inspect({ region }: Input, context: ActionContext<World>): Promise<Inspection> {
  const { world, signal, now, intendedAt } = context;
  if (world.environment.kind !== 'twin')
    throw new ProviderError(
      'fault-unbound',
      `expected an environment that binds fault/region-outage to a means, found ${world.environment.name}, which does not`,
    );
  const faults = parse(active, (await world.arm.get({ path: '/twin/faults' }, signal)).body);
  const listed = faults.find(({ fault, region: where }) => fault === 'region-outage' && where === region);
  const found = listed === undefined ? undefined : parse(effect, listed as JsonObject);
  if (found === undefined) return { finding: 'not-started', detail: `${region} is not out` };
  if (intendedAt === undefined) {
    // Nobody stood by with a clock when it began, and what it did before this run looked is not known.
    const output = disruption(found, { earliest: found.effectiveAt, latest: now() }, FOREIGN);
    return { finding: 'done', detail: `${region} is out, and this run did not begin it`, output };
  }
  const output = disruption(found, { earliest: intendedAt, latest: Math.max(now(), intendedAt) }, UNANSWERED);
  return { finding: 'done', detail: `${region} is out`, output };
}

interface Bracket {
  readonly earliest: number;
  readonly latest: number;
}

/** Who says when it took effect, and whether this run began it. */
interface Origin {
  readonly source: string;
  readonly ours: boolean;
}
const ANSWERED: Origin = { source: 'the twin, within the request as the observer saw it', ours: true };
const UNANSWERED: Origin = {
  source: 'the twin, between the intent and a later look: the answer to the request was lost',
  ours: true,
};
const FOREIGN: Origin = { source: 'the twin: an outage that this run did not begin', ours: false };

/** When the fault took effect: the twin's instant, held to what the observer saw from outside. Whole epoch milliseconds. */
function disruption({ effectiveAt, resources }: z.infer<typeof effect>, bracket: Bracket, origin: Origin): JsonObject {
  const earliest = Math.floor(bracket.earliest);
  const latest = Math.max(earliest, Math.ceil(bracket.latest));
  const held = Math.round(Math.min(Math.max(effectiveAt, earliest), latest));
  const fidelity = resources.map(({ id, means }) => ({ resource: id, means }));
  return { effectiveAt: held, earliest, latest, simulated: false, ...origin, fidelity };
}

async function endOutage(region: string, { world, requestId, signal }: ActionContext<World>): Promise<void> {
  try {
    await world.arm.mutate({ method: 'DELETE', path: `/twin/faults/region-outage/${region}`, requestId }, signal);
  } catch (error) {
    if (!isArmError(error, 'arm-not-found')) throw error;
  }
}

async function untilUp(region: string, { world, signal, now }: ActionContext<World>): Promise<void> {
  for (const giveUpAt = now() + UP_WAIT_MS_MAX; now() < giveUpAt; await pause(UP_POLL_MS, signal)) {
    const { regions } = parse(status, (await world.arm.get({ path: '/twin/status' }, signal)).body);
    if (regions.some(({ name, up }) => name === region && up)) return;
  }
  throw new ProviderError(
    'fault-stands',
    `expected ${region} to be up within ${UP_WAIT_MS_MAX} ms after its outage was ended, found it is not`,
    {
      retryable: true,
    },
  );
}

function parse<T>(schema: z.ZodType<T>, body: Json | undefined): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ProviderError(
    'answer-invalid',
    `expected an answer of a twin, found something else: ${z.prettifyError(parsed.error)}`,
  );
}
