import nock from 'nock';
import { afterEach, describe, expect, it } from 'vitest';
import { knownApiVersion } from '../../src/providers/api-versions.ts';
import { resourceAssert } from '../../src/providers/resource/resource-assert.ts';
import { buildWorld, contextOf, ENDPOINT, PRIMARY, PROFILE, rejection, serverBody } from './world-builder.ts';

const VAULT = PRIMARY.replace('Microsoft.DBforPostgreSQL/flexibleServers', 'Microsoft.Unheard/ofThings');

const judge = (given: object) =>
  resourceAssert.start(resourceAssert.input.parse({ resource: PRIMARY, ...given }), contextOf(buildWorld()));
const answer = (status: number, body: object, path: string = PRIMARY) =>
  nock(ENDPOINT).get(path).query({ 'api-version': '2025-08-01' }).reply(status, body);
const refusal = (code: string) => ({ error: { code, message: 'no' } });

afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
});

describe('resource/assert', () => {
  it('passes when the resource is as expected, and keeps only what the condition reads', async () => {
    answer(200, serverBody(PRIMARY));
    const condition = 'status == 200 && body.properties.state == "Ready"';
    expect(await judge({ expect: condition })).toEqual({
      kind: 'done',
      output: { observed: '{"status":200,"body.properties.state":"Ready"}' },
      check: { expected: condition, observed: '{"status":200,"body.properties.state":"Ready"}' },
    });
  });

  it.each([
    ['body.properties.state == "Stopped"', '"body.properties.state":"Ready"'],
    ['body.properties.replicationRole == "AsyncReplica"', '"body.properties.replicationRole":"Primary"'],
    ['status == 404', '{"status":200}'],
    ['body.properties.absent == "x"', '"body.properties.absent":null'],
  ])('fails when it expects %s, and says what it saw', async (condition, observed) => {
    answer(200, serverBody(PRIMARY));
    const error = await rejection(judge({ expect: condition }));
    expect(error).toMatchObject({ code: 'check-failed', retryable: false, check: { expected: condition } });
    expect((error['check'] as { observed: string }).observed).toContain(observed);
  });

  it('reads what lies below the resource, every page of it', async () => {
    const path = `${PRIMARY}/replicas`;
    const next = `${ENDPOINT}${path}?api-version=2025-08-01&page=2&sig=secret`;
    for (let times = 0; times < 2; times++) answer(200, { value: [{ name: 'good' }], nextLink: next }, path);
    nock(ENDPOINT)
      .get(path)
      .query({ 'api-version': '2025-08-01', page: '2', sig: 'secret' })
      .reply(200, { value: [{ name: 'bad' }] });
    const error = await rejection(judge({ path: 'replicas', expect: 'body.value.all(server, server.name == "good")' }));
    expect(error).toMatchObject({ code: 'check-failed' });
    expect((error['check'] as { observed: string }).observed).toBe(
      '{"status":200,"body.value":[{"name":"good"},{"name":"bad"}]}',
    );
  });

  it.each(['ResourceNotFound', 'ResourceGroupNotFound', 'ParentResourceNotFound'])(
    'takes %s for a proof of absence',
    async (code) => {
      answer(404, refusal(code));
      expect(await judge({ expect: 'status == 404' })).toMatchObject({ kind: 'done' });
      answer(404, refusal(code));
      expect(await rejection(judge({ expect: 'status == 200' }))).toMatchObject({ code: 'check-failed' });
    },
  );

  it.each([
    [404, refusal('SubscriptionNotFound'), 'arm-not-found'],
    [404, refusal('InvalidResourceType'), 'arm-not-found'],
    [404, {}, 'arm-not-found'],
    [403, refusal('AuthorizationFailed'), 'arm-unauthorized'],
  ])('takes %i %j for no proof of anything', async (status, body, code) => {
    answer(status, body);
    expect(await rejection(judge({ expect: 'status == 404' }))).toMatchObject({ code });
  });

  it('shows no secret that the condition touches, and judges it all the same', async () => {
    const secrets = {
      adminPassword: 'hunter2',
      primaryKey: 'a2V5',
      settings: [
        { name: 'DB_PASSWORD', value: 'hunter3' },
        { name: 'REGION', value: 'westeurope' },
      ],
      link: 'https://blob.example/c?sig=hunter4',
      text: 'Server=db;Password=hunter5;Port=1 postgres://eva:hunter6@db/x',
      token: 'hunter7',
      passwordAuth: 'Enabled',
    };
    const properties = ['adminPassword', 'primaryKey', 'settings', 'link', 'text', 'token', 'passwordAuth'];
    const condition = properties.map((name) => `body.properties.${name} != null`).join(' && ');
    answer(200, serverBody(PRIMARY, secrets));
    const { check } = (await judge({ expect: `${condition} && body.properties.adminPassword == "hunter2"` })) as {
      check: { observed: string };
    };
    expect(check.observed).not.toMatch(/hunter|a2V5/);
    expect(check.observed).toContain('"value":"westeurope"');
    expect(check.observed).toContain('"body.properties.passwordAuth":"Enabled"');
    answer(200, serverBody(PRIMARY, secrets));
    const whole = await rejection(judge({ expect: 'body == null' }));
    expect(JSON.stringify(whole['check'])).not.toMatch(/hunter|a2V5/);
    answer(200, serverBody(PRIMARY, secrets));
    const value = await rejection(judge({ expect: 'body.properties.adminPassword' }));
    expect(value).toMatchObject({ code: 'expectation-invalid' });
    expect(value.message).not.toContain('hunter');
  });

  it('bounds what it keeps', async () => {
    answer(200, serverBody(PRIMARY, { long: 'x'.repeat(50_000), list: Array(5000).fill('word') }));
    const error = await rejection(judge({ expect: 'body == null' }));
    expect((error['check'] as { observed: string }).observed.length).toBeLessThan(600);
    expect(error.message.length).toBeLessThan(700);
  });

  it.each([
    [{ resource: 'nonsense' }],
    [{ resource: `${PRIMARY}/../db-neu` }],
    [{ resource: `${PRIMARY}?x=1` }],
    [{ resource: `${PRIMARY}%2f..` }],
    [{ path: '../db-neu' }],
    [{ path: 'replicas/../../x' }],
    [{ path: 'replicas?api-version=2020-01-01' }],
    [{ path: 'replicas#x' }],
    [{ path: '%2e%2e/x' }],
    [{ path: '//evil.example' }],
    [{ apiVersion: 'newest' }],
    [{ resource: VAULT }],
    [{ expect: 'status ==' }],
  ])('refuses the input %j', (given) => {
    expect(resourceAssert.input.safeParse({ resource: PRIMARY, expect: 'true', ...given }).success).toBe(false);
  });

  it('asks a type that is not known here in the api-version that the drill names', async () => {
    nock(ENDPOINT).get(VAULT).query({ 'api-version': '2030-01-01' }).reply(200, { name: 'x' });
    expect(await judge({ resource: VAULT, apiVersion: '2030-01-01', expect: 'body.name == "x"' })).toMatchObject({
      kind: 'done',
    });
  });

  it('knows the api-version of a type and of what lies below it, without regard to case', () => {
    expect(knownApiVersion(PRIMARY.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'))).toBe('2025-08-01');
    expect(knownApiVersion(`${PROFILE}/AzureEndpoints/weu`)).toBe('2022-04-01');
    expect(knownApiVersion(VAULT)).toBeUndefined();
    expect(knownApiVersion('nonsense')).toBeUndefined();
  });
});
