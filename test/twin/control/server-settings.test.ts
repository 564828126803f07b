import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PlaneUnderTest, planeUnderTest } from './plane-under-test.ts';

const SERVER = ['rg-orders-weu', 'orders-db-weu'] as const;

describe('below a flexible server', () => {
  let twin: PlaneUnderTest;
  beforeEach(async () => {
    twin = await planeUnderTest();
  });
  afterEach(() => twin.close());

  it('firewall rules are made, changed, listed and deleted by the Azure SDK', async () => {
    const { firewallRules } = twin.postgres;
    const put = (endIpAddress: string) =>
      firewallRules.beginCreateOrUpdateAndWait(...SERVER, 'office', { startIpAddress: '10.0.0.1', endIpAddress });
    expect(await put('10.0.0.9')).toMatchObject({ name: 'office', endIpAddress: '10.0.0.9' });
    await put('10.0.0.20');
    const listed = async () =>
      (await Array.fromAsync(firewallRules.listByServer(...SERVER))).map(({ endIpAddress }) => endIpAddress);
    expect(await listed()).toEqual(['10.0.0.20']);
    expect(await firewallRules.get(...SERVER, 'OFFICE')).toMatchObject({ startIpAddress: '10.0.0.1' });
    await expect(put('nowhere')).rejects.toMatchObject({ statusCode: 400 });
    await firewallRules.beginDeleteAndWait(...SERVER, 'office');
    expect(await listed()).toEqual([]);
    await expect(firewallRules.get(...SERVER, 'office')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('parameters have declared values, which can be set within what is allowed', async () => {
    const { configurations } = twin.postgres;
    const value = async () => (await configurations.get(...SERVER, 'work_mem')).value;
    expect(await value()).toBe('4096');
    await configurations.beginUpdateAndWait(...SERVER, 'work_mem', { value: '8192' });
    expect(await value()).toBe('8192');
    const names = (await Array.fromAsync(configurations.listByServer(...SERVER))).map(({ name }) => name);
    expect(names).toContain('max_connections');
    await expect(configurations.beginUpdateAndWait(...SERVER, 'work_mem', { value: 'much' })).rejects.toMatchObject({
      statusCode: 400,
    });
    await expect(configurations.get(...SERVER, 'no_such')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('nothing is changed while the region of the server is lost', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'region-outage', region: 'westeurope' });
    await expect(
      twin.postgres.configurations.beginUpdateAndWait(...SERVER, 'work_mem', { value: '8192' }),
    ).rejects.toMatchObject({ code: 'ServerIsDisabled' });
  });
});
