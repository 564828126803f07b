import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresqlRestore } from '../../src/providers/azure/postgresql-restore.ts';
import {
  buildWorld,
  contextOf,
  ENDPOINT,
  inspect,
  PRIMARY,
  rejection,
  serverBody,
  startAndObserve,
} from './world-builder.ts';

const COPY = PRIMARY.replace(/db-weu$/, 'db-copy');
const AT = '2026-11-21T10:00:00.000Z';
const given = { source: PRIMARY, server: COPY, at: AT };
const ours = { 'drillmaster-run': 'run-1', 'drillmaster-restore': `db-weu at ${AT}` };
const accepted = { 'azure-asyncoperation': `${ENDPOINT}/operations/guid?t=signed` };
const api = () => nock(ENDPOINT);
const see = (tags: object | undefined, properties: object = {}) =>
  api()
    .get(COPY)
    .query(true)
    .reply(200, { ...serverBody(COPY, properties), ...(tags && { tags }) });
const seeNothing = () =>
  api()
    .get(COPY)
    .query(true)
    .reply(404, { error: { code: 'ResourceNotFound', message: 'none' } });
const operation = (status: string) =>
  api().get('/operations/guid').query(true).reply(200, { status }, { 'x-ms-retry-after-ms': '100' });
const takeBack = () =>
  postgresqlRestore.takeBack?.(postgresqlRestore.input.parse(given), null, contextOf(buildWorld()));

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('azure/postgresql.restore', () => {
  it('creates the server that it names, and nothing of the source is written', () => {
    const input = postgresqlRestore.input.parse(given);
    expect([postgresqlRestore.creates?.(input), postgresqlRestore.writes(input)]).toEqual([[COPY], []]);
  });

  it.each([
    [{}, 'done'],
    [{ state: 'Provisioning' }, 'running'],
    [{ state: 'Disabled' }, 'unknown'],
  ])('finds its own server with %j %s', async (properties, finding) => {
    see(ours, properties);
    expect(await inspect(postgresqlRestore, given)).toMatchObject({ finding });
  });

  it('is not started where nothing stands, and unknown where its own server holds another point in time', async () => {
    seeNothing();
    expect(await inspect(postgresqlRestore, given)).toMatchObject({ finding: 'not-started' });
    see({ ...ours, 'drillmaster-restore': 'db-weu at another time' });
    expect(await inspect(postgresqlRestore, given)).toMatchObject({ finding: 'unknown' });
  });

  it.each([[undefined], [{}], [{ ...ours, 'drillmaster-run': 'run-2' }]])(
    'never adopts nor removes a server with the tags %j',
    async (tags) => {
      see(tags);
      expect(await rejection(inspect(postgresqlRestore, given))).toMatchObject({
        code: 'name-taken',
        retryable: false,
      });
      see(tags);
      // A deletion would find no answer here, and fail with another error.
      expect(await rejection(Promise.resolve(takeBack()))).toMatchObject({ code: 'name-taken' });
    },
  );

  it.each([AT, Date.parse(AT)])('sends what the Azure SDK sends, and ends with a ready server, for %s', async (at) => {
    api().get(PRIMARY).query(true).reply(200, serverBody(PRIMARY));
    const properties = { createMode: 'PointInTimeRestore', sourceServerResourceId: PRIMARY, pointInTimeUTC: AT };
    api()
      .put(COPY, { location: 'westeurope', tags: ours, properties })
      .query({ 'api-version': '2025-08-01' })
      .reply(202, {}, accepted);
    operation('InProgress');
    operation('Succeeded');
    see(ours);
    const output = await startAndObserve(postgresqlRestore, { ...given, at });
    expect(output).toMatchObject({ server: COPY, state: 'Ready', restoredFrom: PRIMARY, restoredTo: Date.parse(AT) });
    expect(nock.isDone()).toBe(true);
  });

  it('restores to the newest point as the request says it, and finds that point again in the tag', async () => {
    api().get(PRIMARY).query(true).reply(200, serverBody(PRIMARY));
    let sent: { properties: { pointInTimeUTC: string }; tags: Record<string, string> } | undefined;
    api()
      .put(COPY, (body) => {
        sent = body;
        return true;
      })
      .query(true)
      .reply(202, {}, accepted);
    operation('Succeeded');
    see(ours);
    const before = Date.now();
    const output = await startAndObserve(postgresqlRestore, { ...given, at: 'newest' });
    expect(output).toMatchObject({ restoredTo: Date.parse(AT) });
    const at = sent?.properties.pointInTimeUTC ?? '';
    expect(Math.abs(Date.parse(at) - before)).toBeLessThan(60_000);
    expect(sent?.tags).toMatchObject({ 'drillmaster-restore': `db-weu at ${at}` });
    see({ ...ours, 'drillmaster-restore': 'other-db at 2026-11-21T10:00:00.000Z' });
    expect(await inspect(postgresqlRestore, { ...given, at: 'newest' })).toMatchObject({ finding: 'unknown' });
  });

  it('is taken back by one deletion that is waited for until the server is gone', async () => {
    see(ours);
    api().delete(COPY).query(true).reply(202, {}, accepted);
    operation('InProgress');
    operation('Succeeded');
    seeNothing();
    seeNothing();
    expect(await takeBack()).toEqual({ server: COPY, removed: true });
    expect(nock.isDone()).toBe(true);
  });

  it('is taken back without a request when nothing stands', async () => {
    seeNothing();
    expect(await takeBack()).toEqual({ server: COPY, removed: false });
  });

  it('is not taken back yet when the deletion failed', async () => {
    see(ours);
    api().delete(COPY).query(true).reply(202, {}, accepted);
    operation('Failed');
    expect(await rejection(Promise.resolve(takeBack()))).toMatchObject({ code: 'arm-operation-failed' });
  });
});
