// What the control plane asks of the processes and links below it. The estate is the real one; tests have a small one.

import type { CorruptionOf } from '../../model/corruption.ts';
import type { Consistency, Disks, Machines } from './machine-plane.ts';

/** A fault that took effect: when (epoch ms), and by what means on which resource. */
export interface Effect {
  readonly effectiveAt: number;
  readonly resources: readonly { readonly id: string; readonly means: string }[];
}

export interface LinkChange {
  readonly latencyMs?: number | undefined;
  /** Null: no limit. */
  readonly bandwidthKbps?: number | null | undefined;
  readonly cut?: boolean | undefined;
}

export interface LinkSettings {
  readonly between: readonly [string, string];
  readonly latencyMs: number;
  readonly bandwidthKbps: number | null;
  readonly cut: boolean;
}

/** How a replica stands: streaming, or not; lag in milliseconds, null when nobody can tell. */
interface Replication {
  readonly streaming: boolean;
  readonly lagMs: number | null;
}

/** PostgreSQL servers by name. All of them throw when the data plane fails. */
export interface Databases {
  /** True when its processes run and answer. */
  readonly reachable: (server: string) => Promise<boolean>;
  /** Forced: at once. Planned: after everything of the primary was replayed. The former primary is left alone. */
  readonly promote: (server: string, option: 'forced' | 'planned') => Promise<void>;
  /** Makes or makes anew a server that streams from `source`; resolves when it streams. */
  readonly stream: (
    server: { readonly name: string; readonly region: string; readonly group: string },
    source: string,
  ) => Promise<void>;
  /** Makes a server with the data of `source` at an instant (epoch ms); resolves when it takes writes. */
  readonly restore: (
    server: { readonly name: string; readonly region: string; readonly group: string },
    source: string,
    at: number,
  ) => Promise<void>;
  readonly restart: (server: string) => Promise<void>;
  readonly remove: (server: string) => Promise<void>;
  readonly replication: (server: string) => Promise<Replication>;
  readonly version: (server: string) => string;
}

/** Storage accounts by name. All of them throw when the data plane fails. */
export interface Storage {
  /** Everything acknowledged up to this instant (epoch ms) is on the secondary; undefined: nobody can tell. */
  readonly lastSync: (account: string) => number | undefined;
  /** The secondary becomes the primary. Planned: after everything was copied, and the former primary follows. */
  readonly failover: (account: string, option: 'planned' | 'unplanned', signal: AbortSignal) => Promise<void>;
  /** Copies an account anew to a region, and every change from now on. */
  readonly replicate: (account: string, region: string) => Promise<void>;
  readonly unreplicate: (account: string) => Promise<void>;
  /** Makes the block blobs of ranges what they were at an instant (epoch ms); how many were changed. */
  readonly restore: (
    account: string,
    at: number,
    ranges: readonly { readonly startRange: string; readonly endRange: string }[],
    signal: AbortSignal,
  ) => Promise<number>;
  /** The earliest instant that can be restored, in epoch ms; undefined: no versions are kept. */
  readonly restorableSince: (account: string) => number | undefined;
  readonly setVersioning: (account: string, isOn: boolean, signal: AbortSignal) => Promise<void>;
  /** What forbids changing blobs, by container: the data plane holds every write to it. */
  readonly policies: (account: string) => Map<string, ContainerPolicy>;
  readonly hasContainer: (account: string, container: string) => Promise<boolean>;
}

/** Time-based retention and legal hold of a container. */
export interface ContainerPolicy {
  readonly retention:
    | {
        readonly days: number;
        readonly isLocked: boolean;
        /** True: blocks may be added to append blobs all the same. */
        readonly allowsAppends: boolean;
        readonly etag: string;
      }
    | undefined;
  readonly legalHold: readonly string[];
}

/** Copies of machines' disks, as a vault keeps them. All of them throw when the data plane fails. */
export interface RecoveryPoints {
  /** Copies the disk of a machine. `takenAt` (epoch ms): what was acknowledged before it is in the copy. */
  readonly take: (
    machine: string,
    consistency: 'application' | 'crash',
  ) => Promise<{ readonly id: string; readonly takenAt: number }>;
  /** Where a copy lies. */
  readonly folder: (id: string) => string;
  readonly remove: (id: string) => Promise<void>;
}

/** Copies of machines' disks in another region. All of them throw when the data plane fails. */
export interface Replicas {
  /** Copies a disk over the link between two regions. `takenAt` (epoch ms): what was acknowledged before it is in the copy. */
  readonly take: (
    machine: string,
    to: string,
    consistency: Consistency,
    signal: AbortSignal,
  ) => Promise<{ readonly id: string; readonly takenAt: number }>;
  /** Where a copy lies. */
  readonly folder: (id: string) => string;
  readonly remove: (id: string) => Promise<void>;
}

interface Regions {
  readonly isUp: (region: string) => boolean;
  readonly outage: (region: string) => Promise<Effect>;
  /** Brings back what still belongs where it was. `stale` names servers that must not come back with their old data. */
  readonly endOutage: (region: string, stale: readonly string[]) => Promise<void>;
}

export interface Traffic {
  /** One look at a shop, as a user would; false when it does not answer well. */
  readonly shopHealthy: (shop: string, path: string, timeoutMs: number) => Promise<boolean>;
  /** Sends everything for a host name to a shop; undefined: nobody serves it. */
  readonly steer: (fqdn: string, shop: string | undefined) => void;
}

/** Faulty releases of the shop, by the server whose rows they damage. */
interface Releases {
  /** Resolves when the first rows are damaged. */
  readonly start: (server: string) => Promise<ReleaseDamage>;
  readonly damage: (server: string) => ReleaseDamage | undefined;
  /** Resolves when it is stopped and what it damaged is put right. Throws when that could not be done; then it can be asked again. */
  readonly stop: (server: string) => Promise<ReleaseDamage & { readonly stoppedAt: number }>;
}

/** Epoch ms: nothing was damaged before the first instant, and nothing after the second so far. */
export interface ReleaseDamage {
  readonly effectiveAt: number;
  readonly lastDamageAt: number;
  readonly damaged: number;
}

interface Links {
  readonly list: () => readonly LinkSettings[];
  readonly change: (between: readonly [string, string], change: LinkChange) => void;
}

/** Corruption that is shown at the door of a service: what is stored stays as it is. */
export type PlantedAtDoor = CorruptionOf<'corrupt-rows' | 'corrupt-answer' | 'corrupt-blobs' | 'corrupt-host'>;

export interface Planted {
  /** Where hosts lead meanwhile. */
  readonly hosts: ReturnType<DataPlane['hosts']>;
  /** What it is, in words: `one row of orders is altered`. */
  readonly planted: string;
  /** Takes it back; resolves when nothing of it is left. Idempotent. */
  readonly end: () => Promise<void>;
}

interface Doors {
  /** Throws DataPlaneError `nothing-to-corrupt` when there is nothing that could be changed so. */
  readonly plant: (corruption: PlantedAtDoor) => Promise<Planted>;
}

export interface DataPlane {
  readonly databases: Databases;
  readonly storage: Storage;
  readonly recoveryPoints: RecoveryPoints;
  readonly replicas: Replicas;
  readonly machines: Machines;
  readonly disks: Disks;
  readonly regions: Regions;
  readonly traffic: Traffic;
  readonly links: Links;
  readonly releases: Releases;
  readonly doors: Doors;
  /** Where every host name of the world is served now, those of servers included that were made later. */
  readonly hosts: () => Readonly<Record<string, { readonly host: string; readonly port: number }>>;
}
