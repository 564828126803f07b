import * as z from 'zod';
import { type ActionContext, defineAction } from '../../model/action.ts';
import type { JsonObject } from '../../model/json.ts';
import { MACHINE_TYPE, resourceInput } from '../resource-input.ts';
import type { World } from '../world.ts';
import {
  describeMachine,
  getMachine,
  isMachineChanging,
  machineOutput,
  poweredMachine,
  restingMachine,
  sendPower,
  type VirtualMachine,
} from './virtual-machine.ts';

const input = z.strictObject({
  machine: resourceInput(MACHINE_TYPE),
  mode: z
    .enum(['powerOff', 'deallocate'])
    .default('powerOff')
    .describe('powerOff keeps its hardware; deallocate gives it back, and starting again may not get it'),
});
type Input = z.infer<typeof input>;

const before = z.object({ power: z.string().nullable() });
/** A deallocated machine is powered off as well. */
const OFF = { powerOff: ['stopped', 'deallocated'], deallocate: ['deallocated'] } as const;

/** Stops a virtual machine. Undo starts it again, when it ran before. */
export const machineStop = defineAction<Input, World>({
  name: 'azure/machine.stop',
  title: 'Stop a virtual machine',
  kind: 'write',
  input,
  writes: ({ machine }) => [machine],
  permissions: [
    'Microsoft.Compute/virtualMachines/read',
    'Microsoft.Compute/virtualMachines/powerOff/action',
    'Microsoft.Compute/virtualMachines/deallocate/action',
    'Microsoft.Compute/virtualMachines/start/action',
  ],
  undo: 'reversible',
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 31 to 32 s, seen three times.
  forecast: { operation: 'POST Microsoft.Compute/virtualMachines/powerOff', typicalMs: 31_500 },
  inspect: async ({ machine, mode }, context) => {
    const { world, signal } = context;
    const seen = await getMachine(world, machine, signal);
    const output = machineOutput(machine, seen);
    const detail = `${machine} is ${describeMachine(seen)}`;
    if (isMachineChanging(seen)) return { finding: 'running', detail, before: output };
    const off: readonly string[] = OFF[mode];
    if (off.includes(seen.power ?? ''))
      return { finding: 'done', detail, before: output, output: outputOf(machine, seen, context) };
    return { finding: seen.power === undefined ? 'unknown' : 'not-started', detail, before: output };
  },
  start: ({ machine, mode }, context) => sendPower(machine, mode, context),
  observe: async ({ machine, mode }, handle, context) =>
    outputOf(machine, await poweredMachine(machine, OFF[mode], handle, context), context),
  takeBack: async ({ machine }, stood, context) => {
    const seen = await restingMachine(machine, context);
    if (before.parse(stood).power !== 'running' || seen.power === 'running') return machineOutput(machine, seen);
    const sent = await sendPower(machine, 'start', context);
    const handle = sent.kind === 'accepted' ? sent.handle : undefined;
    return machineOutput(machine, await poweredMachine(machine, ['running'], handle, context));
  },
});

/** As a disruption it took effect (epoch ms) after the first request was meant to be sent, whichever of them stopped it, and before it was seen. */
function outputOf(machine: string, seen: VirtualMachine, { intendedAt, now }: ActionContext<World>): JsonObject {
  const latest = Math.ceil(now());
  const earliest = Math.min(latest, Math.floor(intendedAt ?? latest));
  return {
    ...machineOutput(machine, seen),
    earliest,
    effectiveAt: earliest,
    latest,
    simulated: false,
    ours: intendedAt !== undefined,
    source: 'the power of the machine, between its request and the look that found it off',
    fidelity: [{ resource: machine, means: `the machine was ${seen.power ?? 'stopped'}` }],
  };
}
