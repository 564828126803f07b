// Traffic Manager profiles and endpoints as api-version 2022-04-01 shows them.
import { PROFILE_TYPE, resourceId, SHOP_TYPE, shopHost } from '../world/resource-ids.ts';
import { type EndpointRecord, type ProfileRecord, profileMonitorStatus } from './traffic-profiles.ts';

export const ENDPOINT_KIND = 'AzureEndpoints';

export const profileBody = (subscription: string, profile: ProfileRecord): object => ({
  id: resourceId(subscription, PROFILE_TYPE, profile),
  name: profile.name,
  type: PROFILE_TYPE,
  location: 'global',
  tags: profile.tags,
  properties: {
    profileStatus: profile.status,
    trafficRoutingMethod: 'Priority',
    dnsConfig: { relativeName: profile.fqdn.split('.')[0], fqdn: profile.fqdn, ttl: profile.ttl },
    monitorConfig: {
      profileMonitorStatus: profileMonitorStatus(profile),
      protocol: 'HTTP',
      port: 80,
      ...profile.monitorConfig,
    },
    endpoints: profile.endpoints.map((endpoint) => endpointBody(subscription, profile, endpoint)),
    trafficViewEnrollmentStatus: 'Disabled',
    maxReturn: null,
  },
});

export const endpointBody = (subscription: string, profile: ProfileRecord, endpoint: EndpointRecord): object => ({
  id: `${resourceId(subscription, PROFILE_TYPE, profile)}/${ENDPOINT_KIND}/${endpoint.name}`,
  name: endpoint.name,
  type: `${PROFILE_TYPE}/${ENDPOINT_KIND}`,
  properties: {
    endpointStatus: endpoint.status,
    endpointMonitorStatus: endpoint.status === 'Disabled' ? 'Disabled' : endpoint.monitor,
    targetResourceId: resourceId(subscription, SHOP_TYPE, { name: endpoint.shop, group: endpoint.group }),
    target: shopHost(endpoint.shop),
    weight: endpoint.weight,
    priority: endpoint.priority,
    endpointLocation: endpoint.region,
    minChildEndpoints: null,
    alwaysServe: endpoint.alwaysServe,
  },
});
