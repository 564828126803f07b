import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resourceGroupCreate } from '../../src/providers/azure/resourcegroup-create.ts';
import { resourceGroupDelete } from '../../src/providers/azure/resourcegroup-delete.ts';
import { inventory } from '../../src/providers/inventory.ts';
import { openWorld, type World } from '../../src/providers/world.ts';
import { environmentOf } from '../../src/twin/world/environment-of.ts';
import { type PlaneUnderTest, planeUnderTest, TOKEN } from '../twin/control/plane-under-test.ts';
import { contextOf, inspect, rejection, startAndObserve } from './world-builder.ts';

describe('resource groups of a drill, on a twin', () => {
  let twin: PlaneUnderTest;
  let world: World;
  let group: string;
  beforeEach(async () => {
    twin = await planeUnderTest();
    world = openWorld(environmentOf(twin.world), {
      armEndpoint: twin.control.endpoint,
      authority: twin.certificates.authority,
      hosts: {},
      token: TOKEN,
    });
    group = `/subscriptions/${twin.world.subscription}/resourceGroups/rg-drill`;
  });
  afterEach(() => twin.close());
  const stands = async (name = 'rg-drill') => (await twin.resources.resourceGroups.checkExistence(name)).body;
  const sent = async (method: string) =>
    ((await twin.send('GET', '/twin/log')).body as { method: string; path: string }[]).filter(
      (entry) => entry.method === method && /resourcegroups/i.test(entry.path),
    ).length;
  const takeBack = (context = contextOf(world)) =>
    resourceGroupCreate.takeBack?.({ group, location: 'westeurope' }, null, context);
  const given = () => ({ group, location: 'westeurope' });

  it('are created once, are found again, and go with what is in them', async () => {
    expect(await inspect(resourceGroupCreate, given(), contextOf(world))).toMatchObject({ finding: 'not-started' });
    const output = await startAndObserve(resourceGroupCreate, given(), contextOf(world));
    expect(output).toEqual({ ...given(), created: true });
    expect(await inspect(resourceGroupCreate, given(), contextOf(world))).toMatchObject({ finding: 'done' });
    await twin.send('PUT', `${group}/providers/Microsoft.Network/dnsZones/in.example?api-version=2018-05-01`, {
      location: 'global',
    });
    const [item] = await inventory.read([group], contextOf(world));
    expect(item?.facts).toMatchObject({ present: true, location: 'westeurope' });
    // Without the answer that said so, nobody can tell that what is in it came with it.
    expect(await rejection(Promise.resolve(takeBack()))).toMatchObject({ code: 'name-taken' });
    expect(await takeBack(contextOf(world, { output }))).toEqual({ group, removed: true });
    expect(await takeBack()).toEqual({ group, removed: false });
    expect(await stands()).toBe(false);
    expect(await sent('DELETE')).toBe(1);
    expect((await inventory.read([group], contextOf(world))).map(({ facts }) => facts)).toEqual([{ present: false }]);
  });

  it('that stood before are never taken over, and never removed', async () => {
    await twin.resources.resourceGroups.createOrUpdate('rg-drill', { location: 'westeurope' });
    expect(await rejection(inspect(resourceGroupCreate, given(), contextOf(world)))).toMatchObject({
      code: 'name-taken',
    });
    expect(await rejection(Promise.resolve(takeBack()))).toMatchObject({ code: 'name-taken' });
    // As if it had come between a look and the request.
    expect(await rejection(startAndObserve(resourceGroupCreate, given(), contextOf(world)))).toMatchObject({
      code: 'name-taken',
      ambiguous: false,
    });
    expect(await rejection(Promise.resolve(takeBack()))).toMatchObject({ code: 'name-taken' });
    expect(await stands()).toBe(true);
  });

  it('of another run are left alone', async () => {
    await startAndObserve(resourceGroupCreate, given(), contextOf(world, { run: 'run-0' }));
    expect(await rejection(Promise.resolve(takeBack()))).toMatchObject({ code: 'name-taken' });
    expect(await stands()).toBe(true);
  });

  it('are found after a lost reply, and nothing is sent again', async () => {
    await twin.send('POST', '/twin/faults', { fault: 'lost-reply', match: 'PUT *rg-drill' });
    expect(await rejection(startAndObserve(resourceGroupCreate, given(), contextOf(world)))).toMatchObject({
      ambiguous: true,
    });
    const after = contextOf(world, { intendedAt: 1, attemptedAt: 1 });
    expect(await inspect(resourceGroupCreate, given(), after)).toMatchObject({ finding: 'done' });
    expect(await sent('PUT')).toBe(1);
  });

  it('are deleted, also when the reply is lost', async () => {
    await twin.resources.resourceGroups.createOrUpdate('rg-drill', { location: 'westeurope' });
    await twin.send('POST', '/twin/faults', { fault: 'lost-reply', match: 'DELETE *rg-drill' });
    expect(await inspect(resourceGroupDelete, { group }, contextOf(world))).toMatchObject({ finding: 'not-started' });
    expect(await rejection(startAndObserve(resourceGroupDelete, { group }, contextOf(world)))).toMatchObject({
      ambiguous: true,
    });
    expect(await inspect(resourceGroupDelete, { group }, contextOf(world))).toMatchObject({ finding: 'unknown' });
    const after = contextOf(world, { intendedAt: 1, attemptedAt: 1 });
    expect(await inspect(resourceGroupDelete, { group }, after)).toMatchObject({ finding: 'running' });
    expect(await resourceGroupDelete.observe({ group }, undefined, after)).toEqual({ group, removed: true });
    expect(await inspect(resourceGroupDelete, { group }, after)).toMatchObject({
      finding: 'done',
      output: { removed: true },
    });
    expect(await sent('DELETE')).toBe(1);
  });

  it('are not called deleted when the deletion failed', async () => {
    await twin.resources.resourceGroups.createOrUpdate('rg-drill', { location: 'westeurope' });
    await twin.send('POST', '/twin/faults', { fault: 'failing-operation', match: 'DELETE *rg-drill', code: 'Broken' });
    expect(await rejection(startAndObserve(resourceGroupDelete, { group }, contextOf(world)))).toMatchObject({
      code: 'arm-operation-failed',
    });
    expect(await stands()).toBe(true);
  });

  it('cannot be deleted where something in them cannot', async () => {
    group = group.replace('rg-drill', 'rg-orders-weu');
    const error = await rejection(startAndObserve(resourceGroupDelete, { group }, contextOf(world)));
    expect(error).toMatchObject({
      code: 'arm-conflict',
      serviceCode: 'ResourceGroupDeletionBlocked',
      ambiguous: false,
    });
    expect(twin.plane.asked.filter((asked) => asked.startsWith('remove'))).toEqual([]);
  });

  it('refuse an id that is no group’s', () => {
    expect(resourceGroupDelete.input.safeParse({ group: `${group}/providers/Microsoft.Web/sites/x` }).success).toBe(
      false,
    );
  });
});
