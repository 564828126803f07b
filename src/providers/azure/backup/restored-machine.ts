// A virtual machine as a restore leaves it.
import * as z from 'zod';
import { isArmError } from '../../arm/arm-error.ts';
import { ProviderError } from '../../provider-error.ts';
import type { World } from '../../world.ts';

export const COMPUTE_API_VERSION = '2024-03-01';
export const DISK_API_VERSION = '2023-10-02';
export const NETWORK_API_VERSION = '2024-01-01';

export interface RestoredMachine {
  readonly location: string;
  /** Succeeded, Creating, Updating, Failed, Deleting. */
  readonly state: string;
  /** ARM ids. */
  readonly disks: readonly string[];
  readonly interfaces: readonly string[];
}

const disk = z.object({ managedDisk: z.object({ id: z.string() }).nullish() }).nullish();
const shape = z.object({
  location: z.string(),
  properties: z.object({
    provisioningState: z.string().nullish(),
    storageProfile: z.object({ osDisk: disk, dataDisks: z.array(disk).nullish() }).nullish(),
    networkProfile: z.object({ networkInterfaces: z.array(z.object({ id: z.string() })).nullish() }).nullish(),
  }),
});

/** Undefined when there is none. */
export async function findMachine(id: string, world: World, signal: AbortSignal): Promise<RestoredMachine | undefined> {
  try {
    return parseMachine((await world.arm.get({ path: id, apiVersion: COMPUTE_API_VERSION }, signal)).body);
  } catch (error) {
    if (isArmError(error, 'arm-not-found')) return undefined;
    throw error;
  }
}

function parseMachine(body: unknown): RestoredMachine {
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a virtual machine, found something else: ${z.prettifyError(parsed.error)}`,
    );
  const { location, properties } = parsed.data;
  const { osDisk, dataDisks } = properties.storageProfile ?? {};
  return {
    location,
    state: properties.provisioningState ?? 'Unknown',
    disks: [osDisk, ...(dataDisks ?? [])].flatMap((held) => held?.managedDisk?.id ?? []),
    interfaces: (properties.networkProfile?.networkInterfaces ?? []).map((card) => card.id),
  };
}
