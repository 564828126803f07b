// Microsoft.Storage/storageAccounts: reading, failover, and the choice between local and geo-redundancy.
import * as z from 'zod';
import { resourceId, STORAGE_TYPE } from '../../world/resource-ids.ts';
import { invalidContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { canFailover, storageBody } from '../storage-body.ts';
import { checkAccountIdle, type StorageRecord } from '../storage-records.ts';

export const STORAGE_VERSIONS = ['2022-09-01', '2023-05-01', '2024-01-01', '2025-01-01', '2026-09-01'];
const SUBSCRIPTION = `/subscriptions/{subscription}/providers/${STORAGE_TYPE}`;
const GROUP = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${STORAGE_TYPE}`;
const ACCOUNT = `${GROUP}/{name}`;
/** The accounts' front is pointed elsewhere this long before the end of the operation, at most. */
const LEAD_MS = 500;

export function storageAccountRoutes(cloud: Cloud): readonly Route[] {
  const view = (record: StorageRecord, expand: string | null = null) => storageBody(record, cloud, expand);
  const listed = (request: ArmRequest, group?: string) =>
    page(
      request,
      cloud.endpoint(),
      cloud.accounts.list(group).map((record) => view(record)),
    );
  const accountOf = ({ names: { group = '', name = '' } }: ArmRequest) => {
    cloud.groups.get(group);
    return cloud.accounts.get(group, name);
  };
  return served(STORAGE_VERSIONS, [
    { method: 'GET', path: SUBSCRIPTION, handle: (request) => listed(request) },
    {
      method: 'GET',
      path: GROUP,
      handle: (request) => listed(request, cloud.groups.get(request.names['group'] ?? '').name),
    },
    {
      method: 'GET',
      path: ACCOUNT,
      handle: (request) => ok(view(accountOf(request), request.query.get('$expand'))),
    },
    { method: 'POST', path: `${ACCOUNT}/failover`, handle: (request) => failover(cloud, request, accountOf(request)) },
    { method: 'PATCH', path: ACCOUNT, handle: (request) => patch(cloud, request, accountOf(request)) },
  ]);
}

function failover(cloud: Cloud, request: ArmRequest, account: StorageRecord): Reply {
  const planned = /^planned$/i.test(request.query.get('failoverType') ?? '');
  checkFailover(cloud, account, planned);
  const { primary, secondary = '' } = account;
  account.failoverInProgress = true;
  return cloud.operations.start(
    request,
    {
      operation: `POST ${STORAGE_TYPE}/failover`,
      variety: planned ? 'planned' : 'unplanned',
      label: 'StorageAccountFailover',
      provider: 'Microsoft.Storage',
      location: primary,
      resource: resourceId(cloud.world.subscription, STORAGE_TYPE, account),
      locationOnly: true,
      work: async (pace) => {
        await pace.untilBeforeEnd(LEAD_MS);
        checkRegions(cloud, account, planned);
        await cloud.plane.storage.failover(account.name, planned ? 'planned' : 'unplanned', pace.signal);
        account.primary = secondary;
        // An unplanned failover leaves the account locally redundant.
        account.secondary = planned ? primary : undefined;
      },
      settle: () => {
        account.failoverInProgress = false;
      },
      // A final 204 makes the Azure SDK fail: the account itself is the answer.
      result: () => storageBody(account, cloud, null),
    },
    cloud.signal,
  );
}

function checkFailover(cloud: Cloud, account: StorageRecord, planned: boolean): void {
  checkAccountIdle(account);
  if (!canFailover(account, cloud.plane.storage.lastSync(account.name)))
    throw new Refusal(
      409,
      'AccountFailoverNotAllowed',
      `The account '${account.name}' cannot be failed over: it needs a secondary and a known last sync time.`,
    );
  checkRegions(cloud, account, planned);
}

function checkRegions({ plane }: Cloud, { primary, secondary = '' }: StorageRecord, planned: boolean): void {
  const needed = planned ? [primary, secondary] : [secondary];
  for (const region of needed)
    if (!plane.regions.isUp(region))
      throw new Refusal(
        409,
        'AccountFailoverNotAllowed',
        `The ${planned ? 'planned ' : ''}failover needs the region ${region}, which is not available.`,
      );
}

const patchSchema = z.strictObject({
  sku: z.looseObject({ name: z.enum(['Standard_LRS', 'Standard_RAGRS']) }),
});

/** Answers at once, as Azure does; the first copy goes on behind with status Bootstrap. */
async function patch(cloud: Cloud, { body }: ArmRequest, account: StorageRecord): Promise<Reply> {
  const parsed = patchSchema.safeParse(body);
  if (!parsed.success)
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      'This twin changes the sku of an account to Standard_LRS or Standard_RAGRS.',
    );
  checkAccountIdle(account);
  if (parsed.data.sku.name === 'Standard_LRS') {
    await cloud.plane.storage.unreplicate(account.name);
    account.secondary = undefined;
  } else if (account.secondary === undefined) startReplication(cloud, account);
  return ok(storageBody(account, cloud, null));
}

/** Azure pairs regions; a world pairs an account with the other region that its file named. */
function startReplication(cloud: Cloud, account: StorageRecord): void {
  const { region, secondary } = cloud.world.storageAccounts.find(({ name }) => name === account.name) ?? {};
  const other = account.primary === region ? secondary : region;
  if (other === undefined) throw invalidContent(`The account '${account.name}' has no paired region in this world.`);
  for (const needed of [account.primary, other])
    if (!cloud.plane.regions.isUp(needed))
      throw new Refusal(409, 'StorageAccountOperationInProgress', `The region ${needed} is not available.`);
  account.secondary = other;
  account.seeding = true;
  void cloud.plane.storage
    .replicate(account.name, other)
    .catch(() => {
      account.secondary = undefined;
    })
    .finally(() => {
      account.seeding = false;
    });
}
