import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArmAnswer } from '../../src/providers/arm/answer.ts';
import {
  decodeHandle,
  encodeHandle,
  nextPoll,
  type OperationHandle,
  openHandle,
  pollTarget,
  withoutPollUrl,
} from '../../src/providers/arm/operation.ts';
import { watchOperation } from '../../src/providers/arm/watch-operation.ts';
import { buildWorld, ENDPOINT, rejection } from './world-builder.ts';

const resource = { path: '/things/one', apiVersion: '1' };
const OPERATION = `${ENDPOINT}/operations/guid?t=signed`;
const RESULT = `${ENDPOINT}/results/guid?t=signed`;
const answer = (status: number, body?: unknown, headers: Record<string, string> = {}): ArmAnswer => ({
  status,
  headers,
  body: body as never,
});
const handle = (urls: Partial<OperationHandle> = {}): OperationHandle => ({ formatVersion: 1, resource, ...urls });
const asyncHandle = handle({ asyncOperation: OPERATION });

describe('the handle of an accepted mutation', () => {
  it.each([
    [
      'both headers',
      answer(202, {}, { 'azure-asyncoperation': OPERATION, location: RESULT }),
      { asyncOperation: OPERATION, location: RESULT },
    ],
    [
      'Azure-AsyncOperation alone',
      answer(202, {}, { 'azure-asyncoperation': OPERATION }),
      { asyncOperation: OPERATION },
    ],
    [
      'Azure-AsyncOperation on a 200',
      answer(200, {}, { 'azure-asyncoperation': OPERATION }),
      { asyncOperation: OPERATION },
    ],
    ['Location alone', answer(202, {}, { location: RESULT }), { location: RESULT }],
    ['neither, on a 202', answer(202), {}],
    [
      'neither, with a provisioningState that is not final',
      answer(201, { properties: { provisioningState: 'Creating' } }),
      {},
    ],
    ['neither, with a state that is not final', answer(200, { properties: { state: 'Updating' } }), {}],
  ])('is made from %s', (_, accepted, urls) => {
    const made = openHandle(accepted, resource);
    expect(made).toEqual(handle(urls));
    expect(decodeHandle(encodeHandle(made ?? handle()))).toEqual(made);
  });

  it.each([
    answer(200, { properties: { provisioningState: 'Succeeded' } }),
    answer(200, { properties: { state: 'Ready' } }),
    answer(201, {}, { location: `${ENDPOINT}/things/one` }),
    answer(204),
  ])('is absent when the answer %j is final', (final) => expect(openHandle(final, resource)).toBeUndefined());

  it('is asked where the service said, in this order', () => {
    expect(pollTarget(handle({ asyncOperation: OPERATION, location: RESULT }))).toEqual({ path: OPERATION });
    expect(pollTarget(handle({ location: RESULT }))).toEqual({ path: RESULT });
    expect(pollTarget(handle())).toEqual(resource);
  });

  it.each(['', '{}', 'not json', '{"formatVersion":2,"resource":{"path":"/x"}}', `{"asyncOperation":"${OPERATION}"}`])(
    'is not read from %s, which is not quoted either',
    async (text) => {
      const error = await rejection((async () => decodeHandle(text))());
      expect(error).toMatchObject({ code: 'arm-answer-invalid', ambiguous: true });
      expect(error.message).not.toContain('signed');
    },
  );
});

describe('a poll', () => {
  it.each([
    'InProgress',
    'Running',
    'NotStarted',
    'Accepted',
    'Enqueued',
    'Dequeued',
    'Creating',
    'Updating',
    'Provisioning',
    'inprogress',
  ])('goes on at %s', (status) =>
    expect(nextPoll(asyncHandle, answer(200, { status }))).toMatchObject({ kind: 'again', handle: asyncHandle }),
  );

  it.each(['Succeeded', 'succeeded'])('is settled at %s', (status) =>
    expect(nextPoll(asyncHandle, answer(200, { status }))).toEqual({ kind: 'settled' }),
  );

  it.each([
    'Failed',
    'Canceled',
    'Cancelled',
    'TimedOut',
    'PartiallySucceeded',
    'CompletedWithErrors',
    'Suspended',
    'Aborted',
    'Invalid',
    'x'.repeat(99),
  ])('ends badly at %s, and never goes on for ever', (status) =>
    expect(nextPoll(asyncHandle, answer(200, { status }))).toMatchObject({ kind: 'failed', word: status }),
  );

  it('keeps the reason of a failure', () => {
    const failed = nextPoll(
      asyncHandle,
      answer(200, { status: 'Failed', error: { code: 'E42', message: `see ${OPERATION}` } }),
    );
    expect(failed).toEqual({
      kind: 'failed',
      word: 'Failed',
      error: { code: 'E42', message: `see ${ENDPOINT}/operations/guid` },
    });
  });

  it.each([
    [202, 'again'],
    [200, 'settled'],
    [201, 'settled'],
    [204, 'settled'],
  ])('of a Location that answers %i without a word is %s', (status, kind) => {
    expect(nextPoll(handle({ location: RESULT }), answer(status))).toMatchObject({ kind });
  });

  it('reads the resource where there is no URL', () => {
    expect(nextPoll(handle(), answer(200, { properties: { state: 'Updating' } }))).toMatchObject({ kind: 'again' });
    expect(nextPoll(handle(), answer(200, { properties: { state: 'Ready' } }))).toEqual({ kind: 'settled' });
    expect(nextPoll(handle(), answer(200, { properties: { state: 'Stopped' } }))).toMatchObject({
      kind: 'failed',
      word: 'Stopped',
    });
    expect(
      nextPoll(handle(), answer(200, { properties: { provisioningState: 'Failed', state: 'Ready' } })),
    ).toMatchObject({ kind: 'failed' });
    expect(nextPoll(handle(), answer(200, { properties: {} }))).toEqual({ kind: 'settled' });
  });

  it('follows an operation that moves', () => {
    const moved = nextPoll(handle({ location: RESULT }), answer(202, undefined, { location: `${RESULT}2` }));
    expect(moved).toMatchObject({ handle: { location: `${RESULT}2` } });
  });

  it.each([
    [{}, 2000],
    [{ 'retry-after': '15' }, 15_000],
    [{ 'retry-after': '1800' }, 60_000],
    [{ 'retry-after': '0' }, 2000],
    [{ 'retry-after': '-5' }, 2000],
    [{ 'retry-after': 'soon' }, 2000],
    [{ 'x-ms-retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '1' }, 100],
    [{ 'retry-after': 'Mon, 26 Jun 2023 08:35:10 GMT', date: 'Mon, 26 Jun 2023 08:35:03 GMT' }, 7000],
    [{ 'retry-after': 'Mon, 26 Jun 2023 08:35:10 GMT' }, 2000],
  ])('after %j waits %i ms', (headers, afterMs) => {
    expect(
      nextPoll(asyncHandle, answer(200, { status: 'InProgress' }, headers as Record<string, string>)),
    ).toMatchObject({ afterMs });
  });

  it.each([null, [], 'text', 7, { status: 7 }, { status: null }, { properties: null }])(
    'survives the body %j',
    (body) => {
      expect(nextPoll(asyncHandle, answer(200, body)).kind).toBe('settled');
    },
  );

  it('falls back from a forgotten URL to the next best place', () => {
    const both = handle({ asyncOperation: OPERATION, location: RESULT });
    expect(withoutPollUrl(both)).toEqual(handle({ location: RESULT }));
    expect(withoutPollUrl(handle({ location: RESULT }))).toEqual(handle());
    expect(withoutPollUrl(handle())).toBeUndefined();
  });
});

describe('watching an operation', () => {
  const soon = { 'x-ms-retry-after-ms': '100' };
  const api = () => nock(ENDPOINT);
  const poll = () => api().get('/operations/guid').query({ t: 'signed' });
  const final = () => api().get('/things/one').query({ 'api-version': '1' }).reply(200, { name: 'one' });
  const watch = (watched: OperationHandle, signal = AbortSignal.timeout(20_000)) =>
    watchOperation(buildWorld({ limits: { readAttemptsMax: 2 } }).arm, watched, signal);

  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  it('ends with the resource', async () => {
    poll().reply(200, { status: 'InProgress' }, soon);
    poll().reply(200, { status: 'Succeeded' });
    final();
    expect(await watch(asyncHandle)).toEqual({ name: 'one' });
    expect(nock.isDone()).toBe(true);
  });

  it('survives a 429, a 500 and a broken connection', async () => {
    poll().reply(429, {}, soon);
    poll().reply(500, {}, soon);
    poll().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    poll().reply(200, { status: 'Succeeded' });
    final();
    const patient = buildWorld({ limits: { readAttemptsMax: 2 } }).arm;
    // Two of the failures exhaust the door's attempts: the loop itself must go on.
    expect(await watchOperation(patient, asyncHandle, AbortSignal.timeout(20_000))).toEqual({ name: 'one' });
  });

  it('goes on at the resource when the poll URL was forgotten', async () => {
    poll().reply(404, { error: { code: 'NotFound', message: 'expired' } });
    api()
      .get('/things/one')
      .query(true)
      .reply(200, { properties: { state: 'Ready' } });
    final();
    expect(await watch(asyncHandle)).toEqual({ name: 'one' });
  });

  it('says definitely that a failed operation failed', async () => {
    poll().reply(200, { status: 'Failed', error: { code: 'PromoteFailed', message: 'lag' } });
    const error = await rejection(watch(asyncHandle));
    expect(error).toMatchObject({
      code: 'arm-operation-failed',
      serviceCode: 'PromoteFailed',
      ambiguous: false,
      retryable: false,
    });
    expect(error.message).toContain('PromoteFailed: lag');
  });

  it('takes a refusal at the Location for the end of the operation', async () => {
    api()
      .get('/results/guid')
      .query(true)
      .reply(409, { error: { code: 'PromoteFailed', message: 'lag' } });
    expect(await rejection(watch(handle({ location: RESULT })))).toMatchObject({
      code: 'arm-operation-failed',
      serviceCode: 'PromoteFailed',
      ambiguous: false,
    });
  });

  it('does not know what became of an operation that it may not watch', async () => {
    poll().reply(403, { error: { code: 'AuthorizationFailed', message: 'no' } });
    expect(await rejection(watch(asyncHandle))).toMatchObject({
      code: 'arm-unauthorized',
      ambiguous: true,
      retryable: false,
      status: 403,
    });
  });

  it('refuses a hostile poll URL before a byte is sent', async () => {
    const evil = nock('https://evil.example').get(/.*/).reply(200, { status: 'Succeeded' });
    const error = await rejection(watch(handle({ asyncOperation: 'https://evil.example/op?t=signed' })));
    expect(error).toMatchObject({ code: 'arm-host-refused', ambiguous: true });
    expect(error.message).not.toContain('signed');
    expect(evil.isDone()).toBe(false);
  });

  it('refuses a poll URL that turns hostile on the way', async () => {
    const evil = nock('https://evil.example').get(/.*/).reply(200);
    api()
      .get('/results/guid')
      .query(true)
      .reply(202, '', { ...soon, location: 'https://evil.example/op' });
    expect(await rejection(watch(handle({ location: RESULT })))).toMatchObject({
      code: 'arm-host-refused',
      ambiguous: true,
    });
    expect(evil.isDone()).toBe(false);
  });

  it('stops when it is told to, and leaves the question open', async () => {
    api().persist().get(/.*/).reply(200, { status: 'InProgress' }, { 'retry-after': '30' });
    const startedAt = performance.now();
    expect(await rejection(watch(asyncHandle, AbortSignal.timeout(100)))).toMatchObject({
      code: 'arm-aborted',
      ambiguous: true,
    });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
