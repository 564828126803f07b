// Every operation that a twin paces, and its varieties. A world file says how long one takes, so it must be one of these.
import {
  COSMOS_TYPE,
  DISK_TYPE,
  DNS_ZONE_TYPE,
  EVENT_HUB_TYPE,
  MACHINE_TYPE,
  NIC_TYPE,
  SECURITY_GROUP_TYPE,
  SERVER_TYPE,
  SERVICE_BUS_TYPE,
  SQL_SERVER_TYPE,
  STORAGE_TYPE,
  VAULT_TYPE,
} from './resource-ids.ts';

const CONTAINER_TYPE = `${VAULT_TYPE}/replicationFabrics/replicationProtectionContainers`;
const ITEM_TYPE = `${CONTAINER_TYPE}/replicationProtectedItems`;
const PLAN_TYPE = `${VAULT_TYPE}/replicationRecoveryPlans`;

/** Of a type, the varieties of an operation that has some. */
const KINDS: readonly (readonly [operation: string, varieties?: readonly string[]])[] = [
  [`PUT ${SERVER_TYPE}`],
  [`PATCH ${SERVER_TYPE}`, ['forced', 'planned']],
  [`POST ${SERVER_TYPE}/restart`],
  [`DELETE ${SERVER_TYPE}`],
  [`POST ${STORAGE_TYPE}/failover`, ['planned', 'unplanned']],
  [`POST ${STORAGE_TYPE}/restoreBlobRanges`],
  ['DELETE Microsoft.Resources/resourceGroups'],
  [`DELETE ${DNS_ZONE_TYPE}`],
  [`PUT ${SECURITY_GROUP_TYPE}/securityRules`],
  [`DELETE ${SECURITY_GROUP_TYPE}/securityRules`],
  [`POST ${MACHINE_TYPE}/start`],
  [`POST ${MACHINE_TYPE}/powerOff`],
  [`POST ${MACHINE_TYPE}/deallocate`],
  [`DELETE ${MACHINE_TYPE}`],
  [`DELETE ${DISK_TYPE}`],
  [`DELETE ${NIC_TYPE}`],
  [`POST ${VAULT_TYPE}/backup`],
  [`POST ${VAULT_TYPE}/restore`, ['disks', 'machine']],
  ...['unplannedFailover', 'failoverCommit', 'testFailover', 'testFailoverCleanup'].flatMap(
    (verb) => [[`POST ${ITEM_TYPE}/${verb}`], [`POST ${PLAN_TYPE}/${verb}`]] as const,
  ),
  [`POST ${CONTAINER_TYPE}/switchprotection`],
  [`POST ${PLAN_TYPE}/reProtect`],
  [`POST ${SQL_SERVER_TYPE}/failoverGroups/failover`],
  [`POST ${SQL_SERVER_TYPE}/failoverGroups/forceFailoverAllowDataLoss`],
  [`POST ${SQL_SERVER_TYPE}/failoverGroups/tryPlannedBeforeForcedFailover`],
  [`PATCH ${SQL_SERVER_TYPE}/failoverGroups`],
  [`DELETE ${SQL_SERVER_TYPE}/failoverGroups`],
  [`POST ${SQL_SERVER_TYPE}/databases/replicationLinks/failover`],
  [`POST ${SQL_SERVER_TYPE}/databases/replicationLinks/forceFailoverAllowDataLoss`],
  [`PUT ${SQL_SERVER_TYPE}/databases`, ['geo', 'restore']],
  [`DELETE ${SQL_SERVER_TYPE}/databases`],
  ...[SERVICE_BUS_TYPE, EVENT_HUB_TYPE].flatMap(
    (type) =>
      [
        [`POST ${type}/disasterRecoveryConfigs/failover`],
        [`POST ${type}/disasterRecoveryConfigs/breakPairing`],
        [`PUT ${type}/disasterRecoveryConfigs`],
      ] as const,
  ),
  [`POST ${COSMOS_TYPE}/failoverPriorityChange`],
  [`POST ${COSMOS_TYPE}/offlineRegion`],
  [`POST ${COSMOS_TYPE}/onlineRegion`],
];

/** As world files write them: `PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]`, and without the variety for all of them. */
export const OPERATION_KINDS: readonly string[] = KINDS.flatMap(([operation, varieties = []]) => [
  operation,
  ...varieties.map((variety) => operationKind(operation, variety)),
]);

const KNOWN = new Set(OPERATION_KINDS.map((kind) => kind.toLowerCase()));

/** Resource types are compared without regard to case. */
export const isOperationKind = (kind: string): boolean => KNOWN.has(kind.toLowerCase());

export function operationKind(operation: string, variety?: string): string {
  return variety === undefined ? operation : `${operation} [${variety}]`;
}
