import * as z from 'zod';
import { type ActionContext, defineAction, type Inspection } from '../../model/action.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import type { World } from '../world.ts';
import {
  findGroup,
  groupInput,
  groupTarget,
  isDeleting,
  parseGroup,
  type ResourceGroup,
  sendDeletion,
  untilGone,
} from './resource-group.ts';

const input = z.strictObject({
  group: groupInput.describe('The new resource group; nothing may stand there'),
  location: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,30}$/)
    .describe('Region in which its records lie: westeurope'),
});
type Input = z.infer<typeof input>;

/** How a group says whose it is: the tag's value is the name of the run. */
const RUN_TAG = 'drillmaster-run';

/** A resource group of the run's own. When it is taken back, everything in it goes with it; no other group is ever adopted or removed. */
export const resourceGroupCreate = defineAction<Input, World>({
  name: 'azure/resourcegroup.create',
  title: 'Create a resource group',
  kind: 'write',
  input,
  writes: () => [],
  creates: ({ group }) => [group],
  permissions: [
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.Resources/subscriptions/resourceGroups/write',
    'Microsoft.Resources/subscriptions/resourceGroups/delete',
  ],
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'PUT Microsoft.Resources/resourceGroups', typicalMs: 2000 },
  inspect,
  start: async (given, context) => {
    const { world, run, requestId, signal } = context;
    const body = { location: given.location, tags: { [RUN_TAG]: run } };
    const answer = await world.arm.mutate({ ...groupTarget(given.group), method: 'PUT', body, requestId }, signal);
    if (answer.status === 201)
      return {
        kind: 'done',
        output: {
          ...outputOf(
            given,
            readTaken(() => parseGroup(answer.body)),
          ),
          created: true,
        },
      };
    // Somebody was faster by a moment. The group is theirs, whatever its tags say now.
    foreign.set(world, (foreign.get(world) ?? new Set()).add(given.group.toLowerCase()));
    throw taken(given);
  },
  // Only a crash between a request and its answer leads here; the answer is what the group says now.
  observe: async (given, _handle, context) => {
    const { finding, detail, output } = await inspect(given, context);
    if (finding === 'done' && output !== undefined) return output;
    throw new ProviderError('group-failed', `expected ${given.group} as this run made it, found that ${detail}`);
  },
  takeBack,
});

const foreign = new WeakMap<World, Set<string>>();

async function inspect(given: Input, { world, run, signal }: ActionContext<World>): Promise<Inspection> {
  const seen = await findGroup(world, given.group, signal);
  if (seen === undefined) return { finding: 'not-started', detail: `${given.group} does not exist` };
  const detail = `it is ${seen.provisioningState} in ${seen.location}, made by ${seen.tags[RUN_TAG] ?? 'nobody knows whom'}`;
  if (seen.tags[RUN_TAG] !== run) throw taken(given);
  return seen.location === given.location && !isDeleting(seen)
    ? { finding: 'done', detail, output: outputOf(given, seen) }
    : { finding: 'unknown', detail };
}

async function takeBack({ group }: Input, _before: Json, context: ActionContext<World>): Promise<Json> {
  const { world, run, signal } = context;
  const seen = await findGroup(world, group, signal);
  if (seen === undefined) return { group, removed: false };
  if (seen.tags[RUN_TAG] !== run || foreign.get(world)?.has(group.toLowerCase())) throw taken({ group });
  // Without an answer that says that it was created, somebody may have been faster by a moment: then only what is empty goes.
  if (!madeHere.safeParse(context.output).success && !(await isEmpty(group, context))) throw taken({ group });
  await untilGone(group, isDeleting(seen) ? undefined : await sendDeletion(group, context), context);
  return { group, removed: true };
}

const madeHere = z.object({ created: z.literal(true) });

const isEmpty = async (group: string, { world, signal }: ActionContext<World>): Promise<boolean> =>
  (await world.arm.list({ ...groupTarget(group), path: `${group}/resources` }, signal)).length === 0;

const taken = ({ group }: Pick<Input, 'group'>) =>
  new ProviderError(
    'name-taken',
    `expected no resource group but this run's own at ${group}, found one that it did not make; it is left alone`,
  );

const outputOf = ({ group }: Input, { location }: ResourceGroup): JsonObject => ({ group, location });
