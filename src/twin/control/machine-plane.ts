// What the control plane asks of virtual machines and their disks.
import type { Routes } from '../world/security-rules.ts';

export interface MachinePlace {
  readonly name: string;
  readonly group: string;
  readonly region: string;
  /** `network/subnet`. */
  readonly subnet: string | undefined;
}

export interface Machine extends MachinePlace {
  readonly running: boolean;
  /** Name of its data disk. */
  readonly disk: string;
}

export type Consistency = 'application' | 'crash';

/** Machines by name. All of them throw DataPlaneError. */
export interface Machines {
  readonly find: (name: string) => Machine | undefined;
  readonly names: () => readonly string[];
  /** Makes and starts a machine whose data lie on a disk that stands. */
  readonly create: (place: MachinePlace, disk: string, work?: MachineWork) => Promise<void>;
  readonly start: (name: string) => Promise<void>;
  /** Power off: its process is killed. */
  readonly stop: (name: string) => Promise<void>;
  /** Its disk stays. */
  readonly remove: (name: string) => Promise<void>;
  /**
   * Copies its disk into a folder that is not there yet. `application`: what it is filing ends before, and it files nothing meanwhile; a machine
   * that is off is at rest. `crash`: everything stands still as if its power had been cut. `takenAt`: epoch ms, before the copy began.
   */
  readonly snapshot: (name: string, into: string, consistency: Consistency) => Promise<{ readonly takenAt: number }>;
  /** What a subnet (`network/subnet`) lets through from now on, of machines that come later as well. */
  readonly allow: (subnet: string, routes: Routes) => void;
}

/** What a machine of the world file does beside keeping documents. */
export interface MachineWork {
  readonly writesEveryMs?: number | undefined;
  /** Host name that it works with. */
  readonly production?: string | undefined;
}

export interface DiskPlace {
  readonly name: string;
  readonly group: string;
  readonly region: string;
}

/** Disks by name, which is theirs alone in a world. */
export interface Disks {
  /** Makes a disk with the content of a folder; empty when absent. Throws DataPlaneError `name-taken` or `copy-failed`. */
  readonly create: (place: DiskPlace, from?: string) => Promise<void>;
  readonly find: (name: string) => DiskPlace | undefined;
  readonly names: () => readonly string[];
  /** An unknown one is nothing to complain about. */
  readonly remove: (name: string) => Promise<void>;
  /** Where its content lies. Throws DataPlaneError `unknown-disk`. */
  readonly folder: (name: string) => string;
}
