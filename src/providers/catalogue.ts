// The one list of everything that a drill file may name in `uses`.
import type { Action, Canary, Catalogue, Probe } from '../model/action.ts';
import { backupRestoreDisks } from './azure/backup-restore-disks.ts';
import { backupRestoreMachine } from './azure/backup-restore-machine.ts';
import { backupTrigger } from './azure/backup-trigger.ts';
import { dnsRecord } from './azure/dns-record.ts';
import { machineStart } from './azure/machine-start.ts';
import { machineStop } from './azure/machine-stop.ts';
import { networkIsolate } from './azure/network-isolate.ts';
import { postgresqlPromote } from './azure/postgresql-promote.ts';
import { postgresqlReplica } from './azure/postgresql-replica.ts';
import { postgresqlRestart } from './azure/postgresql-restart.ts';
import { postgresqlRestore } from './azure/postgresql-restore.ts';
import { resourceGroupCreate } from './azure/resourcegroup-create.ts';
import { resourceGroupDelete } from './azure/resourcegroup-delete.ts';
import { siteRecoveryCommit } from './azure/siterecovery-commit.ts';
import { siteRecoveryFailover } from './azure/siterecovery-failover.ts';
import { siteRecoveryReprotect } from './azure/siterecovery-reprotect.ts';
import { siteRecoveryTestFailover } from './azure/siterecovery-test-failover.ts';
import { storageFailover } from './azure/storage-failover.ts';
import { storagePointInTimeRestore } from './azure/storage-point-in-time-restore.ts';
import { storageReplication } from './azure/storage-replication.ts';
import { trafficManagerEndpoint } from './azure/trafficmanager-endpoint.ts';
import { backupAssert } from './backup/backup-assert.ts';
import { blobAssert } from './blob/blob-assert.ts';
import { blobCanary } from './blob/blob-canary.ts';
import { blobCompare } from './blob/blob-compare.ts';
import { dnsAssert } from './dns/dns-assert.ts';
import { drillRun } from './drill/drill-run.ts';
import { faultyRelease } from './fault/faulty-release.ts';
import { regionOutage } from './fault/region-outage.ts';
import { httpAssert } from './http/http-assert.ts';
import { httpProbe } from './http/http-probe.ts';
import { postgresAccess } from './postgres/postgres-access.ts';
import { postgresAssert } from './postgres/postgres-assert.ts';
import { postgresCanary } from './postgres/postgres-canary.ts';
import { postgresCompare } from './postgres/postgres-compare.ts';
import { postgresProbe } from './postgres/postgres-probe.ts';
import { reconcileAssert } from './reconcile/reconcile-assert.ts';
import { resourceAssert } from './resource/resource-assert.ts';
import { runbookPage } from './runbook/runbook-page.ts';
import { scriptRun } from './script/script-run.ts';
import { tcpAssert } from './tcp/tcp-assert.ts';
import { tlsAssert } from './tls/tls-assert.ts';
import type { World } from './world.ts';

const actions: readonly Action<unknown, World>[] = [
  regionOutage,
  faultyRelease,
  postgresqlPromote,
  postgresqlReplica,
  postgresqlRestart,
  postgresqlRestore,
  postgresAccess,
  storageFailover,
  siteRecoveryTestFailover,
  siteRecoveryFailover,
  siteRecoveryCommit,
  siteRecoveryReprotect,
  backupTrigger,
  backupRestoreDisks,
  backupRestoreMachine,
  trafficManagerEndpoint,
  backupAssert,
  storageReplication,
  storagePointInTimeRestore,
  dnsRecord,
  resourceGroupCreate,
  resourceGroupDelete,
  machineStart,
  machineStop,
  networkIsolate,
  httpAssert,
  postgresAssert,
  runbookPage,
  drillRun,
  postgresCompare,
  blobAssert,
  blobCompare,
  reconcileAssert,
  resourceAssert,
  tcpAssert,
  dnsAssert,
  tlsAssert,
  scriptRun,
];
const probes: readonly Probe<unknown, World>[] = [httpProbe, postgresProbe];
const canaries: readonly Canary<unknown, World>[] = [postgresCanary, blobCanary];

const byName = <T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.name, item]));

export const catalogue: Catalogue<World> = {
  actions: byName(actions),
  probes: byName(probes),
  canaries: byName(canaries),
};
