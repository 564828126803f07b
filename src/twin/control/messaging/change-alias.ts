// Failover, breaking and making of a pair. All of them are answered at once; the alias is Accepted until the work is done.
import * as z from 'zod';
import { sameResource } from '../../../model/resource-id.ts';
import { Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../route.ts';
import { aliasBody, aliasId, namespaceId } from './messaging-bodies.ts';
import type { MessagingAlias, MessagingNamespace, MessagingRecords } from './messaging-records.ts';

/** Where a request is at work. */
export interface Place {
  readonly cloud: Cloud;
  readonly records: MessagingRecords;
  readonly namespace: MessagingNamespace;
}

const failoverSchema = z
  .object({ properties: z.object({ IsSafeFailover: z.boolean().optional() }).optional() })
  .optional();

/** Asked of the secondary namespace, which is the primary of a pair no more afterwards. Throws Refusal 400 on the primary. */
export function failOverAlias(place: Place, request: ArmRequest, alias: MessagingAlias): Reply {
  const { namespace } = place;
  if (alias.primary === namespace)
    throw badRequest(
      `Failover of '${alias.name}' is asked of the secondary namespace; '${namespace.name}' is not one.`,
    );
  const parsed = failoverSchema.safeParse(request.body);
  if (!parsed.success) throw badRequest("expected a failover's properties to have IsSafeFailover, true or false");
  // A safe failover waits for what the primary has not copied yet.
  const needed = parsed.data?.properties?.IsSafeFailover === true ? [namespace, alias.primary] : [namespace];
  accept(place, request, alias, {
    operation: 'POST',
    action: '/failover',
    needed,
    change: () => {
      alias.primary = namespace;
      alias.secondary = undefined;
    },
  });
  return { status: 200 };
}

/** Asked of the primary namespace. Throws Refusal 400 on the secondary and when nothing is paired. */
export function breakPairing(place: Place, request: ArmRequest, alias: MessagingAlias): Reply {
  const { namespace } = place;
  if (alias.primary !== namespace || alias.secondary === undefined)
    throw badRequest(`The pair of '${alias.name}' is broken on its primary namespace while there is a pair.`);
  accept(place, request, alias, {
    operation: 'POST',
    action: '/breakPairing',
    needed: [namespace],
    change: () => {
      alias.secondary = undefined;
    },
  });
  return { status: 200 };
}

const pairSchema = z.object({ properties: z.object({ partnerNamespace: z.string() }) });

/** Makes a pair of a namespace that has none. Throws Refusal 400 for a partner that cannot be one. */
export function pairAlias(place: Place, request: ArmRequest, found: MessagingAlias | undefined): Reply {
  const { cloud, records, namespace } = place;
  const parsed = pairSchema.safeParse(request.body);
  const wanted = parsed.success ? parsed.data.properties.partnerNamespace : '';
  const partner = records.namespaces
    .list()
    .find((candidate) => sameResource(namespaceId(cloud, records.service, candidate), wanted));
  if (partner === undefined || partner.region === namespace.region)
    throw badRequest(`expected the ARM id of a namespace in another region as partnerNamespace, found '${wanted}'`);
  if (found?.primary === namespace && found.secondary === partner)
    return { status: 200, body: aliasBody(found, namespace, records.service, cloud) };
  checkFree(place, partner, found, request.names['alias'] ?? '');
  const alias = found ?? newAlias(request.names['alias'] ?? '', namespace);
  if (found === undefined) records.add(alias);
  const before = alias.secondary;
  accept(place, request, alias, {
    operation: 'PUT',
    action: '',
    needed: [namespace, partner],
    change: () => {},
    onFailed: () => {
      alias.secondary = before;
    },
  });
  alias.secondary = partner;
  return { status: found === undefined ? 201 : 200, body: aliasBody(alias, namespace, records.service, cloud) };
}

/** Only an alias that pairs nothing is deleted. */
export function deleteAlias({ records }: Place, alias: MessagingAlias): Reply {
  checkIdle(alias);
  if (alias.secondary !== undefined) throw badRequest(`The pair of '${alias.name}' must be broken first.`);
  records.remove(alias);
  return { status: 200 };
}

interface Change {
  readonly operation: 'POST' | 'PUT';
  readonly action: string;
  /** Namespaces whose regions must be up at the end. */
  readonly needed: readonly MessagingNamespace[];
  readonly change: () => void;
  readonly onFailed?: () => void;
}

/** The service tells nobody where to poll: what counts is the alias's own state. */
function accept(
  { cloud, records, namespace }: Place,
  request: ArmRequest,
  alias: MessagingAlias,
  wanted: Change,
): void {
  checkIdle(alias);
  alias.state = 'Accepted';
  cloud.operations.start(
    request,
    {
      operation: `${wanted.operation} ${records.service.type}/disasterRecoveryConfigs${wanted.action}`,
      label: 'DisasterRecoveryConfig',
      provider: records.service.provider,
      location: namespace.region,
      resource: aliasId(cloud, records.service, namespace, alias.name),
      work: async (pace) => {
        await pace.untilBeforeEnd(0);
        for (const { name, region } of wanted.needed)
          if (!cloud.plane.regions.isUp(region))
            throw new Refusal(409, 'NamespaceNotReachable', `The namespace '${name}' in ${region} is not available.`);
        wanted.change();
      },
      settle: () => {
        alias.state = 'Succeeded';
      },
      onFailed: () => {
        alias.state = 'Failed';
        wanted.onFailed?.();
      },
      result: () => undefined,
    },
    cloud.signal,
  );
}

function checkFree(
  { records, namespace }: Place,
  partner: MessagingNamespace,
  found: MessagingAlias | undefined,
  name: string,
): void {
  const taken = [namespace, partner].flatMap((end) => records.aliases(end)).filter((alias) => alias !== found);
  const named = records.aliases().some((alias) => alias !== found && alias.name.toLowerCase() === name.toLowerCase());
  if (
    taken.length > 0 ||
    named ||
    (found !== undefined && (found.primary !== namespace || found.secondary !== undefined))
  )
    throw badRequest(`'${namespace.name}', '${partner.name}' or the name '${name}' belongs to a pair already.`);
}

function checkIdle({ name, state }: MessagingAlias): void {
  if (state === 'Accepted') throw new Refusal(409, 'Conflict', `The alias '${name}' is being changed.`);
}

const newAlias = (name: string, primary: MessagingNamespace): MessagingAlias => ({
  name,
  primary,
  secondary: undefined,
  state: 'Succeeded',
});

const badRequest = (message: string) => new Refusal(400, 'BadRequest', message);
