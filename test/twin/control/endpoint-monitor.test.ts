import { describe, expect, it } from 'vitest';
import { startEndpointMonitor } from '../../../src/twin/control/endpoint-monitor.ts';
import { profileMonitorStatus, servedEndpoint, TrafficProfiles } from '../../../src/twin/control/traffic-profiles.ts';
import { loadWorld } from '../../../src/twin/world/load-world.ts';
import { fakePlane } from './fake-plane.ts';
import { WORLD_FILE } from './plane-under-test.ts';

function monitored() {
  const world = loadWorld(WORLD_FILE);
  const plane = fakePlane(world);
  const profiles = new TrafficProfiles(world);
  const [profile] = profiles.list();
  if (profile === undefined) throw new Error('the sample world has a profile');
  profile.monitorConfig = { ...profile.monitorConfig, intervalInSeconds: 0.01 };
  const ending = new AbortController();
  const monitor = startEndpointMonitor(profiles, plane.traffic, ending.signal);
  const close = async () => {
    ending.abort();
    await monitor.closed;
  };
  return { plane, profile, close, steered: () => plane.steered.get(profile.fqdn) };
}

describe('the endpoint monitor', () => {
  it('leaves a sick endpoint after more failures than tolerated, and returns after one good answer', async () => {
    const { plane, profile, close, steered } = monitored();
    try {
      await expect.poll(() => profileMonitorStatus(profile)).toBe('Online');
      plane.sick.add('orders-shop-weu');
      await expect.poll(steered, { interval: 1 }).toBe('orders-shop-neu');
      expect(profile.endpoints[0]).toMatchObject({ monitor: 'Degraded' });
      expect(profile.endpoints[0]?.failures).toBeGreaterThan(3);
      expect(profileMonitorStatus(profile)).toBe('Degraded');
      plane.sick.clear();
      await expect.poll(steered).toBe('orders-shop-weu');
      expect(profile.endpoints[0]).toMatchObject({ monitor: 'Online', failures: 0 });
    } finally {
      await close();
    }
  });

  it('counts all enabled endpoints as working when none works', async () => {
    const { plane, profile, close, steered } = monitored();
    try {
      plane.sick.add('orders-shop-weu').add('orders-shop-neu');
      await expect.poll(() => profile.endpoints.map(({ monitor }) => monitor)).toEqual(['Degraded', 'Degraded']);
      expect(steered()).toBe('orders-shop-weu');
      expect(servedEndpoint({ ...profile, endpoints: profile.endpoints.slice(1) })?.shop).toBe('orders-shop-neu');
    } finally {
      await close();
    }
  });

  it('serves a sick endpoint that is to be served always', () => {
    const [profile] = new TrafficProfiles(loadWorld(WORLD_FILE)).list();
    const [first, second] = profile?.endpoints ?? [];
    if (!profile || !first || !second) throw new Error('the sample world has two endpoints');
    first.monitor = 'Degraded';
    expect(servedEndpoint(profile)).toBe(second);
    first.alwaysServe = 'Enabled';
    expect(servedEndpoint(profile)).toBe(first);
  });
});
