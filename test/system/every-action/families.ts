// Every family of actions; each has a twin and a test file of its own.
import { backupFamily } from './backup-cases.ts';
import { blobFamily } from './blob-cases.ts';
import { checkFamily } from './check-cases.ts';
import { cloudFamily } from './cloud-cases.ts';
import type { Family } from './hold-family.ts';
import { machineFamily } from './machine-cases.ts';
import { postgresFamily } from './postgres-cases.ts';
import { siteRecoveryFamily } from './siterecovery-cases.ts';
import { steeringFamily } from './steering-cases.ts';

export const FAMILIES: readonly Family[] = [
  postgresFamily,
  steeringFamily,
  blobFamily,
  machineFamily,
  cloudFamily,
  checkFamily,
  backupFamily,
  siteRecoveryFamily,
];

/** Actions that have no case yet. One that gets its case, or is gone, has to leave this list; a new one does not enter it by itself. */
export const UNTRIED: readonly string[] = [];
