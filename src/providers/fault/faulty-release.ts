import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { parseResourceId, sameResource } from '../../model/resource-id.ts';
import { isArmError } from '../arm/arm-error.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import { resourceInput, SERVER_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';

const input = z.strictObject({
  server: resourceInput(SERVER_TYPE).describe('The server whose database the release damages'),
});
type Input = z.infer<typeof input>;

/** How a twin reports it. Instants are epoch ms of the machine's clock; before `effectiveAt` nothing was damaged. */
const damage = z.object({ effectiveAt: z.number(), lastDamageAt: z.number(), damaged: z.number() });
type Damage = z.infer<typeof damage>;
const started = z.object({ effectiveAt: z.number() });
const stopped = z.object({ ...damage.shape, stoppedAt: z.number() });
/** The list of active faults holds other kinds too, with members of their own. */
const active = z.array(z.looseObject({ fault: z.string(), server: z.string().optional() }));

/** A release of the shop that writes orders wrongly, until it is stopped. There are such releases on twins alone. */
export const faultyRelease = defineAction<Input, World>({
  name: 'fault/faulty-release',
  title: 'Let a faulty release damage orders until it is stopped',
  kind: 'fault',
  input,
  writes: ({ server }) => [server],
  reach: ({ server }) => [server],
  permissions: [],
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'fault/faulty-release', typicalMs: 1000 },
  inspect,
  start: async ({ server }, { world, requestId, signal, now }) => {
    const earliest = now();
    const body = { fault: 'faulty-release', server };
    const answer = await world.arm.mutate({ method: 'POST', path: '/twin/faults', body, requestId }, signal);
    const { effectiveAt } = readTaken(() => parse(started, answer.body));
    return { kind: 'done', output: disruption(server, effectiveAt, { earliest, latest: now(), ...ANSWERED }) };
  },
  observe: async (given, _handle, context) => {
    const { finding, output } = await inspect(given, context);
    if (finding === 'done' && output !== undefined) return output;
    throw new ProviderError('answer-invalid', `expected a faulty release at ${given.server}, found none`);
  },
  takeBack: ({ server }, _before, context) => stop(server, context),
});

async function inspect({ server }: Input, context: ActionContext<World>): Promise<Inspection> {
  const { world, now, intendedAt } = context;
  if (world.environment.kind !== 'twin')
    throw new ProviderError(
      'fault-unbound',
      `expected a twin, where alone there are faulty releases, found ${world.environment.name}, which is none`,
    );
  const found = await activeAt(server, context);
  if (found === undefined) return { finding: 'not-started', detail: `no faulty release damages ${server}` };
  const { effectiveAt, damaged } = found;
  const origin =
    intendedAt === undefined ? { earliest: effectiveAt, ...FOREIGN } : { earliest: intendedAt, ...UNANSWERED };
  const output = disruption(server, effectiveAt, { latest: now(), ...origin });
  return { finding: 'done', detail: `a faulty release has damaged ${damaged} orders of ${server}`, output };
}

async function activeAt(server: string, { world, signal }: ActionContext<World>): Promise<Damage | undefined> {
  const faults = parse(active, (await world.arm.get({ path: '/twin/faults' }, signal)).body);
  const listed = faults.find(({ fault, server: at }) => fault === 'faulty-release' && sameResource(at ?? '', server));
  return listed === undefined ? undefined : parse(damage, listed as JsonObject);
}

interface Origin {
  readonly earliest: number;
  readonly latest: number;
  /** Who says when it took effect, and whether this run began it. */
  readonly source: string;
  readonly ours: boolean;
}
const ANSWERED = { source: 'the twin, within the request as the observer saw it', ours: true };
const UNANSWERED = {
  source: 'the twin, between the intent and a later look: the answer to the request was lost',
  ours: true,
};
const FOREIGN = { source: 'the twin: a faulty release that this run did not begin', ours: false };

/** When the first row was damaged: the twin's instant, held to what the observer saw from outside. Whole epoch milliseconds. */
function disruption(server: string, effectiveAt: number, origin: Origin): JsonObject {
  const earliest = Math.floor(origin.earliest);
  const latest = Math.max(earliest, Math.ceil(origin.latest));
  const held = Math.round(Math.min(Math.max(effectiveAt, earliest), latest));
  const fidelity = [{ resource: server, means: 'rows of its database are damaged' }];
  return { effectiveAt: held, earliest, latest, simulated: false, source: origin.source, ours: origin.ours, fidelity };
}

/** Once it is stopped, the twin has put right what it had damaged. Stopping one that is not there changes nothing. */
async function stop(server: string, { world, requestId, signal }: ActionContext<World>): Promise<Json> {
  const name = parseResourceId(server)?.name ?? '';
  try {
    const path = `/twin/faults/faulty-release/${name}`;
    const { body } = await world.arm.mutate({ method: 'DELETE', path, requestId }, signal);
    return { server, ...readTaken(() => parse(stopped, body)) };
  } catch (error) {
    if (!isArmError(error, 'arm-not-found')) throw error;
    return { server, stopped: true };
  }
}

function parse<T>(schema: z.ZodType<T>, body: Json | undefined): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ProviderError(
    'answer-invalid',
    `expected an answer of a twin, found something else: ${z.prettifyError(parsed.error)}`,
  );
}
