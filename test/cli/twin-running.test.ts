// Commands on a twin that runs as it does for people: a supervisor process, real requests over HTTPS and HTTP.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downTwin, type TwinAddress } from '../../src/twin/index.ts';
import { type Bench, makeBench } from '../twin/supervisor/twin-under-test.ts';
import { runInProcess } from './terminal.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/drillmaster.mjs');
const WORLD = 'watched';
const SHOP = 'orders-shop.trafficmanager.net';
const GROUP = '/subscriptions/5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c01/resourceGroups/rg-orders-weu';
const WAIT_MS = 60_000;

let bench: Bench;
let twin: TwinAddress;
beforeAll(async () => {
  bench = makeBench();
  twin = await bench.up(WORLD);
});
afterAll(() => bench.remove());

const run = (...words: readonly string[]) => runInProcess('twin', ...words, '--state', bench.stateDir);

/** Asks the control plane for the resource group as a client of Azure does, and gives the answer's status. */
function askAzure(clientRequestId: string): Promise<number | undefined> {
  const url = new URL(`${GROUP}?api-version=2025-04-01`, twin.endpoint);
  const headers = { authorization: `Bearer ${twin.token}`, 'x-ms-client-request-id': clientRequestId };
  return new Promise((settle, fail) => {
    const request = getSecure(url, { ca: twin.authority, headers, agent: false }, (answer) => {
      answer.resume().on('end', () => settle(answer.statusCode));
    });
    request.on('error', fail);
  });
}

/** The status that the shop answers under its public name, or the code of the connection that failed. */
const askShop = (): Promise<number | string | undefined> =>
  new Promise((settle) => {
    const { port } = twin.hosts[SHOP] ?? { port: 0 };
    const request = getPlain(
      { host: '127.0.0.1', port, path: '/healthz', headers: { host: SHOP }, agent: false },
      (answer) => {
        answer.resume().on('end', () => settle(answer.statusCode));
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => settle(error.code));
  });

async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + WAIT_MS;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(`expected ${what} within ${WAIT_MS} ms`);
    await sleep(50);
  }
}

describe('twin fault on a running twin', () => {
  it('throttles the request that it names, as often as it says, and no other', async () => {
    expect(await askAzure('before')).toBe(200);
    const match = 'GET *resourcegroups/rg-orders-weu';
    expect(await run('fault', WORLD, 'throttle', '--match', match, '--times', '2')).toMatchObject({ status: 0 });
    expect([await askAzure('a'), await askAzure('b'), await askAzure('c')]).toEqual([429, 429, 200]);
  });

  it('takes a region from those who use it, and gives it back', async () => {
    await eventually('a shop that is well', async () => (await askShop()) === 200);
    expect(await run('fault', WORLD, 'region-outage', '--region', 'westeurope')).toMatchObject({ status: 0 });
    expect(await askShop()).not.toBe(200);
    const active = await run('fault', WORLD);
    expect(JSON.parse(active.out.trim())).toMatchObject({ fault: 'region-outage', region: 'westeurope' });
    expect(await run('fault', WORLD, 'region-outage', '--region', 'westeurope', '--end')).toMatchObject({ status: 0 });
    await eventually('a shop that is well again', async () => (await askShop()) === 200);
    expect((await run('fault', WORLD)).out).toBe('no fault is active\n');
  });
});

describe('twin log --follow', () => {
  it('shows each request once when it comes, leaves its own looks out, and ends with the twin', async () => {
    const args = [PROGRAM, 'twin', 'log', WORLD, '--follow', '--match', 'seen-', '--json', '--state', bench.stateDir];
    await askAzure('seen-before');
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      const ended = once(child, 'exit');
      let out = '';
      let err = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      const shown = () =>
        out
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => (JSON.parse(line) as { readonly clientRequestId: string }).clientRequestId);
      await eventually('what was asked before', () => shown().includes('seen-before'));
      await askAzure('seen-first');
      await eventually('the first request', () => shown().includes('seen-first'));
      await askAzure('not-wanted');
      await askAzure('seen-second');
      await askAzure('seen-third');
      await eventually('the last request', () => shown().includes('seen-third'));
      expect(shown()).toEqual(['seen-before', 'seen-first', 'seen-second', 'seen-third']);
      await downTwin(bench.stateDir, WORLD);
      expect(await ended).toEqual([0, null]);
      expect(err).toBe('');
      expect(shown()).toHaveLength(4);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('without a match does not show its own looks while it goes on', async () => {
    twin = await bench.up('looked-at');
    const child = spawn(
      process.execPath,
      [PROGRAM, 'twin', 'log', 'looked-at', '--follow', '--state', bench.stateDir],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    try {
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
      // What is there at the start is shown whole. Two requests later it has looked at least once more.
      await eventually('a line of the log', () => out !== '');
      const before = out.split('/twin/log').length;
      for (const id of ['one', 'two']) {
        await askAzure(id);
        await eventually(`the request ${id}`, () => out.includes(id));
      }
      expect(out.split('/twin/log')).toHaveLength(before);
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
    } finally {
      child.kill('SIGKILL');
    }
  });
});
