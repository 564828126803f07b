// Flexible servers as the control plane knows them.

import { SERVER_TYPE } from '../world/resource-ids.ts';
import type { World } from '../world/world-schema.ts';
import { Refusal, resourceNotFound } from './arm-reply.ts';

export interface ServerRecord {
  readonly name: string;
  readonly group: string;
  readonly region: string;
  readonly version: string;
  readonly createdAt: number;
  tags: Readonly<Record<string, string>>;
  role: 'Primary' | 'AsyncReplica';
  /** Name of the server that it streams from. */
  source: string | undefined;
  /** What somebody is doing to it at present. */
  transition: 'Updating' | 'Provisioning' | 'Restarting' | 'Dropping' | undefined;
  /** It lost its role while its region was down: its data is old and must not come back. */
  stale: boolean;
}

export class ServerRecords {
  readonly #records = new Map<string, ServerRecord>();

  constructor(world: World, createdAt: number) {
    for (const { name, group, region, version, role, source } of world.postgresServers)
      this.add({
        name,
        group,
        region,
        version,
        role: role === 'primary' ? 'Primary' : 'AsyncReplica',
        source,
        createdAt,
        ...FRESH,
      });
  }

  add(record: ServerRecord): void {
    this.#records.set(record.name.toLowerCase(), record);
  }

  remove(name: string): void {
    this.#records.delete(name.toLowerCase());
  }

  find(name: string): ServerRecord | undefined {
    return this.#records.get(name.toLowerCase());
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  get(group: string, name: string): ServerRecord {
    const record = this.find(name);
    if (record === undefined || record.group.toLowerCase() !== group.toLowerCase())
      throw resourceNotFound(SERVER_TYPE, name, group);
    return record;
  }

  list(group?: string): readonly ServerRecord[] {
    return [...this.#records.values()].filter(
      (record) => group === undefined || record.group.toLowerCase() === group.toLowerCase(),
    );
  }

  replicasOf(name: string): readonly ServerRecord[] {
    return this.list().filter(({ source }) => source?.toLowerCase() === name.toLowerCase());
  }
}

/** Of a record that nobody is at work on. */
export const FRESH = { tags: {}, transition: undefined, stale: false } as const;

/** Throws Refusal 409 when an operation is at work on the server. */
export function checkIdle({ name, transition }: ServerRecord): void {
  if (transition !== undefined)
    throw new Refusal(
      409,
      'ServerIsBusy',
      `Cannot complete operation while server '${name}' is busy processing another operation (${transition}). Try again later.`,
    );
}
