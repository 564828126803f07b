// Containers as the control plane shows them, with their time-based retention and their legal hold.
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { resourceId, STORAGE_TYPE } from '../../world/resource-ids.ts';
import { invalidContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ContainerPolicy } from '../data-plane.ts';
import type { ArmRequest, Route } from '../route.ts';
import type { StorageRecord } from '../storage-records.ts';

const DAYS_MAX = 146_000;
const TAGS_MAX = 10;
const NO_POLICY: ContainerPolicy = { retention: undefined, legalHold: [] };

type Retention = NonNullable<ContainerPolicy['retention']>;

interface Container {
  readonly account: StorageRecord;
  readonly name: string;
  readonly id: string;
  readonly policy: ContainerPolicy;
  readonly write: (policy: ContainerPolicy) => void;
}

export function containerRoutes(
  cloud: Cloud,
  path: string,
  accountOf: (request: ArmRequest) => StorageRecord,
): readonly Omit<Route, 'apiVersions'>[] {
  const policy = `${path}/immutabilityPolicies/default`;
  const on = (handle: (container: Container, request: ArmRequest) => Reply) => async (request: ArmRequest) =>
    handle(await containerOf(cloud, accountOf(request), request.names['container'] ?? ''), request);
  return [
    { method: 'GET', path, handle: on((container) => ok(containerBody(container))) },
    { method: 'GET', path: policy, handle: on((container) => policyReply(container)) },
    { method: 'PUT', path: policy, handle: on(putPolicy) },
    { method: 'DELETE', path: policy, handle: on(deletePolicy) },
    { method: 'POST', path: `${policy}/lock`, handle: on(lockPolicy) },
    { method: 'POST', path: `${policy}/extend`, handle: on(extendPolicy) },
    {
      method: 'POST',
      path: `${path}/setLegalHold`,
      handle: on((container, request) => hold(container, request, true)),
    },
    {
      method: 'POST',
      path: `${path}/clearLegalHold`,
      handle: on((container, request) => hold(container, request, false)),
    },
  ];
}

async function containerOf({ plane, world }: Cloud, account: StorageRecord, name: string): Promise<Container> {
  if (!(await plane.storage.hasContainer(account.name, name)))
    throw new Refusal(404, 'ContainerNotFound', 'The specified container does not exist.');
  const policies = plane.storage.policies(account.name);
  return {
    account,
    name,
    id: `${resourceId(world.subscription, STORAGE_TYPE, account)}/blobServices/default/containers/${name}`,
    policy: policies.get(name) ?? NO_POLICY,
    write: (policy) => void policies.set(name, policy),
  };
}

function containerBody({ id, name, policy: { retention, legalHold } }: Container): object {
  return {
    id,
    name,
    type: `${STORAGE_TYPE}/blobServices/containers`,
    properties: {
      hasImmutabilityPolicy: retention !== undefined,
      hasLegalHold: legalHold.length > 0,
      ...(retention === undefined
        ? {}
        : { immutabilityPolicy: { etag: retention.etag, properties: policyProperties(retention) } }),
      legalHold: { hasLegalHold: legalHold.length > 0, tags: legalHold.map((tag) => ({ tag })) },
    },
  };
}

const policyProperties = ({ days, isLocked, allowsAppends }: Retention) => ({
  immutabilityPeriodSinceCreationInDays: days,
  state: isLocked ? 'Locked' : 'Unlocked',
  allowProtectedAppendWrites: allowsAppends,
  allowProtectedAppendWritesAll: false,
});

function policyReply({ id, policy: { retention } }: Container): Reply {
  // A container without a policy is shown with a period of nought days.
  const shown = retention ?? { days: 0, isLocked: false, allowsAppends: false, etag: '""' };
  const body = {
    id: `${id}/immutabilityPolicies/default`,
    name: 'default',
    type: `${STORAGE_TYPE}/blobServices/containers/immutabilityPolicies`,
    etag: shown.etag,
    properties: policyProperties(shown),
  };
  return { status: 200, body, headers: { etag: shown.etag } };
}

const days = z.int().min(1).max(DAYS_MAX);
const policySchema = z.looseObject({
  properties: z.looseObject({
    immutabilityPeriodSinceCreationInDays: days,
    allowProtectedAppendWrites: z.boolean().optional(),
    allowProtectedAppendWritesAll: z.boolean().optional(),
  }),
});

const etag = () => `"${randomUUID()}"`;

function putPolicy(container: Container, { body }: ArmRequest): Reply {
  const parsed = policySchema.safeParse(body);
  if (!parsed.success) throw invalidContent('expected a period of 1 to 146000 days');
  const { immutabilityPeriodSinceCreationInDays, allowProtectedAppendWrites, allowProtectedAppendWritesAll } =
    parsed.data.properties;
  if (allowProtectedAppendWritesAll)
    throw new Refusal(400, 'UnsupportedByTwin', 'This twin lets blocks be added to append blobs alone.');
  if (container.policy.retention?.isLocked) throw notAllowed('It is locked: it can be extended and nothing else.');
  const allowsAppends = allowProtectedAppendWrites ?? false;
  return change(container, {
    days: immutabilityPeriodSinceCreationInDays,
    isLocked: false,
    allowsAppends,
    etag: etag(),
  });
}

function deletePolicy(container: Container, request: ArmRequest): Reply {
  if (required(container, request).isLocked) throw notAllowed('It is locked: it cannot be deleted.');
  return change(container, undefined);
}

const lockPolicy = (container: Container, request: ArmRequest): Reply =>
  change(container, { ...required(container, request), isLocked: true, etag: etag() });

function extendPolicy(container: Container, request: ArmRequest): Reply {
  const retention = required(container, request);
  const asked = policySchema.safeParse(request.body).data?.properties.immutabilityPeriodSinceCreationInDays ?? 0;
  if (!retention.isLocked || asked <= retention.days)
    throw notAllowed('A locked policy can be extended, by a longer period than it has.');
  return change(container, { ...retention, days: asked, etag: etag() });
}

/** Throws Refusal 412 as Azure does when the tag is not the policy's own. */
function required({ policy: { retention } }: Container, { headers }: ArmRequest): Retention {
  const ifMatch = headers['if-match'];
  if (retention === undefined) throw new Refusal(404, 'ResourceNotFound', 'The container has no immutability policy.');
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== retention.etag)
    throw new Refusal(412, 'ConditionNotMet', 'The condition specified using HTTP conditional header(s) is not met.');
  return retention;
}

function change(container: Container, retention: Retention | undefined): Reply {
  const policy = { ...container.policy, retention };
  container.write(policy);
  return policyReply({ ...container, policy });
}

const notAllowed = (why: string) =>
  new Refusal(409, 'OperationNotAllowedOnImmutabilityPolicy', `The operation is not allowed on the policy. ${why}`);

const holdSchema = z.looseObject({
  tags: z
    .array(z.string().regex(/^[a-z0-9]{3,23}$/))
    .min(1)
    .max(TAGS_MAX),
});

/** Setting adds, clearing takes away; both can be said twice. */
function hold(container: Container, { body }: ArmRequest, isSet: boolean): Reply {
  const parsed = holdSchema.safeParse(body);
  if (!parsed.success) throw invalidContent('expected up to ten tags of 3 to 23 lower-case letters and digits');
  const { legalHold } = container.policy;
  const tags = isSet
    ? [...new Set([...legalHold, ...parsed.data.tags])]
    : legalHold.filter((tag) => !parsed.data.tags.includes(tag));
  if (tags.length > TAGS_MAX) throw invalidContent(`expected at most ${TAGS_MAX} tags in all`);
  container.write({ ...container.policy, legalHold: tags });
  return ok({ hasLegalHold: tags.length > 0, tags });
}
