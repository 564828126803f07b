// Network interfaces: one of every machine. Like Azure's, it stays when somebody deletes its machine, and is deleted by itself.
import { NIC_TYPE } from '../../world/resource-ids.ts';
import { resourceNotFound } from '../arm-reply.ts';
import type { MachineRecord, MachineRecords } from '../compute/machine-records.ts';

type Tags = Readonly<Record<string, string>>;

export interface InterfaceRecord {
  readonly name: string;
  readonly group: string;
  readonly region: string;
  /** `network/subnet`. */
  readonly subnet: string | undefined;
  /** The machine that it is attached to. */
  readonly machine: MachineRecord | undefined;
  readonly isDeleting: boolean;
  tags: Tags;
}

export class InterfaceRecords {
  readonly #machines: MachineRecords;
  /** By machine: the names that a service chose. */
  readonly #chosen = new Map<string, string>();
  /** By key: those whose machine was deleted. */
  readonly #left = new Map<string, Omit<InterfaceRecord, 'isDeleting' | 'tags'>>();
  readonly #deleting = new Set<string>();
  readonly #tags = new Map<string, Tags>();

  constructor(machines: MachineRecords) {
    this.#machines = machines;
  }

  list(group?: string): readonly InterfaceRecord[] {
    const attached = this.#machines.list(group).map((machine) => this.#of(machine));
    const taken = attached.map(keyOf);
    const left = [...this.#left.values()].filter(
      (one) => (group === undefined || same(one.group, group)) && !taken.includes(keyOf(one)),
    );
    return [...attached, ...left].map((one) => this.#view(one));
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  get(group: string, name: string): InterfaceRecord {
    const found = this.list(group).find((one) => same(one.name, name));
    if (found === undefined) throw resourceNotFound(NIC_TYPE, name, group);
    return found;
  }

  nameOf(machine: string): string {
    return this.#chosen.get(machine) ?? `${machine}-nic`;
  }

  /** Says what the interface of a machine that a service makes is called. */
  noteName(machine: string, name: string): void {
    this.#chosen.set(machine, name);
  }

  /** Its machine was deleted; it stays. */
  leave(machine: MachineRecord): void {
    const one = { ...this.#of(machine), machine: undefined };
    this.#left.set(keyOf(one), one);
    this.#chosen.delete(machine.name);
  }

  begin(one: InterfaceRecord): void {
    this.#deleting.add(keyOf(one));
  }

  settle(one: InterfaceRecord): void {
    this.#deleting.delete(keyOf(one));
  }

  remove(one: Pick<InterfaceRecord, 'group' | 'name'>): void {
    this.#left.delete(keyOf(one));
    this.#tags.delete(keyOf(one));
  }

  #of(machine: MachineRecord) {
    const { name, group, region, subnet } = machine;
    return { name: this.nameOf(name), group, region, subnet, machine };
  }

  #view(one: Omit<InterfaceRecord, 'isDeleting' | 'tags'>): InterfaceRecord {
    const key = keyOf(one);
    const tags = this.#tags;
    return {
      ...one,
      isDeleting: this.#deleting.has(key),
      get tags() {
        return tags.get(key) ?? {};
      },
      set tags(changed) {
        tags.set(key, changed);
      },
    };
  }
}

const keyOf = ({ group, name }: Pick<InterfaceRecord, 'group' | 'name'>) => `${group}/${name}`.toLowerCase();
const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
