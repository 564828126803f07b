// A virtual machine as the control plane shows it, with its instance view.
import * as z from 'zod';
import type { ActionContext, Started } from '../../model/action.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Target } from '../arm/allowed-url.ts';
import { pause } from '../arm/door.ts';
import { decodeHandle, encodeHandle, openHandle, resourceHandle } from '../arm/operation.ts';
import { watchOperation } from '../arm/watch-operation.ts';
import { ProviderError, readTaken } from '../provider-error.ts';
import type { World } from '../world.ts';

const MACHINE_API_VERSION = '2024-03-01';
const REST_POLL_MS = 2000;

export interface VirtualMachine {
  readonly location: string;
  /** running, stopped, deallocated, or a word of the way there: starting, deallocating. Undefined when the service does not say. */
  readonly power: string | undefined;
  readonly provisioning: string;
  /** Names of its data disks. */
  readonly disks: readonly string[];
}

const shape = z.object({
  location: z.string(),
  properties: z.object({
    provisioningState: z.string().nullish(),
    storageProfile: z.object({ dataDisks: z.array(z.object({ name: z.string().nullish() })).nullish() }).nullish(),
    instanceView: z.object({ statuses: z.array(z.object({ code: z.string().nullish() })).nullish() }).nullish(),
  }),
});

/** With `$expand`, which only the path can carry. */
export const machineTarget = (id: string): Target => ({
  path: `${id}?$expand=instanceView`,
  apiVersion: MACHINE_API_VERSION,
});

/** Throws ProviderError `answer-invalid` when it is no virtual machine. */
export function parseMachine(body: Json | undefined): VirtualMachine {
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError(
      'answer-invalid',
      `expected a virtual machine, found something else: ${z.prettifyError(parsed.error)}`,
    );
  const { location, properties } = parsed.data;
  const codes = properties.instanceView?.statuses?.map(({ code }) => code ?? '') ?? [];
  return {
    location,
    power: codes.find((code) => code.startsWith('PowerState/'))?.slice('PowerState/'.length),
    provisioning: properties.provisioningState ?? 'Unknown',
    disks: properties.storageProfile?.dataDisks?.flatMap(({ name }) => name ?? []) ?? [],
  };
}

export const getMachine = async (world: World, id: string, signal: AbortSignal): Promise<VirtualMachine> =>
  parseMachine((await world.arm.get(machineTarget(id), signal)).body);

export const describeMachine = ({ power, provisioning }: VirtualMachine): string =>
  `${power ?? 'in a power state that nobody tells'}, ${provisioning}`;

/** An operation is at work on it, whoever began it. */
export const isMachineChanging = ({ power = '', provisioning }: VirtualMachine): boolean =>
  /ing$/i.test(provisioning) || (/ing$/i.test(power) && power !== 'running');

/** The machine once nobody is at work on it: an operation whose answer was lost may still be. */
export async function restingMachine(
  machine: string,
  { world, signal }: ActionContext<World>,
): Promise<VirtualMachine> {
  let seen = await getMachine(world, machine, signal);
  while (isMachineChanging(seen)) {
    await pause(REST_POLL_MS, signal);
    seen = await getMachine(world, machine, signal);
  }
  return seen;
}

export const machineOutput = (machine: string, { power }: VirtualMachine): JsonObject => ({
  machine,
  power: power ?? null,
});

/** Sends one request about a machine's power. */
export async function sendPower(
  machine: string,
  action: 'start' | 'powerOff' | 'deallocate',
  { world, requestId, signal }: ActionContext<World>,
): Promise<Started> {
  const answer = await world.arm.mutate(
    { method: 'POST', path: `${machine}/${action}`, apiVersion: MACHINE_API_VERSION, requestId },
    signal,
  );
  const handle = openHandle(answer, machineTarget(machine)) ?? resourceHandle(machineTarget(machine));
  return { kind: 'accepted', handle: encodeHandle(handle) };
}

/** Waits for the operation; the machine after it. Throws ProviderError `machine-failed` when it is not in the state that was asked for. */
export async function poweredMachine(
  machine: string,
  wanted: readonly string[],
  handle: string | undefined,
  { world, signal }: ActionContext<World>,
): Promise<VirtualMachine> {
  const accepted = handle === undefined ? resourceHandle(machineTarget(machine)) : decodeHandle(handle);
  const body = await watchOperation(world.arm, accepted, signal);
  const settled = readTaken(() => parseMachine(body));
  if (!wanted.includes(settled.power ?? ''))
    throw new ProviderError(
      'machine-failed',
      `expected ${machine} to be ${wanted.join(' or ')}, found it ${describeMachine(settled)}`,
    );
  return settled;
}
