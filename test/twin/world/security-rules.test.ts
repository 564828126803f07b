import { describe, expect, it } from 'vitest';
import { routesOf, type SecurityRule } from '../../../src/twin/world/security-rules.ts';

const rule = (priority: number, direction: SecurityRule['direction'], access: SecurityRule['access'], more = {}) =>
  ({ name: `r${priority}`, priority, direction, access, peer: '*', ...more }) as SecurityRule;

describe('security rules', () => {
  it('let everything through within the network when there is none', () => {
    expect(routesOf([])).toEqual({ inbound: true, outbound: true });
  });

  it('deny their own direction alone', () => {
    expect(routesOf([rule(200, 'Outbound', 'Deny')])).toEqual({ inbound: true, outbound: false });
    expect(routesOf([rule(200, 'Inbound', 'Deny', { peer: 'VirtualNetwork' })])).toEqual({
      inbound: false,
      outbound: true,
    });
  });

  it('count by priority, whatever their order', () => {
    const [allow, deny] = [rule(100, 'Outbound', 'Allow'), rule(200, 'Outbound', 'Deny')];
    expect(routesOf([deny, allow]).outbound).toBe(true);
    expect(routesOf([rule(50 + 100, 'Outbound', 'Deny'), rule(151, 'Outbound', 'Allow')]).outbound).toBe(false);
  });

  it('about the Internet say nothing of the virtual network', () => {
    expect(routesOf([rule(100, 'Outbound', 'Deny', { peer: 'Internet' })]).outbound).toBe(true);
  });
});
