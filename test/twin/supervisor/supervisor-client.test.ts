import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  endTwinFault,
  startTwinFault,
  type TwinAddress,
  twinFaults,
  twinLog,
  twinOperations,
  twinStatus,
} from '../../../src/twin/index.ts';
import { TwinError } from '../../../src/twin/twin-error.ts';
import { type PlaneUnderTest, planeUnderTest, rejection, TOKEN } from '../control/plane-under-test.ts';

describe('the client of a twin', () => {
  let twin: PlaneUnderTest;
  let address: TwinAddress;
  beforeAll(async () => {
    twin = await planeUnderTest();
    address = {
      formatVersion: 1,
      name: 'region-failover',
      owner: 'person',
      upSince: 0,
      supervisor: { pid: process.pid, startTicks: 0 },
      endpoint: twin.control.endpoint,
      nameServer: twin.control.nameServer,
      authority: twin.certificates.authority,
      token: TOKEN,
      client: { clientId: 'client', clientSecret: 'secret', identityHeader: 'header' },
      hosts: {},
      postgres: { user: 'postgres', password: 'secret', database: 'postgres' },
    };
  });
  afterAll(() => twin.close());

  it('asks for status, faults, operations and the log', async () => {
    expect((await twinStatus(address)).regions.map(({ name, up }) => [name, up])).toEqual([
      ['westeurope', true],
      ['northeurope', true],
    ]);
    const { id } = await startTwinFault(address, { fault: 'throttle', match: 'GET *nothing' });
    expect(await twinFaults(address)).toMatchObject([{ id, fault: 'throttle', times: 1, retryAfterSeconds: 1 }]);
    await endTwinFault(address, id);
    expect(await twinFaults(address)).toEqual([]);
    expect(await twinOperations(address)).toEqual([]);
    expect((await twinLog(address)).map(({ method, status }) => [method, status])).toContainEqual(['DELETE', 204]);
  });

  it('tells a refusal by its code and reason', async () => {
    const error = await rejection(endTwinFault(address, 'nobody/../x'));
    expect(error).toBeInstanceOf(TwinError);
    expect(error).toMatchObject({ code: 'twin-refused' });
    expect(error.message).toContain('FaultNotFound');
    expect(await rejection(twinStatus({ ...address, token: 'wrong' }))).toMatchObject({ code: 'twin-refused' });
  });

  it('tells a twin that does not answer, and trusts no other', async () => {
    const gone = { ...address, endpoint: 'https://127.0.0.1:1' };
    expect(await rejection(twinStatus(gone))).toMatchObject({ code: 'twin-unreachable' });
    const other = await planeUnderTest();
    try {
      const stranger = { ...address, authority: other.certificates.authority };
      expect(await rejection(twinStatus(stranger))).toMatchObject({ code: 'twin-unreachable' });
    } finally {
      await other.close();
    }
    expect(await rejection(twinStatus(address, AbortSignal.abort()))).toMatchObject({ code: 'twin-unreachable' });
  });
});
