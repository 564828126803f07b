// Who takes writes: by priority, which needs every region, or by taking a lost region offline.
import * as z from 'zod';
import { COSMOS_TYPE, resourceId } from '../../world/resource-ids.ts';
import { Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { regionDisplayName, regionName } from '../region-display-name.ts';
import type { ArmRequest } from '../route.ts';
import { COSMOS_POLLS } from '../service-versions.ts';
import { type CosmosAccount, writeRegion } from './cosmos-records.ts';

const prioritiesSchema = z.object({
  failoverPolicies: z.array(z.object({ locationName: z.string(), failoverPriority: z.int().min(0) })),
});

/** Orders the regions anew. Throws Refusal 400 unless every region of the account has one priority, from 0 on. */
export function changePriorities(cloud: Cloud, request: ArmRequest, account: CosmosAccount): Reply {
  const parsed = prioritiesSchema.safeParse(request.body);
  const wanted = (parsed.success ? parsed.data.failoverPolicies : [])
    .toSorted((a, b) => a.failoverPriority - b.failoverPriority)
    .map(({ locationName, failoverPriority }) => ({ region: regionName(locationName), failoverPriority }));
  const regions = wanted.map(({ region }) => region);
  const complete =
    regions.length === account.regions.length &&
    account.regions.every((region) => regions.includes(region)) &&
    wanted.every(({ failoverPriority }, at) => failoverPriority === at);
  if (!complete)
    throw badRequest(
      `expected a failover priority from 0 on for each of ${account.regions.map(regionDisplayName).join(', ')}`,
    );
  if (account.offline.length > 0)
    throw badRequest(`The priorities of '${account.name}' are changed when every region of it is online.`);
  return change(cloud, request, account, {
    action: 'failoverPriorityChange',
    // The service compares the copies before it changes who writes.
    needed: account.regions,
    change: () => {
      account.regions = regions;
    },
  });
}

const regionSchema = z.object({ region: z.string() });

/** Takes a region out of the account, which the next one writes for. Throws Refusal 400 for the last one. */
export function offlineRegion(cloud: Cloud, request: ArmRequest, account: CosmosAccount): Reply {
  const region = readRegion(request, account);
  const offline = [...account.offline, region];
  const next = writeRegion({ ...account, offline });
  if (next === undefined) throw badRequest(`'${account.name}' has no other region than ${region} that is online.`);
  return change(cloud, request, account, {
    action: 'offlineRegion',
    needed: [next],
    change: () => {
      // What is offline comes last: the next region keeps writing when this one is online again.
      account.regions = [...account.regions.filter((known) => known !== region), region];
      account.offline = offline;
    },
  });
}

export function onlineRegion(cloud: Cloud, request: ArmRequest, account: CosmosAccount): Reply {
  const region = readRegion(request, account);
  return change(cloud, request, account, {
    action: 'onlineRegion',
    needed: [region],
    change: () => {
      account.offline = account.offline.filter((known) => known !== region);
    },
  });
}

function readRegion({ body }: ArmRequest, account: CosmosAccount): string {
  const parsed = regionSchema.safeParse(body);
  const region = parsed.success ? regionName(parsed.data.region) : '';
  if (account.regions.includes(region)) return region;
  throw badRequest(`expected a region of '${account.name}' (${account.regions.join(', ')}), found '${region}'`);
}

interface Change {
  readonly action: string;
  /** Regions that must be up at the end. */
  readonly needed: readonly string[];
  readonly change: () => void;
}

function change(cloud: Cloud, request: ArmRequest, account: CosmosAccount, wanted: Change): Reply {
  if (account.state !== 'Succeeded')
    throw new Refusal(
      409,
      'Conflict',
      `There is already an operation in progress which requires exclusive lock on the account '${account.name}'.`,
    );
  account.state = 'Updating';
  return cloud.operations.start(
    request,
    {
      operation: `POST ${COSMOS_TYPE}/${wanted.action}`,
      label: wanted.action,
      provider: 'Microsoft.DocumentDB',
      location: account.regions[0] ?? '',
      resource: resourceId(cloud.world.subscription, COSMOS_TYPE, account),
      polls: COSMOS_POLLS,
      words: { waiting: 'Enqueued', working: 'Dequeued' },
      answer: { status: 202, body: { status: 'Enqueued' } },
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        const lost = wanted.needed.find((region) => !cloud.plane.regions.isUp(region));
        if (lost !== undefined)
          throw new Refusal(503, 'ServiceUnavailable', `The region ${regionDisplayName(lost)} is not available.`);
        wanted.change();
      },
      settle: () => {
        account.state = 'Succeeded';
      },
      result: () => undefined,
    },
    cloud.signal,
  );
}

const badRequest = (message: string) => new Refusal(400, 'BadRequest', message);
