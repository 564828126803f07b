// How long operations of services took that are records on a twin, by the same recordings. Facts, in seconds.
import type { RecordedDuration } from './recorded-durations.ts';

/** An alias tells its end only to those who look: its times are from the answer to the first look that saw Succeeded. */
export const SERVICE_DURATIONS: readonly RecordedDuration[] = [
  {
    operation: 'POST Microsoft.Sql/servers/failoverGroups/failover',
    minimumSeconds: 41,
    medianSeconds: 41.5,
    maximumSeconds: 42,
    seen: 2,
  },
  {
    operation: 'POST Microsoft.Sql/servers/failoverGroups/forceFailoverAllowDataLoss',
    minimumSeconds: 11,
    medianSeconds: 11,
    maximumSeconds: 11,
    seen: 2,
  },
  {
    operation: 'POST Microsoft.Sql/servers/failoverGroups/tryPlannedBeforeForcedFailover',
    minimumSeconds: 21,
    medianSeconds: 26,
    maximumSeconds: 31,
    seen: 2,
  },
  {
    operation: 'DELETE Microsoft.Sql/servers/failoverGroups',
    minimumSeconds: 10,
    medianSeconds: 10.5,
    maximumSeconds: 11,
    seen: 1,
  },
  {
    operation: 'POST Microsoft.Sql/servers/databases/replicationLinks/failover',
    minimumSeconds: 31,
    medianSeconds: 36.5,
    maximumSeconds: 42,
    seen: 1,
  },
  {
    operation: 'POST Microsoft.Sql/servers/databases/replicationLinks/forceFailoverAllowDataLoss',
    minimumSeconds: 10,
    medianSeconds: 10.5,
    maximumSeconds: 11,
    seen: 1,
  },
  {
    operation: 'PUT Microsoft.Sql/servers/databases',
    minimumSeconds: 15,
    medianSeconds: 100,
    maximumSeconds: 735,
    seen: 20,
  },
  {
    operation: 'DELETE Microsoft.Sql/servers/databases',
    minimumSeconds: 15,
    medianSeconds: 15,
    maximumSeconds: 16,
    seen: 3,
  },
  {
    operation: 'POST Microsoft.ServiceBus/namespaces/disasterRecoveryConfigs/failover',
    minimumSeconds: 100,
    medianSeconds: 106.5,
    maximumSeconds: 113,
    seen: 2,
  },
  {
    operation: 'POST Microsoft.EventHub/namespaces/disasterRecoveryConfigs/failover',
    minimumSeconds: 100,
    medianSeconds: 108.5,
    maximumSeconds: 117,
    seen: 2,
  },
  {
    operation: 'POST Microsoft.EventHub/namespaces/disasterRecoveryConfigs/breakPairing',
    minimumSeconds: 114,
    medianSeconds: 114,
    maximumSeconds: 114,
    seen: 1,
  },
  {
    operation: 'PUT Microsoft.EventHub/namespaces/disasterRecoveryConfigs',
    minimumSeconds: 116,
    medianSeconds: 118.5,
    maximumSeconds: 121,
    seen: 2,
  },
  {
    operation: 'POST Microsoft.DocumentDB/databaseAccounts/failoverPriorityChange',
    minimumSeconds: 61,
    medianSeconds: 61,
    maximumSeconds: 61,
    seen: 1,
  },
];
