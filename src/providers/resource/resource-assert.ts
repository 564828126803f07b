import * as z from 'zod';
import type { Json, JsonObject } from '../../model/json.ts';
import { parseResourceId } from '../../model/resource-id.ts';
import { knownApiVersion } from '../api-versions.ts';
import type { Target } from '../arm/allowed-url.ts';
import { ArmError } from '../arm/arm-error.ts';
import { defineCheck } from '../check-action.ts';
import { claimedValues } from '../claims.ts';
import { expectationOver, judge } from '../expectation.ts';
import { shownParts } from '../shown-parts.ts';
import type { World } from '../world.ts';

const PATH_LENGTH_MAX = 500;
/** Anything else could leave the resource: dots climb, percent signs hide them, question marks bring a query of their own. */
const PLAIN_PATH = /^\/?[\w.()~!$'*+,;=@:-]+(\/[\w.()~!$'*+,;=@:-]+)*$/;
const isPlain = (path: string) =>
  path.length <= PATH_LENGTH_MAX && PLAIN_PATH.test(path) && !path.split('/').some((segment) => /^\.+$/.test(segment));

const input = z
  .strictObject({
    resource: z
      .string()
      .refine((id) => parseResourceId(id) !== undefined && isPlain(id), 'expected the full ARM id of a resource')
      .describe('Full ARM id of one of the resources of the drill'),
    path: z
      .string()
      .refine(isPlain, 'expected a path below the resource, as in replicas')
      .optional()
      .describe('What below the resource is read, as in replicas or configurations/max_connections'),
    apiVersion: z
      .string()
      .regex(/^\d{4}-\d\d-\d\d(-preview)?$/, 'expected an api-version, as in 2025-08-01')
      .optional()
      .describe('Needed for types that are not known here'),
    expect: expectationOver('status', 'body').describe('CEL over status (200, or 404 when there is none) and body'),
  })
  .refine(
    ({ resource, apiVersion }) => apiVersion !== undefined || knownApiVersion(resource) !== undefined,
    'expected apiVersion, because the type of the resource is not known here; found none',
  );

/** Asks the control plane what a resource is now. Read-only: it sends nothing but GET. */
export const resourceAssert = defineCheck({
  name: 'resource/assert',
  title: 'Check a resource as the control plane shows it',
  input,
  reads: ({ resource }) => [resource],
  // Which one depends on the type; reading is what every role that can see the resource may do.
  claims: (given) =>
    claimedValues(given.expect, (parts, change) => ({
      fault: 'corrupt-resource',
      path: pathOf(given),
      parts,
      change,
    })),
  permissions: [],
  typicalMs: 1000,
  judge: async ({ resource, path, apiVersion, expect }, { world, signal }) => {
    const version = apiVersion ?? knownApiVersion(resource);
    const target = {
      path: pathOf({ resource, path }),
      ...(version === undefined ? {} : { apiVersion: version }),
    };
    const seen = await look(world, target, signal);
    return judge(expect, seen, { status: seen.status, ...shownParts(expect, seen, 'body') });
  },
});

const pathOf = ({ resource, path }: Pick<z.infer<typeof input>, 'resource' | 'path'>): string =>
  path === undefined ? resource : `${resource}/${path.replace(/^\//, '')}`;

type Seen = JsonObject & { readonly status: number; readonly body: Json };

async function look({ arm }: World, target: Target, signal: AbortSignal): Promise<Seen> {
  try {
    const { status, body = null } = await arm.get(target, signal);
    return { status, body: hasMore(body) ? { value: await arm.list(target, signal) } : body };
  } catch (error) {
    if (!(error instanceof ArmError) || !saysAbsent(error)) throw error;
    return { status: 404, body: { error: { code: error.serviceCode ?? '' } } };
  }
}

/** A list is judged whole: what holds for its first page may be false of the next. */
const hasMore = (body: Json): boolean => typeof (body as { nextLink?: Json } | null)?.nextLink === 'string';

/** Only the service can say that a resource is absent. A wrong subscription or a gateway that knows no such path proves nothing. */
const saysAbsent = ({ code, serviceCode }: ArmError) =>
  code === 'arm-not-found' && /NotFound$/.test(serviceCode ?? '') && !/^(Subscription|Tenant)/.test(serviceCode ?? '');
