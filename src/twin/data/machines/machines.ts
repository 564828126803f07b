// The virtual machines of a world: a process each, with its data on a disk of its own.
import { kill } from 'node:process';
import type { Disks, MachinePlace, Machines, MachineWork } from '../../control/machine-plane.ts';
import { pause } from '../../process/power-off.ts';
import type { Registry } from '../../process/registry.ts';
import { ALL_ROUTES, type Routes } from '../../world/security-rules.ts';
import { DataPlaneError } from '../data-plane-error.ts';
import { copyFolder } from '../postgres/host.ts';
import { type MachineWays, openMachineWays, type RunningMachine } from './machine.ts';

export interface EstateMachines extends Machines {
  /** Where a machine is reached, on 127.0.0.1. */
  readonly portOf: (name: string) => number;
  readonly pidsIn: (region: string) => readonly number[];
  /** The region's processes were killed; gives those that ran. */
  readonly forget: (region: string) => readonly MachinePlace[];
  /** Starts what ran when the region was lost. */
  readonly revive: (region: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface MachineParts {
  readonly disks: Disks;
  readonly registry: Registry;
  readonly now: () => number;
  /** On 127.0.0.1: where a host name of the world is served. */
  readonly portOfHost: (host: string) => number | undefined;
}

interface Kept {
  readonly place: MachinePlace;
  readonly disk: string;
  readonly work: MachineWork;
  readonly ways: MachineWays;
  /** The last of what was asked of it: one thing at a time, or two copies of its disk would end each other's stillness. */
  turn: Promise<unknown>;
  running: RunningMachine | undefined;
  /** It ran when its region was lost. */
  lost: boolean;
}

export function createMachines({ disks, registry, now, portOfHost }: MachineParts): EstateMachines {
  const machines = new Map<string, Kept>();
  const allowed = new Map<string, Routes>();
  const keptIn = (region: string) => [...machines.values()].filter(({ place }) => place.region === region);
  const kept = (name: string): Kept => {
    const found = machines.get(name);
    if (found === undefined)
      throw new DataPlaneError('unknown-machine', `expected a machine of this world, found ${name}`);
    return found;
  };

  async function start(machine: Kept): Promise<void> {
    const { name, region } = machine.place;
    // One that was removed while this waited for its turn would run with nobody to end it.
    if (machine.running !== undefined || machines.get(name) !== machine) return;
    const { writesEveryMs } = machine.work;
    machine.running = await machine.ways.start({
      machine: name,
      region,
      folder: disks.folder(machine.disk),
      ...(writesEveryMs === undefined ? {} : { writesEveryMs }),
    });
    registry.add({ pid: machine.running.pid, what: `machine ${name}` });
  }

  async function stop(machine: Kept): Promise<void> {
    const { running } = machine;
    if (running === undefined) return;
    await running.kill();
    registry.remove(running.pid);
    machine.running = undefined;
  }

  return {
    find: (name) => {
      const found = machines.get(name);
      return found && { ...found.place, running: found.running !== undefined, disk: found.disk };
    },
    names: () => [...machines.keys()],
    create: async (place, disk, work = {}) => {
      if (machines.has(place.name))
        throw new DataPlaneError('name-taken', `expected a machine of a new name, found ${place.name} again`);
      const { production } = work;
      const port = production === undefined ? undefined : portOfHost(production);
      const target = production === undefined || port === undefined ? undefined : { host: production, port };
      const ways = await openMachineWays(target);
      const machine: Kept = { place, disk, work, ways, turn: Promise.resolve(), running: undefined, lost: false };
      machines.set(place.name, machine);
      // Before it is started: a machine in an isolated subnet has no route to production, not even for a moment.
      machine.ways.allow(allowed.get(place.subnet ?? '') ?? ALL_ROUTES);
      await inTurn(machine, start).catch(async (error) => {
        machines.delete(place.name);
        await machine.ways.close();
        throw error;
      });
    },
    start: async (name) => inTurn(kept(name), start),
    stop: async (name) => inTurn(kept(name), stop),
    remove: async (name) => {
      await inTurn(kept(name), async (machine) => {
        await stop(machine);
        await machine.ways.close();
        machines.delete(name);
      });
    },
    snapshot: async (name, into, consistency) =>
      inTurn(kept(name), ({ disk, running }) => {
        const still = consistency === 'application' ? held : stopped;
        return still(running, async () => {
          const takenAt = now();
          await copyFolder(disks.folder(disk), into);
          return { takenAt };
        });
      }),
    allow: (subnet, routes) => {
      allowed.set(subnet, routes);
      for (const { place, ways } of machines.values()) if (place.subnet === subnet) ways.allow(routes);
    },
    portOf: (name) => kept(name).ways.port,
    pidsIn: (region) => keptIn(region).flatMap(({ running }) => running?.pid ?? []),
    forget: (region) =>
      keptIn(region).flatMap((machine) => {
        if (machine.running === undefined) return [];
        registry.remove(machine.running.pid);
        Object.assign(machine, { running: undefined, lost: true });
        return [machine.place];
      }),
    revive: async (region) => {
      const lost = keptIn(region).filter((machine) => machine.lost);
      await Promise.all(lost.map((machine) => inTurn(machine, start)));
      for (const machine of lost) machine.lost = false;
    },
    close: async () => {
      await Promise.allSettled([...machines.values()].map((machine) => inTurn(machine, stop)));
      await Promise.allSettled([...machines.values()].map(({ ways }) => ways.close()));
      machines.clear();
    },
  };
}

/** Begins when what was asked of the machine before is over, however that ended. */
function inTurn<T>(machine: Kept, work: (machine: Kept) => Promise<T>): Promise<T> {
  const done = machine.turn.then(() => work(machine));
  machine.turn = done.catch(() => undefined);
  return done;
}

/** The machine's own program keeps still meanwhile; it is released as well when its word that it does came too late. */
async function held<T>(running: RunningMachine | undefined, work: () => Promise<T>): Promise<T> {
  try {
    await running?.hold();
    return await work();
  } finally {
    await running?.release().catch(() => undefined);
  }
}

const SETTLE_MS = 2;

/** The process stands still meanwhile, wherever it was. */
async function stopped<T>(running: RunningMachine | undefined, work: () => Promise<T>): Promise<T> {
  if (running === undefined) return work();
  kill(running.pid, 'SIGSTOP');
  pause(SETTLE_MS);
  try {
    return await work();
  } finally {
    resume(running.pid);
  }
}

/** A process that was killed meanwhile, by the loss of its region, has nothing to go on with; the copy holds all the same. */
function resume(pid: number): void {
  try {
    kill(pid, 'SIGCONT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
