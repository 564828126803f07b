import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downTwin, findTwin, findTwins, type TwinAddress, twinStatus } from '../../../src/twin/index.ts';
import { readRequest } from '../../../src/twin/supervisor-address.ts';
import { twinFolder } from '../../../src/twin/supervisor-folder.ts';
import { rejection } from '../control/plane-under-test.ts';
import { stillThere } from '../data/shared-memory.ts';
import { type Bench, leftOf, makeBench, memoryOfTwin, watchdogsOf } from './twin-under-test.ts';

/** What a restarted or dead twin must not keep open. */
const portsOf = ({ endpoint, hosts }: TwinAddress) => [
  Number(new URL(endpoint).port),
  ...Object.values(hosts).map(({ port }) => port),
];

const isOpen = (port: number) =>
  new Promise<boolean>((settle) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      settle(true);
    });
    socket.on('error', () => settle(false));
  });

async function openPorts(address: TwinAddress): Promise<readonly number[]> {
  const open = await Promise.all(portsOf(address).map(async (port) => ((await isOpen(port)) ? [port] : [])));
  return open.flat();
}

describe('a twin’s supervisor', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = makeBench();
  });
  afterEach(() => bench.remove());
  const dataOf = (name: string) => readRequest(twinFolder(bench.stateDir, name))?.data ?? '';

  it('comes up, is found, and leaves nothing when it goes down', async () => {
    const address = await bench.up('coming-and-going');
    const data = dataOf('coming-and-going');
    expect(existsSync(data)).toBe(true);
    expect(findTwin(bench.stateDir, 'coming-and-going')).toEqual(address);
    expect(findTwins(bench.stateDir)).toEqual([address]);
    expect(await openPorts(address)).toHaveLength(6);
    expect((await twinStatus(address)).servers).toMatchObject([
      { name: 'orders-db-weu', role: 'Primary', state: 'Ready' },
      { name: 'orders-db-neu', role: 'AsyncReplica', state: 'Ready', streaming: true },
    ]);
    await downTwin(bench.stateDir, 'coming-and-going');
    expect(findTwin(bench.stateDir, 'coming-and-going')).toBeUndefined();
    expect(leftOf(bench, data)).toEqual([]);
    expect(existsSync(data)).toBe(false);
    expect(await openPorts(address)).toEqual([]);
    expect((await rejection(downTwin(bench.stateDir, 'coming-and-going'))).code).toBe('not-found');
  });

  it('keeps its secrets to itself', async () => {
    const { token, postgres } = await bench.up('secretive');
    const folder = twinFolder(bench.stateDir, 'secretive');
    for (const file of ['address.json', 'request.json', 'supervisor.json'])
      expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
    expect(statSync(folder).mode & 0o066).toBe(0);
    const log = readFileSync(bench.logFile, 'utf8');
    expect(log).toContain('up at https://127.0.0.1:');
    for (const secret of [token, postgres.password, 'PRIVATE KEY']) expect(log).not.toContain(secret);
  });

  it('is one, however many are asked for at once', async () => {
    const asked = await Promise.allSettled([bench.up('contested'), bench.up('contested'), bench.up('contested')]);
    const won = asked.filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of asked)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'refused' });
    expect((await rejection(bench.up('contested'))).message).toContain('up or coming up');
    expect(findTwins(bench.stateDir)).toHaveLength(1);
  });

  it('killed without a word, leaves nothing: its watchdog sees to that', async () => {
    const address = await bench.up('killed');
    const data = dataOf('killed');
    const memory = memoryOfTwin(bench, 'killed');
    expect(stillThere(memory)).toHaveLength(memory.length);
    expect(memory).not.toEqual([]);
    process.kill(address.supervisor.pid, 'SIGKILL');
    await expect.poll(() => leftOf(bench, data)).toEqual([]);
    expect(existsSync(data)).toBe(false);
    await expect.poll(() => stillThere(memory)).toEqual([]);
    expect(await openPorts(address)).toEqual([]);
    expect(findTwin(bench.stateDir, 'killed')).toBeUndefined();
  });

  it('killed together with its watchdogs, is cleared away by the next one', async () => {
    const dead = await bench.up('killed-wholly');
    const data = dataOf('killed-wholly');
    const memory = memoryOfTwin(bench, 'killed-wholly');
    for (const pid of watchdogsOf(bench)) process.kill(pid, 'SIGKILL');
    process.kill(dead.supervisor.pid, 'SIGKILL');
    await expect.poll(() => findTwin(bench.stateDir, 'killed-wholly')).toBeUndefined();
    expect(leftOf(bench, data).length).toBeGreaterThan(3);
    const address = await bench.up('killed-wholly');
    expect(await openPorts(dead)).toEqual([]);
    await downTwin(bench.stateDir, 'killed-wholly');
    expect(leftOf(bench, data)).toEqual([]);
    expect(stillThere(memory)).toEqual([]);
    expect(await openPorts(address)).toEqual([]);
  });

  it('that cannot come up says why and leaves nothing', async () => {
    const fails = [process.execPath, '-e', 'console.error("there is no room"); process.exit(3)'];
    const error = await rejection(bench.up('failing', {}, fails));
    expect(error.code).toBe('twin-failed');
    expect(error.message).toContain('there is no room');
    expect(leftOf(bench)).toEqual([]);
    expect((await rejection(bench.up('failing', {}, ['/nowhere/node']))).message).toContain('ENOENT');
    expect((await rejection(bench.up('failing', { seed: -1 }))).code).toBe('refused');
    expect(leftOf(bench)).toEqual([]);
  });

  it('goes down at a signal, too', async () => {
    const address = await bench.up('signalled');
    process.kill(address.supervisor.pid, 'SIGTERM');
    await expect.poll(() => leftOf(bench)).toEqual([]);
    expect(await openPorts(address)).toEqual([]);
  });
});

describe('a state folder that PostgreSQL’s user cannot pass', () => {
  it('gets its data elsewhere, and that is removed as well', async () => {
    const bench = makeBench(0o700);
    try {
      mkdirSync(join(bench.stateDir, 'twins'));
      chmodSync(bench.stateDir, 0o700);
      const address = await bench.up('hidden');
      const data = readRequest(twinFolder(bench.stateDir, 'hidden'))?.data ?? '';
      expect(data.startsWith(bench.stateDir)).toBe(process.geteuid?.() !== 0);
      process.kill(address.supervisor.pid, 'SIGKILL');
      await expect.poll(() => leftOf(bench, data)).toEqual([]);
      await expect.poll(() => existsSync(data)).toBe(false);
    } finally {
      await bench.remove();
    }
  });
});
