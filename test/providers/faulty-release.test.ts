import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultyRelease } from '../../src/providers/fault/faulty-release.ts';
import { buildWorld, contextOf, ENDPOINT, PRIMARY, rejection } from './world-builder.ts';

const given = { server: PRIMARY };
const api = () => nock(ENDPOINT);
const damage = { effectiveAt: 1050, lastDamageAt: 1500, damaged: 7 };
const listed = (...faults: object[]) => api().get('/twin/faults').reply(200, faults);
/** A clock that shows these instants, one after the other. */
const clock = (...instants: number[]) => ({ now: () => instants.shift() ?? 0 });
const inspect = (more: object = {}, world = buildWorld()) => faultyRelease.inspect(given, contextOf(world, more));
const takeBack = async () => faultyRelease.takeBack?.(given, null, contextOf(buildWorld()));

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('fault/faulty-release', () => {
  it('writes to the server that it damages, and reaches it', () => {
    expect(faultyRelease.writes(given)).toEqual([PRIMARY]);
    expect(faultyRelease.reach?.(given, buildWorld().environment)).toEqual([PRIMARY]);
  });

  it.each([
    [1050, 1050],
    [900, 1000],
    [1200.7, 1100],
  ])('that first damaged a row at %d is reported at %d, as the observer saw it', async (effectiveAt, expected) => {
    api().post('/twin/faults', { fault: 'faulty-release', server: PRIMARY }).reply(201, { id: 'f1', effectiveAt });
    const started = await faultyRelease.start(given, contextOf(buildWorld(), clock(1000, 1100)));
    const output = { effectiveAt: expected, earliest: 1000, latest: 1100, simulated: false, ours: true };
    expect(started).toMatchObject({ kind: 'done', output });
  });

  it('is not started while no release damages this server', async () => {
    listed(
      { fault: 'region-outage', region: 'westeurope' },
      { fault: 'faulty-release', server: `${PRIMARY}-not`, ...damage },
    );
    expect(await inspect()).toMatchObject({ finding: 'not-started' });
  });

  it('that somebody else began gives no T0, and one whose answer was lost lies between intent and look', async () => {
    listed({ fault: 'faulty-release', server: PRIMARY.toUpperCase(), ...damage });
    expect(await inspect(clock(2000))).toMatchObject({ finding: 'done', output: { ours: false } });
    listed({ fault: 'faulty-release', server: PRIMARY, ...damage });
    const output = { effectiveAt: 1050, earliest: 1000, latest: 2000, ours: true };
    expect(await inspect({ intendedAt: 1000, ...clock(2000) })).toMatchObject({ finding: 'done', output });
  });

  it('is refused on Azure, before anything is asked', async () => {
    expect(await rejection(inspect({}, buildWorld({ kind: 'azure' })))).toMatchObject({ code: 'fault-unbound' });
  });

  it('is stopped when it is taken back, and that it was stopped already is no error', async () => {
    const stop = () => api().delete('/twin/faults/faulty-release/db-weu');
    stop().reply(200, { ...damage, stoppedAt: 1600 });
    expect(await takeBack()).toEqual({ server: PRIMARY, ...damage, stoppedAt: 1600 });
    stop().reply(404, { error: { code: 'FaultNotFound', message: 'none' } });
    expect(await takeBack()).toEqual({ server: PRIMARY, stopped: true });
    stop().reply(409, { error: { code: 'ReleaseFailed', message: 'the database is away' } });
    expect(await rejection(takeBack())).toMatchObject({ name: 'ArmError' });
  });
});
