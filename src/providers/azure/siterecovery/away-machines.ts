// The machines that a failover made in the other region. Nobody deletes them: when the way back is protected, Site Recovery removes them itself.
import * as z from 'zod';
import type { ActionContext } from '../../../model/action.ts';
import type { Json, JsonObject } from '../../../model/json.ts';
import { sameResource } from '../../../model/resource-id.ts';
import { isArmError } from '../../arm/arm-error.ts';
import { pause } from '../../arm/door.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';
import { machineTarget } from '../virtual-machine.ts';
import { describeItems, machineIdOf, type ProtectedItem, readItems } from './protected-items.ts';
import { jobAtWork } from './send.ts';

const POLL_MS = 15_000;
const POLL_TWIN_MS = 300;

interface Away {
  readonly of: string;
  /** ARM ids. */
  readonly machines: readonly string[];
}

/** Where every item was replicated from before the failover, as its look said. */
const looked = z.object({ items: z.array(z.object({ item: z.string(), primaryLocation: z.string() })) });

/**
 * Waits until the service has removed the machines, and deletes none: they may be what people use. The signal is the deadline. Throws
 * ProviderError `failover-stands` when the items are not back where they came from.
 */
export async function untilRemoved(
  { of, machines }: Away,
  before: Json,
  context: ActionContext<World>,
): Promise<JsonObject> {
  const { world, signal } = context;
  for (;;) {
    const items = await readItems(of, world, signal);
    // What a failover that is still at work makes is not there yet.
    const isGoing = await jobAtWork({ of, scenario: 'UnplannedFailover' }, items, context);
    const standing = await standingOf(machines, world, signal);
    if (!isGoing && !items.every((item) => isBack(item, before)))
      throw new ProviderError(
        'failover-stands',
        `expected that ${of} came back before what its failover made is removed, found that ${describeItems(items)}, and left it alone`,
      );
    if (!isGoing && standing.length === 0) return { of, machines: [...machines], removed: true };
    await pause(world.environment.kind === 'twin' ? POLL_TWIN_MS : POLL_MS, signal);
  }
}

/** Throws ProviderError `machines-differ` when the failover would make other machines than the step says: the proof would not look for them. */
export function checkMachines(machines: readonly string[], items: readonly ProtectedItem[]): void {
  const made = items.map((item) => machineIdOf(item, item.recoveryName ?? item.friendlyName));
  const isSame =
    made.length === machines.length && made.every((id) => machines.some((known) => sameResource(known, id)));
  if (machines.length > 0 && !isSame)
    throw new ProviderError(
      'machines-differ',
      `expected a failover that makes ${machines.join(', ')}, found that it would make ${made.join(', ')}`,
    );
}

/** Replicated again, or about to be, in the direction of before. */
function isBack({ name, activeLocation, primaryLocation }: ProtectedItem, before: Json): boolean {
  const home = looked.safeParse(before).data?.items.find(({ item }) => sameResource(item, name))?.primaryLocation;
  return home !== undefined && sameResource(primaryLocation ?? '', home) && /^primary$/i.test(activeLocation);
}

async function standingOf(machines: readonly string[], world: World, signal: AbortSignal): Promise<readonly string[]> {
  const found = await Promise.all(machines.map(async (id) => ((await stands(id, world, signal)) ? [id] : [])));
  return found.flat();
}

async function stands(id: string, world: World, signal: AbortSignal): Promise<boolean> {
  try {
    await world.arm.get(machineTarget(id), signal);
    return true;
  } catch (error) {
    if (isArmError(error, 'arm-not-found')) return false;
    throw error;
  }
}
