// Network interfaces that a restore made. Their names are the service's, nothing on them names the job, and they outlive their machine: so they
// are marked before it is deleted.
import * as z from 'zod';
import type { ActionContext } from '../../../model/action.ts';
import { isWithin, sameResource } from '../../../model/resource-id.ts';
import { ProviderError } from '../../provider-error.ts';
import { NIC_TYPE } from '../../resource-input.ts';
import type { World } from '../../world.ts';
import { listInGroup } from './list-in-group.ts';
import { NETWORK_API_VERSION, type RestoredMachine } from './restored-machine.ts';

const TAGS_API_VERSION = '2021-04-01';
/** The value is the key of the step: this run's, and of every attempt. */
const STEP_TAG = 'drillmaster-step';

type Context = ActionContext<World>;

export interface Restored {
  /** ARM id of the machine that was restored. */
  readonly machine: string;
  /** ARM id of its resource group: interfaces elsewhere were not made by the restore. */
  readonly group: string;
}

/** Writes on the interfaces of a machine whose they are. Idempotent; their other tags stay. */
export async function markInterfaces(
  { interfaces }: RestoredMachine,
  group: string,
  { world, key, requestId, signal }: Context,
): Promise<void> {
  const body = { operation: 'Merge', properties: { tags: { [STEP_TAG]: key } } };
  for (const id of interfaces.filter((card) => isWithin(card, group))) {
    const path = `${id}/providers/Microsoft.Resources/tags/default`;
    await world.arm.mutate({ method: 'PATCH', path, apiVersion: TAGS_API_VERSION, body, requestId }, signal);
  }
}

const cardShape = z.object({
  id: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.object({ virtualMachine: z.object({ id: z.string() }).nullish() }).nullish(),
});
const recorded = z.object({ interfaces: z.array(z.string()) });

/**
 * Ids of the interfaces that a restored machine left: those that bear the mark of this step, and those that the step named when it
 * succeeded. One that another machine has by now is not among them.
 */
export async function interfacesLeft(
  { machine, group }: Restored,
  { world, key, output, signal }: Context,
): Promise<readonly string[]> {
  const listed = await listInGroup({ group, type: NIC_TYPE, apiVersion: NETWORK_API_VERSION }, world, signal);
  const parsed = z.array(cardShape).safeParse(listed);
  if (!parsed.success)
    throw new ProviderError('answer-invalid', `expected the network interfaces of ${group}, found something else`);
  const named = recorded.safeParse(output).data?.interfaces ?? [];
  return parsed.data
    .filter(({ id, tags }) => tags?.[STEP_TAG] === key || named.some((known) => sameResource(known, id)))
    .filter(({ properties }) => sameResource(properties?.virtualMachine?.id ?? machine, machine))
    .map(({ id }) => id);
}
