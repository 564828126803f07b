// A storage account of the data plane: what is kept of it, and what its front sees.
import type { BlobStore } from './blob-request.ts';
import type { Copier } from './copier.ts';
import type { ContainerPolicies } from './immutability.ts';
import type { Receiver } from './receiver.ts';
import type { Versions } from './versions.ts';

/** An account as its front sees it. */
export interface Account {
  readonly name: string;
  readonly primary: string;
  readonly secondary: string | undefined;
  readonly primaryStore: BlobStore;
  readonly secondaryStore: BlobStore | undefined;
  readonly lastSync: () => number | undefined;
  /** Bytes that wait for the secondary. */
  readonly queuedBytes: () => number;
  /** The primary acknowledged a change. */
  readonly record: Copier['add'];
  /** True while a planned failover hands over. */
  readonly isHeld: () => boolean;
  /** Undefined: no versions are kept. */
  readonly versions: Versions | undefined;
  readonly policies: ContainerPolicies;
  /** A write begins; call what it returns when it is over. */
  readonly begin: () => () => void;
}

export interface Replication {
  readonly region: string;
  readonly store: BlobStore;
  readonly copier: Copier;
  readonly receiver: Receiver;
  broken: boolean;
  /** When the first copy was on its way, in epoch ms; undefined before. */
  seededAt: number | undefined;
}

export interface Entry {
  readonly name: string;
  readonly group: string;
  readonly lagMs: number;
  primary: string;
  primaryStore: BlobStore;
  replication: Replication | undefined;
  held: boolean;
  /** Writes that are under way. */
  writing: number;
  versions: Versions | undefined;
  readonly policies: ContainerPolicies;
  readonly copies: Map<string, number>;
}

/** Unknown until the first copy is there, and once the copy is not what the primary was. */
export function syncedAt(replication: Replication | undefined): number | undefined {
  const at = replication?.copier.lastSync();
  const since = replication?.seededAt;
  if (at === undefined || since === undefined || at < since || replication?.broken) return undefined;
  return at;
}

/** The account as it stands at this moment. */
export const accountOf = (found: Entry): Account => ({
  name: found.name,
  primary: found.primary,
  secondary: found.replication?.region,
  primaryStore: found.primaryStore,
  secondaryStore: found.replication?.store,
  isHeld: () => found.held,
  lastSync: () => syncedAt(found.replication),
  begin: () => {
    found.writing++;
    return () => {
      found.writing--;
    };
  },
  versions: found.versions,
  policies: found.policies,
  queuedBytes: () => found.replication?.copier.queuedBytes() ?? 0,
  record: (change, body) => found.replication?.copier.add(change, body),
});
