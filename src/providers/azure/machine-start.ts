import * as z from 'zod';
import { defineAction } from '../../model/action.ts';
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
} from './virtual-machine.ts';

const input = z.strictObject({ machine: resourceInput(MACHINE_TYPE) });
type Input = z.infer<typeof input>;

const before = z.object({ power: z.string().nullable() });

/** Starts a virtual machine. Undo brings it back to how it was off: powered off, or deallocated. */
export const machineStart = defineAction<Input, World>({
  name: 'azure/machine.start',
  title: 'Start a virtual machine',
  kind: 'write',
  input,
  writes: ({ machine }) => [machine],
  permissions: [
    'Microsoft.Compute/virtualMachines/read',
    'Microsoft.Compute/virtualMachines/start/action',
    'Microsoft.Compute/virtualMachines/powerOff/action',
    'Microsoft.Compute/virtualMachines/deallocate/action',
  ],
  undo: 'reversible',
  changesDataRoles: false,
  // Recorded public azure-cli test traffic: 11 s, seen once.
  forecast: { operation: 'POST Microsoft.Compute/virtualMachines/start', typicalMs: 11_000 },
  inspect: async ({ machine }, { world, signal }) => {
    const seen = await getMachine(world, machine, signal);
    const output = machineOutput(machine, seen);
    const detail = `${machine} is ${describeMachine(seen)}`;
    if (isMachineChanging(seen)) return { finding: 'running', detail, before: output };
    if (seen.power === 'running') return { finding: 'done', detail, before: output, output };
    return { finding: seen.power === undefined ? 'unknown' : 'not-started', detail, before: output };
  },
  start: ({ machine }, context) => sendPower(machine, 'start', context),
  observe: async ({ machine }, handle, context) =>
    machineOutput(machine, await poweredMachine(machine, ['running'], handle, context)),
  takeBack: async ({ machine }, stood, context) => {
    const was = before.parse(stood).power === 'deallocated' ? 'deallocated' : 'stopped';
    const seen = await restingMachine(machine, context);
    if (seen.power === was) return machineOutput(machine, seen);
    const sent = await sendPower(machine, was === 'deallocated' ? 'deallocate' : 'powerOff', context);
    const handle = sent.kind === 'accepted' ? sent.handle : undefined;
    return machineOutput(machine, await poweredMachine(machine, [was], handle, context));
  },
});
