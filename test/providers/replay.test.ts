// Real answers of Azure, recorded by public azure-cli test sessions, played back in their order: the door must end where they ended.
// The recordings are not part of this repository: DRILLMASTER_RECORDINGS names their folder, and without it these tests are skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import type { Mutation } from '../../src/providers/arm/door.ts';
import { encodeHandle, openHandle } from '../../src/providers/arm/operation.ts';
import { watchOperation } from '../../src/providers/arm/watch-operation.ts';
import { postgresqlPromote } from '../../src/providers/azure/postgresql-promote.ts';
import { postgresqlReplica } from '../../src/providers/azure/postgresql-replica.ts';
import { parseEndpoint } from '../../src/providers/azure/trafficmanager-endpoint.ts';
import { buildWorld, contextOf, REQUEST_ID, rejection } from './world-builder.ts';

const HOST = 'https://management.azure.com';
const folder = process.env['DRILLMASTER_RECORDINGS'] ?? '';
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
const reason = 'set DRILLMASTER_RECORDINGS to the folder of recorded azure-cli sessions';

interface Interaction {
  readonly method: string;
  readonly url: string;
  readonly requestBody: Json;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Json;
}

const load = (file: string): readonly Interaction[] =>
  (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { interactions: Interaction[] }).interactions.filter(
    ({ url }) => url.startsWith(`${HOST}/`),
  );
const pathOf = (url: string) => decodeURIComponent(new URL(url).pathname).toLowerCase();
const world = () => buildWorld({ connection: { armEndpoint: HOST } });
const signal = () => AbortSignal.timeout(60_000);

/** Serves each interaction once, from the mutating call on; the recorder stripped Retry-After, so polls are asked to come soon. */
function play(interactions: readonly Interaction[], from: number): void {
  const left = interactions.slice(from);
  const reply = (request: unknown) => {
    const { method, url } = request as Request;
    const at = left.findIndex((item) => item.method === method && pathOf(item.url) === pathOf(url));
    // The last look at the resource is ours: where the session took none, it says nothing.
    if (at < 0) return [200, {}, {}];
    const [found] = left.splice(at, 1) as [Interaction];
    const body = found.body === null ? '' : JSON.stringify(found.body);
    return [found.status, found.status === 204 ? '' : body, { ...found.headers, 'x-ms-retry-after-ms': '100' }];
  };
  nock(HOST)
    .persist()
    .intercept(/.*/, 'GET')
    .reply(reply as never);
  for (const method of ['PUT', 'PATCH', 'POST', 'DELETE'])
    nock(HOST)
      .intercept(/.*/, method)
      .reply(reply as never);
}

const mutationOf = ({ method, url, requestBody }: Interaction): Mutation => ({
  method: method as Mutation['method'],
  path: url,
  requestId: REQUEST_ID,
  ...(requestBody === null ? {} : { body: requestBody }),
});

/** The word or status that the session's own client saw last. */
function recordedEnd(interactions: readonly Interaction[], from: number): string {
  const start = interactions[from];
  const url = start?.headers['azure-asyncoperation'] ?? start?.headers['location'] ?? '';
  const polls = interactions
    .slice(from + 1)
    .filter((item) => item.method === 'GET' && pathOf(item.url) === pathOf(url));
  const last = polls.at(-1);
  return ((last?.body ?? {}) as { status?: string }).status ?? String(last?.status ?? 'never polled');
}

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe.skipIf(files.length === 0)(`recorded operations (${reason})`, () => {
  const operations = files.flatMap((file) => {
    const interactions = load(file);
    return interactions.flatMap((item, from) => {
      const running =
        item.method !== 'GET' &&
        item.status < 300 &&
        (item.headers['azure-asyncoperation'] ?? (item.status === 202 ? item.headers['location'] : undefined));
      const end = running ? recordedEnd(interactions, from) : 'never polled';
      return end === 'never polled'
        ? []
        : [{ file, from, end, name: `${item.method} ${new URL(item.url).pathname.split('/').slice(-2).join('/')}` }];
    });
  });

  it('are many', () => expect(operations.length).toBeGreaterThan(30));

  it.each(operations)('$file #$from $name ends $end', async ({ file, from, end }) => {
    const interactions = load(file);
    play(interactions, from);
    const item = interactions[from] as Interaction;
    const { arm } = world();
    const handle = openHandle(await arm.mutate(mutationOf(item), signal()), { path: item.url });
    expect(handle).toBeDefined();
    const watched = watchOperation(arm, handle ?? { formatVersion: 1, resource: { path: item.url } }, signal());
    if (/^(succeeded|20\d)$/i.test(end)) await watched;
    else expect(await rejection(watched)).toMatchObject({ code: 'arm-operation-failed', ambiguous: false });
  });
});

describe.skipIf(!files.includes('postgres_flexible_server_replica_mgmt.json'))(
  `recorded flexible servers (${reason})`,
  () => {
    const interactions = files.length === 0 ? [] : load('postgres_flexible_server_replica_mgmt.json');
    const find = (method: string, test: (item: Interaction) => boolean) =>
      interactions.findIndex((item) => item.method === method && test(item));
    const idOf = (item: Interaction) => new URL(item.url).pathname;

    async function acceptedAt(from: number) {
      play(interactions, from);
      const item = interactions[from] as Interaction;
      const opened = world();
      const handle = openHandle(await opened.arm.mutate(mutationOf(item), signal()), { path: idOf(item) });
      return {
        server: idOf(item),
        handle: encodeHandle(handle ?? { formatVersion: 1, resource: { path: '' } }),
        context: contextOf(opened),
      };
    }

    it('end as replicas of their source after their creation', async () => {
      const from = find('PUT', ({ requestBody }) => JSON.stringify(requestBody)?.includes('"Replica"'));
      const wanted = interactions[from]?.requestBody as
        | { properties?: { sourceServerResourceId?: string } }
        | undefined;
      const source = wanted?.properties?.sourceServerResourceId ?? '';
      const { server, handle, context } = await acceptedAt(from);
      expect(await postgresqlReplica.observe({ server, source }, handle, context)).toMatchObject({
        replicationRole: 'AsyncReplica',
        state: 'Ready',
        sourceServer: source,
      });
    });

    it('end as primaries after their promotion', async () => {
      const from = find('PATCH', ({ requestBody }) => JSON.stringify(requestBody)?.includes('replicationRole'));
      const { server, handle, context } = await acceptedAt(from);
      expect(await postgresqlPromote.observe({ server, mode: 'forced' }, handle, context)).toMatchObject({
        replicationRole: 'Primary',
        state: 'Ready',
      });
    });

    it('keep the reason of a refusal', async () => {
      const from = find('DELETE', ({ status }) => status === 400);
      play(interactions, from);
      const error = await rejection(world().arm.mutate(mutationOf(interactions[from] as Interaction), signal()));
      expect(error).toMatchObject({
        code: 'arm-refused',
        status: 400,
        serviceCode: 'ReadReplicaServersExistForSourceServer',
        retryable: false,
        ambiguous: false,
      });
    });
  },
);

describe.skipIf(!files.includes('network_traffic_manager.json'))(`recorded endpoints (${reason})`, () => {
  it('are read as they are', () => {
    const bodies = load('network_traffic_manager.json').filter(
      ({ url, body }) => /endpoints\/myendpoint/i.test(url) && body !== null,
    );
    expect(bodies.map(({ body }) => parseEndpoint(body))).toEqual(
      bodies.map(() => ({ status: 'Enabled', priority: 1 })),
    );
    expect(bodies.length).toBeGreaterThan(3);
  });
});
