import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { regionOutage } from '../../src/providers/fault/region-outage.ts';
import { buildWorld, contextOf, ENDPOINT, PRIMARY, REPLICA, REQUEST_ID, rejection, TOKEN } from './world-builder.ts';

const given = { region: 'westeurope' };
const resources = [{ id: PRIMARY, means: 'processes killed' }];
const api = () => nock(ENDPOINT, { reqheaders: { authorization: `Bearer ${TOKEN}` } });
const status = (up: boolean) => ({
  regions: [
    { name: 'northeurope', up: true },
    { name: 'westeurope', up },
  ],
});

/** A clock that shows these instants, one after the other. */
const clock = (...instants: number[]) => ({ now: () => instants.shift() ?? 0 });

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('fault/region-outage', () => {
  it.each([
    [1050, 1050],
    [900, 1000],
    [1200.7, 1100],
    [1050.4, 1050],
  ])(
    'that took effect at %d is reported at %d, within the request as the observer saw it',
    async (effectiveAt, expected) => {
      api()
        .post('/twin/faults', { fault: 'region-outage', region: 'westeurope' })
        .reply(200, { id: 'f1', effectiveAt, resources });
      const started = await regionOutage.start(given, contextOf(buildWorld(), clock(1000, 1100)));
      expect(started).toMatchObject({
        kind: 'done',
        output: {
          effectiveAt: expected,
          earliest: 1000,
          latest: 1100,
          simulated: false,
          fidelity: [{ resource: PRIMARY, means: 'processes killed' }],
        },
      });
    },
  );

  it('reaches everything that lies in the region, and nothing else', () => {
    const { environment } = buildWorld();
    const placed = [
      { id: PRIMARY, region: 'westeurope' },
      { id: REPLICA, region: 'northeurope' },
    ];
    expect(regionOutage.reach?.(given, { ...environment, resources: placed })).toEqual([PRIMARY]);
  });

  it('is sent once, with the request id of the step, and is in doubt when the reply is lost', async () => {
    let sent = 0;
    nock(ENDPOINT, { reqheaders: { 'x-ms-client-request-id': REQUEST_ID } })
      .persist()
      .post('/twin/faults', () => ++sent > 0)
      .replyWithError(Object.assign(new Error('hang up'), { code: 'ECONNRESET' }));
    expect(await rejection(regionOutage.start(given, contextOf(buildWorld())))).toMatchObject({ ambiguous: true });
    expect(sent).toBe(1);
  });

  it.each([
    [[], 'not-started'],
    [[{ id: 'f0', fault: 'region-outage', region: 'northeurope', effectiveAt: 1, resources }], 'not-started'],
    [[{ id: 'f0', fault: 'throttle', match: '*', times: 1 }], 'not-started'],
    [[{ id: 'f1', fault: 'region-outage', region: 'westeurope', effectiveAt: 5, resources }], 'done'],
  ])('among %j is %s', async (faults, finding) => {
    api().get('/twin/faults').reply(200, faults);
    expect(await regionOutage.inspect(given, contextOf(buildWorld()))).toMatchObject({ finding });
  });

  const found = async (effectiveAt: number, overrides: Parameters<typeof contextOf>[1]) => {
    api()
      .get('/twin/faults')
      .reply(200, [{ fault: 'region-outage', region: 'westeurope', effectiveAt, resources }]);
    return regionOutage.inspect(given, contextOf(buildWorld(), overrides));
  };

  it.each([
    [1050, 1050],
    [900, 1000],
    [9999, 1600],
  ])(
    'that took effect at %d and is found active after a lost answer began at %d, between the intent and the look',
    async (effectiveAt, expected) => {
      const { finding, output } = await found(effectiveAt, { intendedAt: 1000, ...clock(1600) });
      expect(finding).toBe('done');
      expect(output).toMatchObject({
        effectiveAt: expected,
        earliest: 1000,
        latest: 1600,
        ours: true,
        source: 'the twin, between the intent and a later look: the answer to the request was lost',
        fidelity: [{ resource: PRIMARY }],
      });
    },
  );

  it('that is found active without an intent of the run is somebody else’s', async () => {
    const { finding, detail, output } = await found(1050, clock(1600));
    expect({ finding, detail }).toEqual({
      finding: 'done',
      detail: 'westeurope is out, and this run did not begin it',
    });
    expect(output).toMatchObject({ ours: false, source: 'the twin: an outage that this run did not begin' });
  });

  it('is taken back, and over only when the region is up', async () => {
    api().delete('/twin/faults/region-outage/westeurope').reply(200, {});
    api().get('/twin/status').twice().reply(200, status(false));
    api().get('/twin/status').reply(200, status(true));
    expect(await regionOutage.takeBack?.(given, null, contextOf(buildWorld()))).toEqual({
      region: 'westeurope',
      up: true,
    });
    expect(nock.isDone()).toBe(true);
  });

  it('is taken back although there is none any more', async () => {
    api().delete('/twin/faults/region-outage/westeurope').reply(404, {});
    api().get('/twin/status').reply(200, status(true));
    expect(await regionOutage.takeBack?.(given, null, contextOf(buildWorld()))).toMatchObject({ up: true });
  });

  it('stands when the region does not come up in time', async () => {
    api().delete('/twin/faults/region-outage/westeurope').reply(200, {});
    api().persist().get('/twin/status').reply(200, status(false));
    const late = contextOf(buildWorld(), clock(0, 1, 300_001));
    expect(await rejection(Promise.resolve(regionOutage.takeBack?.(given, null, late)))).toMatchObject({
      code: 'fault-stands',
      retryable: true,
    });
  });

  it('is refused where the environment binds it to nothing', async () => {
    const error = await rejection(regionOutage.inspect(given, contextOf(buildWorld({ kind: 'azure' }))));
    expect(error).toMatchObject({ code: 'fault-unbound' });
  });

  it('does not believe an answer that is no twin', async () => {
    api().post('/twin/faults').reply(200, { ok: true });
    expect(await rejection(regionOutage.start(given, contextOf(buildWorld())))).toMatchObject({
      code: 'answer-invalid',
      ambiguous: true,
    });
  });

  it.each(['West Europe', '../faults', ''])('refuses the region "%s"', (region) =>
    expect(regionOutage.input.safeParse({ region }).success).toBe(false),
  );
});
