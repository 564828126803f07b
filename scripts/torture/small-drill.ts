// The drill that is tortured, and its world: as small as a region that is lost, steered around and returned to can be.

export const NAME = 'torture';
export const ZONE = 'torture.example';

export const world = `name: ${NAME}
subscription: 5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c09
tenant: 0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02
regions: [westeurope, northeurope]
links: [{ between: [westeurope, northeurope], latency: PT0.002S }]
resourceGroups: [{ name: rg, region: northeurope }]
postgresServers: [{ name: orders-db, group: rg, region: northeurope, role: primary }]
shops:
  - { name: shop-weu, group: rg, region: westeurope, database: orders-db }
  - { name: shop-neu, group: rg, region: northeurope, database: orders-db }
trafficManager:
  - name: orders-tm
    group: rg
    fqdn: torture.trafficmanager.net
    endpoints:
      - { name: westeurope, target: shop-weu, region: westeurope, priority: 1 }
      - { name: northeurope, target: shop-neu, region: northeurope, priority: 2 }
dnsZones:
  - { name: ${ZONE}, group: rg, records: [{ type: TXT, name: site, values: [westeurope] }] }
values: { shopUrl: 'http://torture.trafficmanager.net' }
`;

export const drill = `drill: ${NAME}
title: A small drill that is tortured
exercise: functional
mode: live
systems: [shop]
resources:
  database: { type: Microsoft.DBforPostgreSQL/flexibleServers, group: rg, name: orders-db }
  traffic: { type: Microsoft.Network/trafficManagerProfiles, group: rg, name: orders-tm }
  zone: { type: Microsoft.Network/dnsZones, group: rg, name: ${ZONE} }
  shop: { type: Microsoft.Web/sites, group: rg, name: shop-weu }
scope: [database, traffic, zone, shop]
declaration: automatic
timing: { baseline: PT1S, detection: PT20S, stability: PT20S }
canaries:
  - id: rows
    system: shop
    uses: postgres/canary
    every: PT0.1S
    with: { write: '\${{ resources.database }}', read: '\${{ resources.database }}' }
probes:
  - id: shop
    system: shop
    uses: http/probe
    every: PT0.25S
    stableFor: PT1S
    with: { url: '\${{ environment.values.shopUrl }}/healthz' }
disruption:
  - { id: lose, title: West Europe is lost, uses: fault/region-outage, with: { region: westeurope } }
recovery:
  - id: steer
    title: Traffic leaves West Europe
    uses: azure/trafficmanager.endpoint
    retry: { attempts: 3, backoff: PT0.5S }
    with: { profile: '\${{ resources.traffic }}', endpoint: westeurope, status: Disabled }
  - id: note
    title: The name says where it is served
    uses: azure/dns.record
    retry: { attempts: 3, backoff: PT0.5S }
    with: { zone: '\${{ resources.zone }}', name: site, type: TXT, values: [northeurope] }
verification:
  - id: answers
    title: The database answers
    uses: postgres/assert
    with: { server: '\${{ resources.database }}', query: 'SELECT 1::int AS one', expect: 'rows[0].one == 1' }
restoration:
  - id: steer-back
    title: Traffic returns to West Europe
    uses: azure/trafficmanager.endpoint
    retry: { attempts: 3, backoff: PT0.5S }
    with: { profile: '\${{ resources.traffic }}', endpoint: westeurope, status: Enabled }
  - id: note-back
    title: The name says where it is served again
    uses: azure/dns.record
    retry: { attempts: 3, backoff: PT0.5S }
    with: { zone: '\${{ resources.zone }}', name: site, type: TXT, values: [westeurope] }
`;
