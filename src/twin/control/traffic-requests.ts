// Bodies that clients send about Traffic Manager → changes of its records. What this twin does not do is refused.
import * as z from 'zod';
import { parseResourceId, sameResource } from '../../model/resource-id.ts';
import { SHOP_TYPE, shopHost } from '../world/resource-ids.ts';
import type { World, WorldShop } from '../world/world-schema.ts';
import { Refusal } from './arm-reply.ts';
import { type EndpointRecord, newEndpoint, type ProfileRecord } from './traffic-profiles.ts';

const status = z.enum(['Enabled', 'Disabled']);
const optional = <T extends z.ZodType>(type: T) => type.nullish();

const endpointSchema = z.object({
  name: optional(z.string()),
  properties: z
    .object({
      endpointStatus: optional(status),
      priority: optional(z.int().min(1).max(1000)),
      weight: optional(z.int().min(1).max(1000)),
      alwaysServe: optional(status),
      targetResourceId: optional(z.string()),
      target: optional(z.string()),
    })
    .default({}),
});
export type EndpointRequest = z.infer<typeof endpointSchema>;

const profileSchema = z.object({
  tags: optional(z.record(z.string(), z.string())),
  properties: z
    .object({
      profileStatus: optional(status),
      trafficRoutingMethod: optional(z.literal('Priority', 'This twin routes by Priority')),
      dnsConfig: optional(z.object({ ttl: optional(z.int().min(0).max(2_147_483_647)) })),
      monitorConfig: optional(
        z.object({
          path: optional(z.string().startsWith('/').max(2000)),
          intervalInSeconds: optional(z.union([z.literal(10), z.literal(30)])),
          timeoutInSeconds: optional(z.int().min(5).max(10)),
          toleratedNumberOfFailures: optional(z.int().min(0).max(9)),
        }),
      ),
      endpoints: optional(z.array(endpointSchema.extend({ name: z.string().min(1) })).max(20)),
    })
    .default({}),
});
export type ProfileRequest = z.infer<typeof profileSchema>;

/** Both throw Refusal 400 `BadRequest`. */
export const parseEndpointBody = (body: unknown): EndpointRequest => parsed(endpointSchema, body);
export const parseProfileBody = (body: unknown): ProfileRequest => parsed(profileSchema, body);

/** Changes an endpoint as a whole or not at all. Throws Refusal 400 for a priority that another endpoint has, or an unknown target. */
export function changeEndpoint(
  endpoint: EndpointRecord,
  all: readonly EndpointRecord[],
  asked: EndpointRequest,
  world: World,
): void {
  const { endpointStatus, priority, weight, alwaysServe } = asked.properties;
  const rival = all.find((other) => other !== endpoint && other.priority === priority);
  if (rival !== undefined)
    throw new Refusal(400, 'BadRequest', `The priority ${priority} is already used by the endpoint '${rival.name}'.`);
  const shop = shopOf(asked, world);
  if (shop !== undefined && shop.name !== endpoint.shop)
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      `This twin does not change the target of an endpoint; '${endpoint.name}' stays at ${endpoint.shop}.`,
    );
  endpoint.priority = priority ?? endpoint.priority;
  endpoint.weight = weight ?? endpoint.weight;
  endpoint.alwaysServe = alwaysServe ?? endpoint.alwaysServe;
  if (endpointStatus === 'Enabled' && endpoint.status === 'Disabled')
    Object.assign(endpoint, { monitor: 'CheckingEndpoint', failures: 0 });
  endpoint.status = endpointStatus ?? endpoint.status;
}

/** `endpoints` of a profile is the whole list: what it does not name is gone. */
export function changeProfile(profile: ProfileRecord, { tags, properties }: ProfileRequest, world: World): void {
  const { profileStatus, dnsConfig, monitorConfig, endpoints } = properties;
  if (endpoints) profile.endpoints = endpoints.map((asked, at) => endpointFor(profile, asked, at, world));
  profile.tags = tags ?? profile.tags;
  profile.status = profileStatus ?? profile.status;
  profile.ttl = dnsConfig?.ttl ?? profile.ttl;
  const given = Object.fromEntries(Object.entries(monitorConfig ?? {}).filter(([, value]) => value != null));
  profile.monitorConfig = { ...profile.monitorConfig, ...given };
}

function endpointFor(
  profile: ProfileRecord,
  asked: EndpointRequest & { readonly name: string },
  at: number,
  world: World,
): EndpointRecord {
  const shop = shopOf(asked, world);
  const existing = profile.endpoints.find(({ name }) => sameResource(name, asked.name));
  if (existing === undefined && shop === undefined)
    throw new Refusal(400, 'BadRequest', `expected a target of the endpoint '${asked.name}', found none`);
  const base = existing ?? newEndpoint({ ...placeOf(shop), name: asked.name, priority: at + 1, status: 'Enabled' });
  const endpoint = { ...base };
  changeEndpoint(endpoint, [], asked, world);
  return endpoint;
}

const placeOf = (shop: WorldShop | undefined) => ({
  shop: shop?.name ?? '',
  group: shop?.group ?? '',
  region: shop?.region ?? '',
});

/** The shop that a body names as target; undefined when it names none. Throws Refusal 400 when there is no such shop. */
export function shopOf(
  { properties: { target, targetResourceId } }: EndpointRequest,
  { shops }: World,
): WorldShop | undefined {
  const id = targetResourceId == null ? undefined : parseResourceId(targetResourceId);
  if (target == null && targetResourceId == null) return undefined;
  const found = shops.find((shop) =>
    id === undefined
      ? shopHost(shop.name) === target
      : sameResource(id.type, SHOP_TYPE) && sameResource(id.name, shop.name),
  );
  if (found !== undefined) return found;
  throw new Refusal(
    400,
    'BadRequest',
    `expected the target of an endpoint to be a shop of this world, found ${targetResourceId ?? target}`,
  );
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refusal(
    400,
    'BadRequest',
    `The request content was invalid: ${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'unknown'}`,
  );
}
