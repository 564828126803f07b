// Where this process runs. A process of another machine cannot be looked at: its lease alone tells whether it is there.
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Host {
  /** For people. */
  readonly name: string;
  /** Equal only where process ids mean the same. */
  readonly place: string;
}

export const thisHost = (): Host => ({ name: hostname(), place: `${hostname()} ${pidNamespace()}` });

/** Containers of one machine may bear one name and have processes of their own. */
function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return process.platform;
  }
}
