// Where this process runs. A process of another machine cannot be looked at: its lease alone tells whether it is there.
import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { bootId } from '../process-identity.ts';

export interface Host {
  /** For people. */
  readonly name: string;
  /** Equal only where process ids mean the same. */
  readonly place: string;
}

/**
 * Names of machines and of rooms for processes repeat: a clone, or a machine that replaces another, has those of its original. Without a boot
 * id the process knows itself alone, and everybody else's lease is waited for.
 */
export const thisHost = (boot = bootId()): Host => ({
  name: hostname(),
  place: `${hostname()} ${boot === '' ? UNKNOWN : boot} ${pidNamespace()}`,
});

const UNKNOWN = randomUUID();

/** Containers of one machine may bear one name and have processes of their own. */
function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return process.platform;
  }
}
