// Microsoft.ServiceBus and Microsoft.EventHub: namespaces and their aliases.
import { ok, resourceNotFound } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { breakPairing, deleteAlias, failOverAlias, type Place, pairAlias } from './change-alias.ts';
import { aliasBody, namespaceBody } from './messaging-bodies.ts';
import type { MessagingAlias, MessagingRecords } from './messaging-records.ts';

export function messagingRoutes(cloud: Cloud, records: MessagingRecords): readonly Route[] {
  const { service, namespaces } = records;
  const subscription = `/subscriptions/{subscription}/providers/${service.type}`;
  const group = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${service.type}`;
  const placeOf = ({ names }: ArmRequest): Place => {
    cloud.groups.get(names['group'] ?? '');
    return { cloud, records, namespace: namespaces.get(names['group'] ?? '', names['namespace'] ?? '') };
  };
  const listed = (request: ArmRequest, within?: string) =>
    page(
      request,
      cloud.endpoint(),
      namespaces.list(within).map((namespace) => namespaceBody(namespace, service, cloud)),
    );
  return [
    ...served(service.apiVersions, [
      { method: 'GET', path: subscription, handle: (request) => listed(request) },
      {
        method: 'GET',
        path: group,
        handle: (request) => listed(request, cloud.groups.get(request.names['group'] ?? '').name),
      },
      {
        method: 'GET',
        path: `${group}/{namespace}`,
        handle: (request) => ok(namespaceBody(placeOf(request).namespace, service, cloud)),
      },
    ]),
    ...aliasRoutes(`${group}/{namespace}/disasterRecoveryConfigs`, records, placeOf),
  ];
}

function aliasRoutes(
  configs: string,
  records: MessagingRecords,
  placeOf: (request: ArmRequest) => Place,
): readonly Route[] {
  const { service } = records;
  const alias = `${configs}/{alias}`;
  const found = (request: ArmRequest, { namespace }: Place): MessagingAlias | undefined =>
    records.alias(namespace, request.names['alias'] ?? '');
  const onAlias =
    (work: (place: Place, request: ArmRequest, alias: MessagingAlias) => ReturnType<typeof ok>) =>
    (request: ArmRequest) => {
      const place = placeOf(request);
      const { namespace } = place;
      const known = found(request, place);
      if (known !== undefined) return work(place, request, known);
      throw resourceNotFound(`${service.type}/disasterRecoveryConfigs`, request.names['alias'] ?? '', namespace.group);
    };
  const list = (request: ArmRequest) => {
    const { cloud, namespace } = placeOf(request);
    return page(
      request,
      cloud.endpoint(),
      records.aliases(namespace).map((known) => aliasBody(known, namespace, service, cloud)),
    );
  };
  const remove = (request: ArmRequest) => {
    const place = placeOf(request);
    const known = found(request, place);
    return known === undefined ? { status: 204 } : deleteAlias(place, known);
  };
  return served(service.apiVersions, [
    { method: 'GET', path: configs, handle: list },
    {
      method: 'GET',
      path: alias,
      handle: onAlias(({ cloud, namespace }, _, known) => ok(aliasBody(known, namespace, service, cloud))),
    },
    {
      method: 'PUT',
      path: alias,
      handle: (request) => {
        const place = placeOf(request);
        return pairAlias(place, request, found(request, place));
      },
    },
    { method: 'DELETE', path: alias, handle: remove },
    { method: 'POST', path: `${alias}/failover`, handle: onAlias(failOverAlias) },
    { method: 'POST', path: `${alias}/breakPairing`, handle: onAlias(breakPairing) },
  ]);
}
