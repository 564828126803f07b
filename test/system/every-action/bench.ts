// One twin for the cases of a family, reached through a proxy that can make trouble; and looks at it past everything that is tested.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { stringify } from 'yaml';
import type { Connection, Environment } from '../../../src/model/environment.ts';
import type { Json } from '../../../src/model/json.ts';
import { openWorld, type World } from '../../../src/providers/world.ts';
import {
  connectionOf,
  downTwin,
  endTwinFault,
  environmentOf,
  loadWorld,
  type TwinAddress,
  twinFaults,
  twinOperations,
  upTwin,
} from '../../../src/twin/index.ts';
import { startProxy, type TwinProxy } from '../twin-proxy.ts';
import { openStrangers, type Strangers } from './strangers.ts';
import { openWire, type Wire } from './wire.ts';

const PROGRAM = resolve(import.meta.dirname, '..', '..', '..', 'bin', 'drillmaster.mjs');

export interface Bench {
  readonly address: TwinAddress;
  readonly environment: Environment;
  readonly proxy: TwinProxy;
  /** Services that treat checks badly. */
  readonly strangers: Strangers;
  /** The links to the databases that the world began with, by the name of the server. */
  readonly wires: ReadonlyMap<string, Wire>;
  /** Folder for what a case needs beside the twin; removed with it. */
  readonly folder: string;
  /** A world whose requests go through the proxy. `hosts` lead somewhere else than the twin says. */
  readonly open: (hosts?: Connection['hosts'], parts?: Parameters<typeof openWorld>[2]) => World;
  /** A world that goes to the twin itself: for looks that no trouble touches. */
  readonly direct: World;
  /** The full ARM id. */
  readonly idOf: (resource: { readonly type: string; readonly group: string; readonly name: string }) => string;
  /** What the twin shows; undefined when there is nothing. */
  readonly show: (path: string, apiVersion?: string) => Promise<Json | undefined>;
  /** Changes the twin past the proxy, and waits until nothing is at work. */
  readonly change: (
    method: 'PUT' | 'PATCH' | 'POST' | 'DELETE',
    path: string,
    apiVersion: string,
    body?: Json,
  ) => Promise<void>;
  /** Ids of the requests that `change` sent. */
  readonly changes: ReadonlySet<string | null>;
  /** The first row of the last of these queries to a server, by its name. */
  readonly row: (server: string, ...queries: readonly string[]) => Promise<Record<string, unknown>>;
  /** Ends all trouble and waits until nothing is at work any more. */
  readonly calm: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

const SETTLE_MS_MAX = 20_000;

/** Brings a world up. `world` is what its file says. */
export async function openBench(world: { readonly name: string } & Readonly<Record<string, unknown>>): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-every-action-'));
  const stateDir = join(folder, 'state');
  mkdirSync(stateDir, { mode: 0o711 });
  const worldFile = join(folder, `${world.name}.yaml`);
  writeFileSync(worldFile, stringify(world));
  const remove = async () => {
    await downTwin(stateDir, world.name).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const command = [process.execPath, PROGRAM, 'twin', 'supervise'];
    const address = await upTwin({ worldFile, stateDir, owner: 'person', command, logFile: join(folder, 'log.txt') });
    const proxy = await startProxy(address);
    const strangers = await openStrangers();
    const environment = environmentOf(loadWorld(worldFile));
    const wires = await wiresOf(address, environment);
    const bench = benchOf({ address, environment, proxy, strangers, wires, folder });
    const close = async () => {
      await proxy.close();
      await strangers.close();
      for (const wire of wires.values()) await wire.close();
      await remove();
    };
    return { ...bench, remove: close };
  } catch (error) {
    await remove();
    throw error;
  }
}

const SUFFIX = '.postgres.database.azure.com';

/** A server that is made again is served elsewhere: the twin is asked for each connection. */
async function wiresOf(address: TwinAddress, environment: Environment): Promise<ReadonlyMap<string, Wire>> {
  const show = shower(openWorld(environment, connectionOf(address)));
  const databases = Object.keys(address.hosts).filter((host) => host.endsWith(SUFFIX));
  const wired = databases.map(async (host) => {
    const wire = await openWire(async () => ((await show('/twin/hosts')) as unknown as Connection['hosts'])[host]);
    return [host.slice(0, -SUFFIX.length), wire] as const;
  });
  return new Map(await Promise.all(wired));
}

/** Shows what the twin shows; undefined when there is nothing. */
const shower =
  (world: World) =>
  async (path: string, apiVersion?: string): Promise<Json | undefined> => {
    try {
      const target = apiVersion === undefined ? { path } : { path, apiVersion };
      return (await world.arm.get(target, AbortSignal.timeout(SETTLE_MS_MAX))).body;
    } catch (error) {
      if ((error as { code?: string }).code === 'arm-not-found') return undefined;
      throw error;
    }
  };

type BenchParts = Pick<Bench, 'address' | 'environment' | 'proxy' | 'strangers' | 'wires' | 'folder'>;

function benchOf({ address, environment, proxy, strangers, wires, folder }: BenchParts): Omit<Bench, 'remove'> {
  const connection = connectionOf(address);
  const direct = openWorld(environment, connection);
  const wired = Object.fromEntries([...wires].map(([name, { address: at }]) => [`${name}${SUFFIX}`, at]));
  const show = shower(direct);
  const changes = new Set<string | null>();
  return {
    address,
    environment,
    proxy,
    strangers,
    wires,
    folder,
    direct,
    show,
    open: (hosts = {}, parts = {}) =>
      openWorld(
        environment,
        {
          ...connection,
          armEndpoint: proxy.endpoint,
          // The data planes keep the twin's own authority.
          authority: `${proxy.authority}\n${address.authority}`,
          hosts: { ...connection.hosts, ...wired, ...hosts },
        },
        { ...parts, limits: { backoffMs: 20, ...parts.limits } },
      ),
    idOf: ({ type, group, name }) =>
      `/subscriptions/${environment.subscription}/resourceGroups/${group}/providers/${type}/${name}`,
    changes,
    change: async (method, path, apiVersion, body) => {
      const requestId = randomUUID();
      changes.add(requestId);
      const mutation = { method, path, apiVersion, requestId, ...(body === undefined ? {} : { body }) };
      await direct.arm.mutate(mutation, AbortSignal.timeout(SETTLE_MS_MAX));
      await untilIdle(address);
    },
    row: (server, ...queries) => firstRow(address, server, queries, show),
    calm: () => calm(address, proxy, wires),
  };
}

async function firstRow(
  { postgres }: TwinAddress,
  server: string,
  queries: readonly string[],
  show: Bench['show'],
): Promise<Record<string, unknown>> {
  const hosts = (await show('/twin/hosts')) as Record<string, { host: string; port: number }>;
  const client = new pg.Client({ ...hosts[`${server}${SUFFIX}`], ...postgres });
  await client.connect();
  try {
    let found: Record<string, unknown> = {};
    for (const query of queries) found = (await client.query<Record<string, unknown>>(query)).rows[0] ?? {};
    return found;
  } finally {
    await client.end();
  }
}

async function calm(address: TwinAddress, proxy: TwinProxy, wires: Bench['wires']): Promise<void> {
  proxy.calm();
  for (const wire of wires.values()) wire.calm();
  for (const { id } of await twinFaults(address)) await endTwinFault(address, id);
  await untilIdle(address);
}

async function untilIdle(address: TwinAddress): Promise<void> {
  for (const until = Date.now() + SETTLE_MS_MAX; Date.now() < until; ) {
    const busy = (await twinOperations(address)).filter(({ status }) => status === 'InProgress');
    if (busy.length === 0) return;
    await new Promise((settle) => setTimeout(settle, 50));
  }
  throw new Error('expected every operation of the twin to end, found some still at work');
}
