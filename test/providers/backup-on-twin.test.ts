// The actions of Azure Backup against the control plane of a twin, in every bad way: one job, whatever happens on the way to it and from it.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action, ActionContext } from '../../src/model/action.ts';
import type { Json } from '../../src/model/json.ts';
import { backupRestoreDisks } from '../../src/providers/azure/backup-restore-disks.ts';
import { backupRestoreMachine } from '../../src/providers/azure/backup-restore-machine.ts';
import { backupTrigger } from '../../src/providers/azure/backup-trigger.ts';
import { openWorld, type World } from '../../src/providers/world.ts';
import { GROUP, VAULT, vaultUnderTest, vaultWorld } from '../twin/backup/vault-under-test.ts';
import { type PlaneUnderTest, TOKEN } from '../twin/control/plane-under-test.ts';
import { contextOf, rejection } from './world-builder.ts';

type AnyAction = Action<unknown, World>;

let twin: PlaneUnderTest;
let world: World;
beforeEach(async () => {
  twin = await vaultUnderTest({
    operations: {
      ...vaultWorld().operations,
      'DELETE Microsoft.Compute/virtualMachines': 300,
      'DELETE Microsoft.Compute/disks': 300,
      'DELETE Microsoft.Network/networkInterfaces': 300,
      'DELETE Microsoft.Resources/resourceGroups': 300,
    },
  });
  const { subscription, tenant } = twin.world;
  world = openWorld(
    { kind: 'twin', name: 'test', tenant, subscription, values: {}, resources: [] },
    { armEndpoint: twin.control.endpoint, authority: twin.certificates.authority, token: TOKEN, hosts: {} },
    { limits: { backoffMs: 20 } },
  );
});
afterEach(() => twin.close());

const idOf = (type: string, name: string) =>
  `/subscriptions/${twin.world.subscription}/resourceGroups/${GROUP}/providers/${type}/${name}`;
const target = () => idOf('Microsoft.Compute/virtualMachines', 'archive-restored');
const source = () => ({
  vault: idOf('Microsoft.RecoveryServices/vaults', VAULT),
  machine: idOf('Microsoft.Compute/virtualMachines', 'archive-weu'),
});
const staging = () => ({ stagingAccount: idOf('Microsoft.Storage/storageAccounts', 'ordersstaging') });
const machineInput = (): Json => ({
  ...source(),
  ...staging(),
  target: target(),
  subnet: `${idOf('Microsoft.Network/virtualNetworks', 'isolated')}/subnets/drill`,
});
const disksInput = (): Json => ({ ...source(), ...staging(), group: GROUP });

/** What the engine tells of an attempt whose request it means to send. */
const attempt = (): ActionContext<World> => {
  const requestId = randomUUID();
  const at = Date.now();
  return contextOf(world, { requestId, requests: [requestId], intendedAt: at, attemptedAt: at });
};
const fault = (body: object) => twin.send('POST', '/twin/faults', body);
const triggers = async () =>
  ((await twin.send('GET', '/twin/operations')).body.value ?? (await twin.send('GET', '/twin/operations')).body)
    .filter(({ operation }: { operation: string }) => /vaults\/(backup|restore)/.test(operation))
    .map(({ operation, status }: { operation: string; status: string }) => `${operation} ${status}`);
const stands = async (id: string) => (await twin.send('GET', `${id}?api-version=2024-03-01`)).status;
const disksLeft = async () =>
  (await twin.send('GET', `${idOf('Microsoft.Compute/disks', '').slice(0, -1)}?api-version=2023-10-02`)).body.value;

const CARDS = 'Microsoft.Network/networkInterfaces';
const cardsLeft = async (): Promise<readonly string[]> =>
  (await twin.send('GET', `${idOf(CARDS, '').slice(0, -1)}?api-version=2024-01-01`)).body.value.map(
    ({ name }: { name: string }) => name,
  );

async function run(action: AnyAction, given: Json, context: ActionContext<World>): Promise<Json> {
  const input = action.input.parse(given);
  const started = await action.start(input, context);
  return started.kind === 'done' ? started.output : action.observe(input, started.handle, context);
}

/** As the engine goes on when nobody knows what became of a request. */
async function afterLostReply(action: AnyAction, given: Json, context: ActionContext<World>): Promise<Json> {
  const input = action.input.parse(given);
  expect(await rejection(action.start(input, context))).toMatchObject({ ambiguous: true });
  const { finding, output } = await action.inspect(input, context);
  if (finding === 'done') return output ?? null;
  expect(finding).toBe('running');
  return action.observe(input, undefined, context);
}

const cases = (): readonly (readonly [AnyAction, Json, string])[] => [
  [backupTrigger, source(), 'backup'],
  [backupRestoreDisks, disksInput(), 'restore'],
  [backupRestoreMachine, machineInput(), 'restore'],
];

describe.each([0, 1, 2])('the action %i of Azure Backup on a twin', (nth) => {
  const one = () => cases()[nth] ?? expect.fail('no such case');

  it('starts one job and ends with its point', async () => {
    const [action, given] = one();
    expect(await run(action, given, attempt())).toMatchObject({
      point: expect.stringMatching(/^\d+$/),
      consistency: 'AppConsistent',
    });
    expect(await triggers()).toHaveLength(1);
  });

  it('starts one job when the reply to its request is lost', async () => {
    const [action, given, what] = one();
    await fault({ fault: 'lost-reply', match: `POST */${what}` });
    expect(await afterLostReply(action, given, attempt())).toMatchObject({ point: expect.any(String) });
    expect(await triggers()).toHaveLength(1);
  });

  it('fails with the error of its job', async () => {
    const [action, given, what] = one();
    await fault({
      fault: 'failing-operation',
      match: `POST */${what}`,
      code: 'UserErrorQuota',
      message: 'no cores left',
    });
    const failed = await rejection(run(action, given, attempt()));
    expect(failed).toMatchObject({ code: 'job-failed', ambiguous: false, retryable: false });
    expect(failed.message).toContain('UserErrorQuota: no cores left');
    expect(await triggers()).toHaveLength(1);
  });

  it('waits through a storm of throttled reads', async () => {
    const [action, given] = one();
    await fault({ fault: 'throttle', match: 'GET *backupJobs', times: 3 });
    await fault({ fault: 'throttle', match: 'GET *operationsStatus', times: 2 });
    expect(await run(action, given, attempt())).toMatchObject({ point: expect.any(String) });
    expect(await triggers()).toHaveLength(1);
  });

  it('says that a throttled request was not taken', async () => {
    const [action, given, what] = one();
    await fault({ fault: 'throttle', match: `POST */${what}`, times: 1 });
    const context = attempt();
    expect(await rejection(run(action, given, context))).toMatchObject({ retryable: true, ambiguous: false });
    expect(await action.inspect(action.input.parse(given), context)).toMatchObject({ finding: 'not-started' });
    expect(await triggers()).toEqual([]);
  });

  it('finds what it did when it is asked again, and starts nothing', async () => {
    const [action, given] = one();
    const context = attempt();
    const output = await run(action, given, context);
    expect(await action.inspect(action.input.parse(given), context)).toMatchObject({
      finding: 'done',
      output: { job: (output as { job: string }).job },
    });
  });
});

describe('a restore on a twin', () => {
  const undo = (action: AnyAction, given: Json, context: ActionContext<World>) =>
    action.takeBack?.(action.input.parse(given), null, context);

  it('is taken back twice with everything that it made', async () => {
    const context = attempt();
    const { disks } = (await run(backupRestoreMachine, machineInput(), context)) as { disks: string[] };
    expect([await stands(target()), disks.length]).toEqual([200, 1]);
    expect(await undo(backupRestoreMachine, machineInput(), context)).toMatchObject({ removed: true, disks });
    expect(await undo(backupRestoreMachine, machineInput(), context)).toMatchObject({ removed: false, disks: [] });
    expect([await stands(target()), await disksLeft()]).toEqual([404, []]);
  });

  it('is taken back with its interface when the process died after the machine was deleted', async () => {
    const context = attempt();
    await run(backupRestoreMachine, machineInput(), context);
    const before = await cardsLeft();
    await fault({ fault: 'failing-operation', match: `DELETE *${CARDS}/` });
    await rejection(Promise.resolve(undo(backupRestoreMachine, machineInput(), context)));
    expect([await stands(target()), await cardsLeft()]).toEqual([404, before]);
    expect(await undo(backupRestoreMachine, machineInput(), context)).toMatchObject({ removed: false });
    expect(await cardsLeft()).toEqual(['archive-weu-nic']);
  });

  it('leaves the interface of a machine that another run restored and somebody deleted', async () => {
    await run(backupRestoreMachine, machineInput(), attempt());
    await twin.send('DELETE', `${target()}?api-version=2024-03-01`);
    await expect.poll(() => stands(target())).toBe(404);
    const left = await cardsLeft();
    expect(await undo(backupRestoreMachine, machineInput(), attempt())).toMatchObject({ removed: false });
    expect([left.length, await cardsLeft()]).toEqual([2, left]);
  });

  it('is taken back with its interface when somebody else deleted the machine', async () => {
    const context = attempt();
    const output = await run(backupRestoreMachine, machineInput(), context);
    await twin.send('DELETE', `${target()}?api-version=2024-03-01`);
    await expect.poll(() => stands(target())).toBe(404);
    await undo(backupRestoreMachine, machineInput(), { ...context, output });
    expect(await cardsLeft()).toEqual(['archive-weu-nic']);
  });

  it('is taken back while its job still runs', async () => {
    const context = attempt();
    const input = backupRestoreMachine.input.parse(machineInput());
    await backupRestoreMachine.start(input, context);
    expect(await undo(backupRestoreMachine, machineInput(), context)).toMatchObject({ removed: true });
    expect([await stands(target()), await disksLeft()]).toEqual([404, []]);
  });

  it('of disks is taken back, and leaves those of another run', async () => {
    const [mine, others] = [attempt(), attempt()];
    const first = (await run(backupRestoreDisks, disksInput(), mine)) as { disks: string[] };
    const second = (await run(backupRestoreDisks, disksInput(), others)) as { disks: string[] };
    expect(await undo(backupRestoreDisks, disksInput(), mine)).toEqual({ disks: first.disks });
    expect((await disksLeft()).map(({ id }: { id: string }) => id)).toEqual(second.disks);
  });

  it('of disks into a resource group that was deleted meanwhile is taken back without a word', async () => {
    const group = `/subscriptions/${twin.world.subscription}/resourceGroups/rg-drill?api-version=2025-04-01`;
    await twin.send('PUT', group, { location: 'westeurope' });
    const [given, context] = [{ ...(disksInput() as object), group: 'rg-drill' }, attempt()];
    await run(backupRestoreDisks, given, context);
    await twin.send('DELETE', group);
    await expect.poll(async () => (await twin.send('GET', group)).status, { timeout: 10_000 }).toBe(404);
    expect(await undo(backupRestoreDisks, given, context)).toEqual({ disks: [] });
  });

  it('refuses a machine that stands where it would restore to', async () => {
    await run(backupRestoreMachine, machineInput(), attempt());
    const inspected = backupRestoreMachine.inspect(backupRestoreMachine.input.parse(machineInput()), contextOf(world));
    expect(await rejection(Promise.resolve(inspected))).toMatchObject({ code: 'name-taken' });
    // Another run's machine is left alone, whatever this run thinks of itself.
    expect(await rejection(Promise.resolve(undo(backupRestoreMachine, machineInput(), attempt())))).toMatchObject({
      code: 'name-taken',
    });
    expect(await stands(target())).toBe(200);
  });

  it('says what is missing before anything is sent', async () => {
    const nowhere = { ...(machineInput() as object), vault: idOf('Microsoft.RecoveryServices/vaults', 'nobody') };
    expect(await rejection(run(backupRestoreMachine, nowhere, attempt()))).toMatchObject({
      code: 'arm-not-found',
      ambiguous: false,
    });
    const tooOld = { ...(machineInput() as object), point: { before: 1000 } };
    expect(await rejection(run(backupRestoreMachine, tooOld, attempt()))).toMatchObject({
      code: 'point-missing',
      ambiguous: false,
    });
    expect(await triggers()).toEqual([]);
  });

  it('picks the same point for the same seed', async () => {
    for (let more = 0; more < 2; more += 1) await run(backupTrigger, source(), attempt());
    const pick = async (seed: number) =>
      (
        (await run(backupRestoreDisks, { ...(disksInput() as object), point: { random: seed } }, attempt())) as {
          point: string;
        }
      ).point;
    expect(await pick(7)).toBe(await pick(7));
  });
});
