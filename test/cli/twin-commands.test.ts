import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAddress, writeSupervisor } from '../../src/twin/supervisor-address.ts';
import { identityOf } from '../../src/twin/supervisor-process.ts';
import { type PlaneUnderTest, planeUnderTest, TOKEN } from '../twin/control/plane-under-test.ts';
import { runInProcess } from './terminal.ts';

describe('commands on a twin that is up', () => {
  let twin: PlaneUnderTest;
  const state = mkdtempSync(join(tmpdir(), 'drillmaster-twin-commands-'));
  const world = 'region-failover';
  beforeAll(async () => {
    twin = await planeUnderTest();
    const folder = join(state, 'twins', world);
    mkdirSync(folder, { recursive: true });
    const supervisor = identityOf(process.pid) ?? { pid: process.pid, startTicks: 0 };
    writeSupervisor(folder, supervisor);
    writeFileSync(join(folder, 'world.yaml'), '');
    writeAddress(folder, {
      ...{ formatVersion: 1, name: world, owner: 'person', upSince: Date.now(), supervisor, token: TOKEN, hosts: {} },
      endpoint: twin.control.endpoint,
      nameServer: twin.control.nameServer,
      authority: twin.certificates.authority,
      client: { clientId: 'client', clientSecret: 'secret', identityHeader: 'header' },
      postgres: { user: 'postgres', password: 'secret', database: 'postgres' },
    });
  });
  afterAll(async () => {
    await twin.close();
    rmSync(state, { recursive: true, force: true });
  });
  const run = (...words: readonly string[]) => runInProcess('twin', ...words, '--state', state);

  it('shows the estate as a table of at most 80 columns, with what is active', async () => {
    await run('fault', world, 'throttle', '--match', 'GET *nothing', '--probability', '0.5', '--times', '3');
    const { status, out } = await run('status', world);
    expect(status).toBe(0);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    for (const text of [
      'westeurope',
      'Microsoft.DBforPostgreSQL/flexibleServers',
      'orders-db-weu',
      'orders-tm',
      'throttle',
      twin.control.nameServer,
    ])
      expect(out).toContain(text);
  });

  it('shows the requests that were answered, those that match, and what they did', async () => {
    await twin.send(
      'GET',
      `/subscriptions/${twin.world.subscription}/resourcegroups/rg-orders-weu?api-version=2025-04-01`,
      undefined,
      { 'x-ms-client-request-id': 'client-5' },
    );
    const { out } = await run('log', world, '--match', 'CLIENT-5', '--json');
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { method: 'GET', status: 200, clientRequestId: 'client-5', operation: 'GET Microsoft.Resources/resourceGroups' },
    ]);
    expect((await run('log', world, '--match', 'client-5')).out).toMatch(
      /200 +\d+ ms {2}GET .*rg-orders-weu\n {2}GET .*client-5/,
    );
    expect((await run('log', world, '--match', 'nobody asked this')).out).toBe('');
  });

  it.each([
    [['region-outage'], '--region'],
    [['faulty-release'], '--server'],
    [['link'], '--between'],
    [['lost-reply'], '--match'],
    [['corrupt-host'], '--with'],
    [['corrupt-host', '--with', 'closed'], '--with'],
    [['throttle', '--match', 'x', '--probability', 'often'], '--probability'],
  ])('tells in words what %j misses', async (words, option) => {
    const { status, err } = await run('fault', world, ...words);
    expect(status).not.toBe(0);
    expect(err).toContain(option);
    expect(err).not.toContain('Invalid input');
  });

  it('plants corruption and takes it back', async () => {
    const given = JSON.stringify({ host: 'shop.example', change: 'closed' });
    const { out } = await run('fault', world, 'corrupt-host', '--with', given);
    const { id, planted } = JSON.parse(out) as { readonly id: string; readonly planted: string };
    expect(planted).toBe('corrupt-host closed');
    expect((await run('fault', world, id, '--end')).status).toBe(0);
    expect((await run('fault', world)).out).not.toContain(id);
  });

  it('gives a failing operation its own message', async () => {
    const { out } = await run('fault', world, 'failing-operation', '--match', 'PATCH *x', '--message', 'no capacity');
    expect(out).toContain('failing-operation');
    expect(JSON.stringify((await twin.send('GET', '/twin/faults')).body)).toContain('no capacity');
  });
});
