import * as z from 'zod';
import { defineAction } from '../../model/action.ts';
import type { World } from '../world.ts';
import { findGroup, groupInput, isDeleting, sendDeletion, untilGone } from './resource-group.ts';

const input = z.strictObject({
  group: groupInput.describe('Deleted with everything in it: the scope names it, or a step of the drill made it'),
});
type Input = z.infer<typeof input>;

/** Deletes a resource group with everything in it. Nothing brings it back. */
export const resourceGroupDelete = defineAction<Input, World>({
  name: 'azure/resourcegroup.delete',
  title: 'Delete a resource group with everything in it',
  kind: 'write',
  input,
  writes: ({ group }) => [group],
  removes: ({ group }) => [group],
  permissions: [
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.Resources/subscriptions/resourceGroups/delete',
  ],
  undo: 'cannot-be-undone',
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 78 to 185 s, median 139 s.
  forecast: { operation: 'DELETE Microsoft.Resources/resourceGroups', typicalMs: 139_000 },
  inspect: async ({ group }, { world, attemptedAt, intendedAt, signal }) => {
    const seen = await findGroup(world, group, signal);
    if (seen === undefined)
      return {
        finding: 'done',
        detail: `${group} does not exist`,
        output: { group, removed: intendedAt !== undefined },
      };
    const detail = `${group} is ${seen.provisioningState}`;
    if (!isDeleting(seen)) return { finding: 'not-started', detail };
    return attemptedAt === undefined
      ? { finding: 'unknown', detail: `${detail}, and this run did not ask for that` }
      : { finding: 'running', detail };
  },
  start: async ({ group }, context) => ({ kind: 'accepted', handle: await sendDeletion(group, context) }),
  observe: async ({ group }, handle, context) => {
    await untilGone(group, handle, context);
    return { group, removed: true };
  },
});
