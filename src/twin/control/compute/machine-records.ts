// Virtual machines and disks as the control plane knows them: what stands is the data plane's word; here is what nobody else keeps.
import { DISK_TYPE, MACHINE_TYPE } from '../../world/resource-ids.ts';
import { Refusal, resourceNotFound } from '../arm-reply.ts';
import type { DiskPlace, Disks, Machine, Machines } from '../machine-plane.ts';

export type PowerState = 'running' | 'stopped' | 'deallocated';

export interface MachineRecord extends Machine {
  readonly power: PowerState;
  /** The word of an operation that is at work on it: `Updating`, `Deleting`. */
  readonly busy: 'Updating' | 'Deleting' | undefined;
}

export class MachineRecords {
  readonly #machines: Machines;
  readonly #disks: Disks;
  readonly #deallocated = new Set<string>();
  /** By the name of the disk: what the service that made it wrote on it. */
  readonly #restored = new Map<string, Readonly<Record<string, string>>>();
  readonly #busy = new Map<string, 'Updating' | 'Deleting'>();

  constructor(machines: Machines, disks: Disks) {
    this.#machines = machines;
    this.#disks = disks;
  }

  list(group?: string): readonly MachineRecord[] {
    return this.#machines
      .names()
      .flatMap((name) => this.#machines.find(name) ?? [])
      .filter((machine) => group === undefined || same(machine.group, group))
      .map((machine) => ({ ...machine, power: this.#power(machine), busy: this.#busy.get(machine.name) }));
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  get(group: string, name: string): MachineRecord {
    const found = this.list(group).find((machine) => same(machine.name, name));
    if (found === undefined) throw resourceNotFound(MACHINE_TYPE, name, group);
    return found;
  }

  /** Throws Refusal 409 while another operation is at work on it. */
  begin({ name, busy }: MachineRecord, word: 'Updating' | 'Deleting'): void {
    if (busy !== undefined)
      throw new Refusal(
        409,
        'OperationNotAllowed',
        `Another operation (${busy}) is in progress on the virtual machine '${name}'. Please try again later.`,
      );
    this.#busy.set(name, word);
  }

  settle(name: string): void {
    this.#busy.delete(name);
  }

  noteDeallocated(name: string, deallocated: boolean): void {
    if (deallocated) this.#deallocated.add(name);
    else this.#deallocated.delete(name);
  }

  /** Writes down that a service restored a disk from a copy, and how it marked it. */
  noteRestored(disk: string, tags: Readonly<Record<string, string>>): void {
    this.#restored.set(disk, tags);
  }

  /** The marks of a disk that was restored; undefined of any other. */
  restoredTags(disk: string): Readonly<Record<string, string>> | undefined {
    return this.#disks.find(disk) === undefined ? undefined : this.#restored.get(disk);
  }

  disks(group?: string): readonly DiskPlace[] {
    return this.#disks
      .names()
      .flatMap((name) => this.#disks.find(name) ?? [])
      .filter((disk) => group === undefined || same(disk.group, group));
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  disk(group: string, name: string): DiskPlace {
    const found = this.disks(group).find((disk) => same(disk.name, name));
    if (found === undefined) throw resourceNotFound(DISK_TYPE, name, group);
    return found;
  }

  /** The machine that a disk is attached to. */
  ownerOf(disk: string): MachineRecord | undefined {
    return this.list().find((machine) => machine.disk === disk);
  }

  #power({ name, running }: Machine): PowerState {
    if (running) return 'running';
    return this.#deallocated.has(name) ? 'deallocated' : 'stopped';
  }
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
