// The two actions on storage accounts, held to the wire.
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storageFailover } from '../../src/providers/azure/storage-failover.ts';
import { storagePointInTimeRestore } from '../../src/providers/azure/storage-point-in-time-restore.ts';
import { storageReplication } from '../../src/providers/azure/storage-replication.ts';
import {
  buildWorld,
  contextOf,
  ENDPOINT,
  inspect,
  PRIMARY,
  rejection,
  SUBSCRIPTION,
  startAndObserve,
} from './world-builder.ts';

const ACCOUNT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/docs`;
const given = { account: ACCOUNT, to: 'northeurope' };
const location = `${ENDPOINT}/operations/guid?t=signed`;
const soon = { location, 'x-ms-retry-after-ms': '100' };
const SYNCED = '2026-11-21T10:00:00Z';
const geo = {
  secondaryLocation: 'northeurope',
  geoReplicationStats: { status: 'Live', lastSyncTime: SYNCED, canFailover: true },
};
const after = { primaryLocation: 'northeurope' };
const api = () => nock(ENDPOINT);
const see = (properties: object, sku = 'Standard_RAGRS') =>
  api()
    .get(ACCOUNT)
    .query({ 'api-version': '2025-01-01', $expand: 'geoReplicationStats' })
    .reply(200, {
      id: ACCOUNT,
      sku: { name: sku },
      properties: { provisioningState: 'Succeeded', primaryLocation: 'westeurope', ...properties },
    });
const lost = () => Object.assign(new Error('hang up'), { code: 'ECONNRESET' });

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('azure/storage.failover', () => {
  it.each([
    [geo, 'Standard_RAGRS', 'not-started'],
    [{ ...geo, failoverInProgress: true }, 'Standard_RAGRS', 'running'],
    [after, 'Standard_LRS', 'done'],
    [{ ...after, secondaryLocation: 'westeurope' }, 'Standard_RAGRS', 'done'],
    [{ ...geo, geoReplicationStats: { status: 'Unavailable', canFailover: false } }, 'Standard_RAGRS', 'unknown'],
    [{ ...geo, secondaryLocation: 'uksouth' }, 'Standard_RAGRS', 'unknown'],
    [{}, 'Standard_LRS', 'unknown'],
  ])('finds %j with the sku %s %s', async (properties, sku, finding) => {
    see(properties, sku);
    expect(await inspect(storageFailover, given)).toMatchObject({ finding });
  });

  it.each([
    ['unplanned', { 'api-version': '2025-01-01' }],
    ['planned', { 'api-version': '2025-01-01', failoverType: 'Planned' }],
  ])('sends an %s one as the Azure SDK does, and says what it goes back to', async (mode, query) => {
    see(geo);
    api().post(`${ACCOUNT}/failover`).query(query).reply(202, '', soon);
    api().get('/operations/guid').query(true).reply(202, '', soon);
    api().get('/operations/guid').query(true).reply(200, {});
    see(after, 'Standard_LRS');
    expect(await startAndObserve(storageFailover, { ...given, mode })).toEqual({
      account: ACCOUNT,
      sku: 'Standard_LRS',
      primary: 'northeurope',
      secondary: null,
      lastSyncTime: null,
      recoveredTo: Date.parse(SYNCED),
    });
    expect(nock.isDone()).toBe(true);
  });

  it('waits for an account that is still failing over when its operation is over, and when its handle was lost', async () => {
    see({ ...geo, failoverInProgress: true });
    see({ ...geo, failoverInProgress: true });
    see(after, 'Standard_LRS');
    const context = contextOf(buildWorld());
    const observed = await storageFailover.observe({ ...given, mode: 'unplanned' }, undefined, context);
    expect(observed).toMatchObject({ primary: 'northeurope', recoveredTo: null });
  });

  it('knows what it goes back to from the record of its intent, when its handle was lost', async () => {
    const sent = contextOf(buildWorld(), { intendedAt: 1, attemptedAt: 1, before: { lastSyncTime: SYNCED } });
    const recoveredTo = Date.parse(SYNCED);
    see(geo);
    expect(await inspect(storageFailover, given)).toMatchObject({ before: { lastSyncTime: SYNCED } });
    see(after, 'Standard_LRS');
    const found = await inspect(storageFailover, given, sent);
    expect(found).toMatchObject({ finding: 'done', output: { recoveredTo } });
    for (let looks = 0; looks < 2; looks += 1) see(after, 'Standard_LRS');
    const observed = await storageFailover.observe({ ...given, mode: 'unplanned' }, undefined, sent);
    expect(observed).toMatchObject({ recoveredTo });
    see(after, 'Standard_LRS');
    expect(await inspect(storageFailover, given)).toMatchObject({ output: { recoveredTo: null } });
  });

  it('does not believe an operation that succeeded and left the account where it was', async () => {
    see(geo);
    api().post(`${ACCOUNT}/failover`).query(true).reply(202, '', soon);
    api().get('/operations/guid').query(true).reply(200, {});
    see(geo);
    const error = await rejection(startAndObserve(storageFailover, given));
    expect(error).toMatchObject({ code: 'failover-failed', retryable: false });
    expect(error.message).toContain('Standard_RAGRS in westeurope');
  });

  it('is sent once when its reply is lost, and says that nobody knows', async () => {
    see(geo);
    let sent = 0;
    api()
      .persist()
      .post(`${ACCOUNT}/failover`, () => ++sent > 0)
      .query(true)
      .replyWithError(lost());
    expect(await rejection(startAndObserve(storageFailover, given))).toMatchObject({ ambiguous: true });
    expect(sent).toBe(1);
  });

  it('is refused for good when the service says so, and for now when it is throttled', async () => {
    see(geo);
    api()
      .post(`${ACCOUNT}/failover`)
      .query(true)
      .reply(409, { error: { code: 'AccountFailoverNotAllowed', message: 'no' } });
    expect(await rejection(startAndObserve(storageFailover, given))).toMatchObject({ code: 'arm-conflict' });
    see(geo);
    api().post(`${ACCOUNT}/failover`).query(true).reply(429, {}, { 'retry-after': '1' });
    expect(await rejection(startAndObserve(storageFailover, given))).toMatchObject({ retryable: true });
  });

  it('says that nobody can tell when the end of the operation cannot be read', async () => {
    see(geo);
    api().post(`${ACCOUNT}/failover`).query(true).reply(202, '', soon);
    api().get('/operations/guid').query(true).reply(200, {});
    api().get(ACCOUNT).query(true).reply(200, { id: ACCOUNT });
    expect(await rejection(startAndObserve(storageFailover, given))).toMatchObject({ ambiguous: true });
  });

  it.each([{ account: PRIMARY, to: 'northeurope' }, { account: ACCOUNT }, { account: ACCOUNT, to: 'North Europe' }])(
    'refuses the input %j',
    (wrong) => expect(storageFailover.input.safeParse(wrong).success).toBe(false),
  );
});

describe('azure/storage.replication', () => {
  const stats = (more: object) => ({ ...geo, geoReplicationStats: { ...geo.geoReplicationStats, ...more } });

  it.each([
    [{}, 'Standard_LRS', 'not-started'],
    [geo, 'Standard_RAGRS', 'done'],
    [geo, 'Standard_GRS', 'not-started'],
    [stats({ status: 'Bootstrap', canFailover: false }), 'Standard_RAGRS', 'running'],
    [stats({ lastSyncTime: undefined }), 'Standard_RAGRS', 'running'],
    [{ ...geo, failoverInProgress: true }, 'Standard_RAGRS', 'unknown'],
  ])('finds %j with the sku %s %s', async (properties, sku, finding) => {
    see(properties, sku);
    expect(await inspect(storageReplication, { account: ACCOUNT })).toMatchObject({ finding });
  });

  it('does not take a copy for one that is as old as the account says it is', async () => {
    see(geo);
    const late = contextOf(buildWorld(), { attemptedAt: Date.parse(SYNCED) + 1000 });
    expect(await inspect(storageReplication, { account: ACCOUNT }, late)).toMatchObject({ finding: 'running' });
    see(geo);
    const early = contextOf(buildWorld(), { attemptedAt: Date.parse(SYNCED) });
    expect(await inspect(storageReplication, { account: ACCOUNT }, early)).toMatchObject({ finding: 'done' });
  });

  it('sends what the Azure SDK sends, and waits for a copy that is live', async () => {
    api()
      .patch(ACCOUNT, { sku: { name: 'Standard_RAGRS' } })
      .query({ 'api-version': '2025-01-01' })
      .reply(200, {});
    see(stats({ status: 'Bootstrap', canFailover: false }));
    see(geo);
    expect(await startAndObserve(storageReplication, { account: ACCOUNT })).toMatchObject({
      sku: 'Standard_RAGRS',
      secondary: 'northeurope',
    });
    expect(nock.isDone()).toBe(true);
  });

  it('is sent once when its reply is lost, and fails when the account goes back', async () => {
    let sent = 0;
    api()
      .persist()
      .patch(ACCOUNT, () => ++sent > 0)
      .query(true)
      .replyWithError(lost());
    expect(await rejection(startAndObserve(storageReplication, { account: ACCOUNT }))).toMatchObject({
      ambiguous: true,
    });
    expect(sent).toBe(1);
    see({}, 'Standard_LRS');
    const input = storageReplication.input.parse({ account: ACCOUNT });
    const observing = storageReplication.observe(input, undefined, contextOf(buildWorld()));
    expect(await rejection(observing)).toMatchObject({ code: 'replication-failed' });
  });
});

describe('azure/storage.point-in-time-restore', () => {
  const AT = '2026-11-21T09:30:00.000Z';
  const wish = { account: ACCOUNT, at: AT, ranges: [{ from: 'papers/a', to: 'papers/b' }] };
  const parameters = { timeToRestore: AT, blobRanges: [{ startRange: 'papers/a', endRange: 'papers/b' }] };
  const seeRestore = (blobRestoreStatus?: object) =>
    api()
      .get(ACCOUNT)
      .query({ 'api-version': '2025-01-01', $expand: 'blobRestoreStatus' })
      .reply(200, { id: ACCOUNT, properties: { provisioningState: 'Succeeded', blobRestoreStatus } });
  const sent = contextOf(buildWorld(), { intendedAt: 1, attemptedAt: 1, before: { restoreId: 'older' } });

  it('takes the restore that stood before its intent for nobody else than who made it, and says unknown without a record of it', async () => {
    for (const [before, finding] of [
      [{ restoreId: 'r' }, 'not-started'],
      [undefined, 'unknown'],
    ] as const) {
      seeRestore({ status: 'Complete', restoreId: 'r', parameters });
      const context = contextOf(buildWorld(), { intendedAt: 1, attemptedAt: 1, before });
      expect(await inspect(storagePointInTimeRestore, wish, context)).toMatchObject({ finding });
    }
  });

  it.each([
    [undefined, 'not-started', 'not-started'],
    [{ status: 'InProgress', parameters }, 'unknown', 'running'],
    [{ status: 'Complete', parameters }, 'not-started', 'done'],
    [{ status: 'Failed', parameters }, 'not-started', 'not-started'],
    [
      { status: 'Complete', parameters: { ...parameters, timeToRestore: '2026-11-21T09:31:00Z' } },
      'not-started',
      'not-started',
    ],
    [{ status: 'InProgress', parameters: { ...parameters, blobRanges: [] } }, 'unknown', 'unknown'],
  ])('finds %j %s before it was sent, and %s after', async (status, before, afterwards) => {
    seeRestore(status);
    expect(await inspect(storagePointInTimeRestore, wish)).toMatchObject({ finding: before });
    seeRestore(status);
    expect(await inspect(storagePointInTimeRestore, wish, sent)).toMatchObject({ finding: afterwards });
  });

  it('sends what the Azure SDK sends, and ends when the account says Complete', async () => {
    api()
      .post(`${ACCOUNT}/restoreBlobRanges`, parameters)
      .query({ 'api-version': '2025-01-01' })
      .reply(202, { status: 'InProgress', restoreId: 'r', parameters }, soon);
    api().get('/operations/guid').query(true).reply(200, { status: 'Complete', restoreId: 'r', parameters });
    seeRestore({ status: 'Complete', restoreId: 'r', parameters });
    seeRestore({ status: 'Complete', restoreId: 'r', parameters });
    expect(await startAndObserve(storagePointInTimeRestore, wish)).toEqual({
      account: ACCOUNT,
      restoreId: 'r',
      restoredTo: Date.parse(AT),
    });
  });

  it('fails with the reason that the account gives, and is sent once when its reply is lost', async () => {
    seeRestore({ status: 'Failed', failureReason: 'no versions', parameters });
    const input = storagePointInTimeRestore.input.parse(wish);
    const error = await rejection(storagePointInTimeRestore.observe(input, undefined, contextOf(buildWorld())));
    expect(error).toMatchObject({ code: 'restore-failed' });
    expect(error.message).toContain('no versions');
    let posts = 0;
    api()
      .persist()
      .post(`${ACCOUNT}/restoreBlobRanges`, () => ++posts > 0)
      .query(true)
      .replyWithError(lost());
    expect(await rejection(startAndObserve(storagePointInTimeRestore, wish))).toMatchObject({ ambiguous: true });
    expect(posts).toBe(1);
  });
});
