import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresqlPromote } from '../../src/providers/azure/postgresql-promote.ts';
import { postgresqlReplica } from '../../src/providers/azure/postgresql-replica.ts';
import { postgresqlRestart } from '../../src/providers/azure/postgresql-restart.ts';
import {
  buildWorld,
  contextOf,
  ENDPOINT,
  inspect,
  PRIMARY,
  PROFILE,
  REPLICA,
  rejection,
  serverBody,
  startAndObserve,
} from './world-builder.ts';

const OPERATION = `${ENDPOINT}/operations/guid?t=signed`;
const accepted = { 'azure-asyncoperation': OPERATION, location: `${ENDPOINT}/results/guid?t=signed` };
const soon = { 'x-ms-retry-after-ms': '100' };
const pg = { 'api-version': '2025-08-01' };
const api = () => nock(ENDPOINT);
const seeServer = (id: string, properties: object = {}, location?: string) =>
  api()
    .get(id)
    .query(pg)
    .reply(200, serverBody(id, properties, location));
const asReplica = {
  replicationRole: 'AsyncReplica',
  sourceServerResourceId: PRIMARY,
  replica: { role: 'AsyncReplica', replicationState: 'Active' },
};

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('azure/postgresql.promote', () => {
  it.each([
    [{ ...asReplica }, 'not-started'],
    [{ ...asReplica, state: 'Updating' }, 'running'],
    [{ replicationRole: 'Primary' }, 'done'],
    [{ replicationRole: 'Primary', state: 'Updating' }, 'running'],
    [{ replicationRole: 'Primary', state: 'Stopped' }, 'unknown'],
    [{ ...asReplica, state: 'Inaccessible' }, 'unknown'],
    [{ replicationRole: 'None', replica: null }, 'unknown'],
  ])('finds %j %s', async (properties, finding) => {
    seeServer(REPLICA, properties);
    expect(await inspect(postgresqlPromote, { server: REPLICA })).toMatchObject({ finding });
  });

  it.each([
    ['forced', 'Forced'],
    ['planned', 'Planned'],
  ])('sends a %s switchover as the Azure SDK does, and ends with a primary', async (mode, promoteOption) => {
    const body = { properties: { replica: { role: 'Primary', promoteMode: 'Switchover', promoteOption } } };
    api().patch(REPLICA, body).query(pg).reply(202, {}, accepted);
    api().get('/operations/guid').query(true).reply(200, { status: 'InProgress' }, soon);
    api().get('/operations/guid').query(true).reply(200, { status: 'Succeeded' });
    seeServer(REPLICA);
    const output = await startAndObserve(postgresqlPromote, { server: REPLICA, mode });
    expect(output).toMatchObject({
      server: REPLICA,
      replicationRole: 'Primary',
      state: 'Ready',
      host: 'db-neu.postgres.database.azure.com',
    });
    expect(nock.isDone()).toBe(true);
  });

  it('waits for a server that is still changing after the operation', async () => {
    api().patch(REPLICA).query(pg).reply(202, {}, accepted);
    api().get('/operations/guid').query(true).reply(200, { status: 'Succeeded' });
    seeServer(REPLICA, { ...asReplica, state: 'Updating' });
    seeServer(REPLICA);
    seeServer(REPLICA);
    expect(await startAndObserve(postgresqlPromote, { server: REPLICA })).toMatchObject({ replicationRole: 'Primary' });
  });

  it('does not believe an operation that succeeded and promoted nobody', async () => {
    api().patch(REPLICA).query(pg).reply(202, {}, accepted);
    api().get('/operations/guid').query(true).reply(200, { status: 'Succeeded' });
    seeServer(REPLICA, asReplica);
    const error = await rejection(startAndObserve(postgresqlPromote, { server: REPLICA }));
    expect(error).toMatchObject({ code: 'promotion-failed', retryable: false });
    expect(error.message).toContain('AsyncReplica');
  });

  it('watches the server itself when the handle was lost', async () => {
    seeServer(REPLICA, { ...asReplica, state: 'Ready', replicationRole: 'Primary' });
    seeServer(REPLICA);
    const context = contextOf(buildWorld());
    expect(await postgresqlPromote.observe({ server: REPLICA, mode: 'forced' }, undefined, context)).toMatchObject({
      replicationRole: 'Primary',
    });
  });

  it('sends a promotion whose reply is lost once, and says that nobody knows', async () => {
    let sent = 0;
    api()
      .persist()
      .patch(REPLICA, () => ++sent > 0)
      .query(pg)
      .replyWithError(Object.assign(new Error('hang up'), { code: 'ECONNRESET' }));
    expect(await rejection(startAndObserve(postgresqlPromote, { server: REPLICA }))).toMatchObject({ ambiguous: true });
    expect(sent).toBe(1);
  });

  it.each([
    { server: PROFILE },
    { server: 'db-neu' },
    {},
    { server: REPLICA, mode: 'quick' },
    { server: REPLICA, extra: 1 },
  ])('refuses the input %j', (given) => expect(postgresqlPromote.input.safeParse(given).success).toBe(false));
});

describe('azure/postgresql.replica', () => {
  const given = { server: REPLICA, source: PRIMARY };

  it.each([
    [asReplica, 'done'],
    [{ ...asReplica, sourceServerResourceId: PRIMARY.toUpperCase() }, 'done'],
    [{ ...asReplica, state: 'Provisioning' }, 'running'],
    [{ ...asReplica, state: 'Updating' }, 'running'],
    [{ ...asReplica, replica: { replicationState: 'Reconfiguring' } }, 'running'],
    [{ ...asReplica, replica: { replicationState: 'Catchup' } }, 'running'],
    [{ ...asReplica, replica: { replicationState: 'Broken' } }, 'not-started'],
    [{ ...asReplica, sourceServerResourceId: REPLICA }, 'unknown'],
    [{ replicationRole: 'Primary' }, 'unknown'],
    [{ ...asReplica, state: 'Stopped' }, 'unknown'],
  ])('finds %j %s', async (properties, finding) => {
    seeServer(REPLICA, properties);
    const seen = await inspect(postgresqlReplica, given);
    expect(seen).toMatchObject({ finding });
    expect(seen.detail).toContain(REPLICA);
  });

  it('is not started where there is no server', async () => {
    api()
      .get(REPLICA)
      .query(pg)
      .reply(404, { error: { code: 'ResourceNotFound', message: 'none' } });
    expect(await inspect(postgresqlReplica, given)).toMatchObject({ finding: 'not-started' });
  });

  it('creates it in the region of the source, and waits until it streams', async () => {
    api()
      .get(REPLICA)
      .query(pg)
      .reply(404, { error: { code: 'ResourceNotFound', message: 'none' } });
    seeServer(PRIMARY, {}, 'West Europe');
    const body = { location: 'West Europe', properties: { createMode: 'Replica', sourceServerResourceId: PRIMARY } };
    api().put(REPLICA, body).query(pg).reply(202, {}, accepted);
    api().get('/operations/guid').query(true).reply(200, { status: 'Succeeded' });
    seeServer(REPLICA, { ...asReplica, replica: { replicationState: 'Catchup' } });
    seeServer(REPLICA, asReplica);
    expect(await startAndObserve(postgresqlReplica, given)).toMatchObject({
      replicationRole: 'AsyncReplica',
      sourceServer: PRIMARY,
    });
    expect(nock.isDone()).toBe(true);
  });

  it('starts a broken stream anew where the server stands', async () => {
    seeServer(REPLICA, { ...asReplica, state: 'Disabled', replica: { replicationState: 'Broken' } }, 'northeurope');
    seeServer(REPLICA, { ...asReplica, state: 'Disabled', replica: { replicationState: 'Broken' } }, 'northeurope');
    api()
      .put(REPLICA, (body: { location?: string }) => body.location === 'northeurope')
      .query(pg)
      .reply(202, {}, accepted);
    const context = contextOf(buildWorld());
    expect(await inspect(postgresqlReplica, given, context)).toMatchObject({ finding: 'not-started' });
    await postgresqlReplica.start(given, context);
    expect(nock.isDone()).toBe(true);
  });

  it('creates it where it is told to', async () => {
    api()
      .put(REPLICA, (body: { location?: string }) => body.location === 'northeurope')
      .query(pg)
      .reply(202, {}, accepted);
    await postgresqlReplica.start({ ...given, location: 'northeurope' }, contextOf(buildWorld()));
    expect(nock.isDone()).toBe(true);
  });

  it('fails when replication breaks', async () => {
    seeServer(REPLICA, asReplica);
    seeServer(REPLICA, { ...asReplica, replica: { replicationState: 'Broken' } });
    const error = await rejection(postgresqlReplica.observe(given, undefined, contextOf(buildWorld())));
    expect(error).toMatchObject({ code: 'replica-failed' });
  });
});

describe('azure/postgresql.restart', () => {
  it.each([
    ['Ready', 'not-started'],
    ['Restarting', 'running'],
    ['Stopped', 'unknown'],
  ])('finds a server that is %s %s', async (state, finding) => {
    seeServer(PRIMARY, { state });
    expect(await inspect(postgresqlRestart, { server: PRIMARY })).toMatchObject({ finding });
  });

  it('cannot tell of a restart that was sent, once the server is ready', async () => {
    seeServer(PRIMARY, { state: 'Ready' });
    const sent = contextOf(buildWorld(), { attemptedAt: 1 });
    expect(await inspect(postgresqlRestart, { server: PRIMARY }, sent)).toMatchObject({ finding: 'unknown' });
  });

  it('restarts it and waits until it is ready', async () => {
    api().post(`${PRIMARY}/restart`).query(pg).reply(202, '', accepted);
    api().get('/operations/guid').query(true).reply(200, { status: 'Succeeded' });
    seeServer(PRIMARY);
    expect(await startAndObserve(postgresqlRestart, { server: PRIMARY })).toMatchObject({ state: 'Ready' });
  });

  it('fails when the server does not come back', async () => {
    api().post(`${PRIMARY}/restart`).query(pg).reply(202, '', accepted);
    api().get('/operations/guid').query(true).reply(200, { status: 'Succeeded' });
    seeServer(PRIMARY, { state: 'Stopped' });
    expect(await rejection(startAndObserve(postgresqlRestart, { server: PRIMARY }))).toMatchObject({
      code: 'restart-failed',
    });
  });
});
