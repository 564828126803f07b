// Virtual machines as real processes on real folders: what they keep, what a copy of their disk holds, and what their network lets through.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Disks } from '../../../src/twin/control/machine-plane.ts';
import { openArchive } from '../../../src/twin/data/machines/archive.ts';
import { createDisks } from '../../../src/twin/data/machines/disks.ts';
import { createMachines, type EstateMachines } from '../../../src/twin/data/machines/machines.ts';
import { powerOff } from '../../../src/twin/process/power-off.ts';
import { openRegistry, type Registry } from '../../../src/twin/process/registry.ts';
import { rejection } from '../../providers/world-builder.ts';
import { isRunning, untilOver } from '../process/sleepers.ts';
import { ask } from './sockets.ts';

/** True: production takes requests and answers none. */
let isSilent = false;
const production = createServer((_, response) => void (isSilent || response.end('{}')));
let folder: string;
let disks: Disks;
let registry: Registry;
let machines: EstateMachines;
let now = Date.now;

beforeAll(() => new Promise<void>((resolve) => production.listen(0, '127.0.0.1', resolve)));
afterAll(() => void production.close());
beforeEach(() => {
  now = Date.now;
  isSilent = false;
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-test-'));
  disks = createDisks(folder);
  registry = openRegistry(join(folder, 'registry.json'));
  const { port } = production.address() as AddressInfo;
  machines = createMachines({ disks, registry, now: () => now(), portOfHost: () => port });
});
afterEach(async () => {
  await machines.close();
  rmSync(folder, { recursive: true, force: true });
});

const PLACE = { name: 'archive-1', group: 'g', region: 'west', subnet: 'net/apps' };
async function create(work = {}, place = PLACE): Promise<void> {
  await disks.create({ ...place, name: `${place.name}-data` });
  await machines.create(place, `${place.name}-data`, work);
}
const put = (number: number, body: string, name = 'archive-1') =>
  ask(machines.portOf(name), { path: `/documents/${number}`, method: 'PUT', body });
const get = async (path: string, name = 'archive-1') => (await ask(machines.portOf(name), { path })).body;

describe('a machine', () => {
  it('keeps documents, knows them again, and does not overwrite one', async () => {
    await create();
    expect([(await put(1, 'one')).status, (await put(1, 'one')).status, (await put(1, 'two')).status]).toEqual([
      201, 200, 409,
    ]);
    expect(await get('/documents/1')).toEqual({ number: 1, text: 'one' });
    expect(await get('/documents')).toMatchObject({ machine: 'archive-1', count: 1, newest: 1, broken: 0 });
  });

  it('finds a document whose file was changed or lost', async () => {
    await create();
    for (const number of [1, 2, 3]) await put(number, `document ${number}`);
    writeFileSync(join(disks.folder('archive-1-data'), 'documents', '2.json'), 'document X');
    rmSync(join(disks.folder('archive-1-data'), 'documents', '3.json'));
    expect(await get('/documents')).toMatchObject({ count: 3, broken: 2 });
  });

  it('files documents of its own when it has work', async () => {
    await create({ writesEveryMs: 10 });
    await expect.poll(async () => Number((await get('/documents'))['count'])).toBeGreaterThan(5);
  });

  it('keeps its data and its port when it is powered off and started again', async () => {
    await create();
    await put(7, 'seven');
    const port = machines.portOf('archive-1');
    await machines.stop('archive-1');
    expect([machines.find('archive-1')?.running, registry.list()]).toEqual([false, []]);
    await expect(get('/documents')).rejects.toThrow();
    await machines.start('archive-1');
    expect(machines.portOf('archive-1')).toBe(port);
    expect(await get('/documents')).toMatchObject({ count: 1, newest: 7, broken: 0 });
  });

  it('has one process, however often it is started at once', async () => {
    await create();
    await machines.stop('archive-1');
    await Promise.all([machines.start('archive-1'), machines.start('archive-1'), machines.revive('west')]);
    expect(registry.list()).toHaveLength(1);
  });

  it('is gone with its process when it is removed, and its disk stays', async () => {
    await create();
    const [pid = 0] = machines.pidsIn('west');
    await machines.remove('archive-1');
    expect([isRunning(pid), machines.names(), disks.names()]).toEqual([false, [], ['archive-1-data']]);
  });

  it('dies with its region and comes back with it, unless it was off', async () => {
    await create();
    await create({}, { ...PLACE, name: 'archive-2' });
    await machines.stop('archive-2');
    await put(1, 'one');
    const pids = machines.pidsIn('west');
    powerOff(pids);
    expect(machines.forget('west').map(({ name }) => name)).toEqual(['archive-1']);
    await untilOver(pids);
    await machines.revive('west');
    expect(['archive-1', 'archive-2'].map((name) => machines.find(name)?.running)).toEqual([true, false]);
    expect(await get('/documents')).toMatchObject({ count: 1, broken: 0 });
  });
});

describe('the network of a machine', () => {
  const seen = async () => (await get('/healthz'))['production'];

  it('lets it reach production until its way out is cut, and again after that', async () => {
    await create({ production: 'shop.example' });
    await expect.poll(seen).toBe('reachable');
    machines.allow('net/apps', { inbound: true, outbound: false });
    await expect.poll(seen).toBe('unreachable');
    machines.allow('net/apps', { inbound: true, outbound: true });
    await expect.poll(seen).toBe('reachable');
  });

  it('is not judged before the first look has ended', async () => {
    isSilent = true;
    await create({ production: 'shop.example' });
    expect(await seen()).toBe('unknown');
    expect(await get('/healthz?looked')).toMatchObject({ production: 'unreachable' });
  });

  it('lets nobody in when its way in is cut', async () => {
    await create();
    machines.allow('net/apps', { inbound: false, outbound: true });
    const { port } = { port: machines.portOf('archive-1') };
    await expect(fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
  });

  it('holds for a machine that comes later, and not for one in another subnet', async () => {
    machines.allow('net/apps', { inbound: true, outbound: false });
    await create({ production: 'shop.example' });
    await create({ production: 'shop.example' }, { ...PLACE, name: 'archive-2', subnet: 'net/open' });
    await expect.poll(async () => (await get('/healthz', 'archive-2'))['production']).toBe('reachable');
    await expect.poll(seen).toBe('unreachable');
  });

  it('is none of its business without production', async () => {
    await create();
    expect(await get('/healthz')).toEqual({ machine: 'archive-1', region: 'west', production: 'none' });
  });
});

describe('a snapshot', () => {
  it.each(['application', 'crash'] as const)(
    'that is %s-consistent holds every document that was promised before',
    async (consistency) => {
      await create({ writesEveryMs: 1 });
      await expect.poll(async () => Number((await get('/documents'))['count'])).toBeGreaterThan(5);
      const promised = Number((await get('/documents'))['count']);
      const before = Date.now();
      const { takenAt } = await machines.snapshot('archive-1', join(folder, 'copy'), consistency);
      expect(takenAt).toBeGreaterThanOrEqual(before);
      await disks.create({ name: 'copy', group: 'g', region: 'west' }, join(folder, 'copy'));
      await machines.create({ ...PLACE, name: 'restored' }, 'copy');
      const restored = await get('/documents', 'restored');
      expect(restored).toMatchObject({ machine: 'restored', broken: 0 });
      expect(restored['count']).toBeGreaterThanOrEqual(promised);
      expect(restored['newestAt']).toBeLessThanOrEqual(takenAt);
      // The original goes on.
      await expect
        .poll(async () => Number((await get('/documents'))['count']))
        .toBeGreaterThan(Number(restored['count']));
    },
  );

  it('waits for another one, whose end would be the end of its stillness', async () => {
    await create();
    await put(1, 'one');
    // Told before each copy begins: whether the first one is whole.
    const whole: boolean[] = [];
    now = () => whole.push(existsSync(join(folder, 'copy-1', 'manifest')));
    const copies = ['copy-1', 'copy-2'].map((name) =>
      machines.snapshot('archive-1', join(folder, name), 'application'),
    );
    await Promise.all(copies);
    expect(whole).toEqual([false, true]);
  });

  it('of a machine that is off is a copy of its disk', async () => {
    await create();
    await put(1, 'one');
    await machines.stop('archive-1');
    await machines.snapshot('archive-1', join(folder, 'copy'), 'application');
    expect(readdirSync(join(folder, 'copy', 'documents'))).toEqual(['1.json']);
  });
});

describe('an archive', () => {
  it('takes no line that was cut off for a document, and goes on behind it', async () => {
    const now = () => 1000;
    const first = await openArchive(folder, now);
    for (const number of [1, 2]) await first.file(number, `document ${number}`);
    const manifest = join(folder, 'manifest');
    truncateSync(manifest, readFileSync(manifest).length - 20);
    await first.close();
    const second = await openArchive(folder, now);
    expect(await second.summary()).toMatchObject({ count: 1, broken: 0 });
    expect(await second.file(3, 'document 3')).toBe('filed');
    await second.close();
    const third = await openArchive(folder, now);
    expect(await third.summary()).toMatchObject({ count: 2, newest: 3, broken: 0 });
    await third.close();
  });

  it('files nothing while it is held, and everything after its release', async () => {
    const archive = await openArchive(folder, () => 1000);
    await archive.hold();
    const filing = archive.file(1, 'one');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await archive.summary()).count).toBe(0);
    archive.release();
    await expect(filing).resolves.toBe('filed');
    await archive.close();
  });
});

describe('names', () => {
  it('stand once, and unknown ones are refused', async () => {
    await create();
    expect(await rejection(create())).toMatchObject({ code: 'name-taken' });
    expect(await rejection(machines.create(PLACE, 'archive-1-data'))).toMatchObject({ code: 'name-taken' });
    expect(await rejection(machines.start('nobody'))).toMatchObject({ code: 'unknown-machine' });
    expect(await rejection(machines.create({ ...PLACE, name: 'other' }, 'nothing'))).toMatchObject({
      code: 'unknown-disk',
    });
    expect(machines.names()).toEqual(['archive-1']);
  });
});
