// The process that is a twin: data planes, control plane and watchdogs. It outlives whoever brought it up.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { makeCertificates } from './control/certificates.ts';
import { type ControlPlane, startControlPlane } from './control/control-plane.ts';
import { type Identity, makeIdentity, STORAGE_AUDIENCES } from './control/identity/tokens.ts';
import { createEstate, type Estate } from './data/estate.ts';
import { DATABASE, USER } from './data/postgres/host.ts';
import { releaseMemory } from './data/postgres/release-memory.ts';
import { reap } from './process/reaper.ts';
import { openRegistry } from './process/registry.ts';
import { unprivilegedUser } from './process/unprivileged.ts';
import { startWatchdog } from './process/watchdog.ts';
import {
  REGISTRY_FILE,
  readRequest,
  type TwinAddress,
  type TwinRequest,
  WORLD_FILE,
  writeAddress,
  writeSupervisor,
} from './supervisor-address.ts';
import { removeFolders } from './supervisor-folder.ts';
import { identityOf } from './supervisor-process.ts';
import { TwinError } from './twin-error.ts';
import { blobHosts } from './world/blob-hosts.ts';
import { parseWorld } from './world/load-world.ts';
import type { World } from './world/world-schema.ts';

export interface SuperviseOptions {
  /** The twin's folder, as `upTwin` made it. */
  readonly folder: string;
  /** Gets a line for the operational log; no secrets. */
  readonly log: (line: string) => void;
}

/**
 * Brings the world of a folder up, writes how it is reached, and resolves when the twin was asked to end and everything of it is gone:
 * processes, ports and folders. Throws what kept it from coming up; then too nothing is left. This is the whole life of the process.
 */
export async function superviseWorld({ folder, log }: SuperviseOptions): Promise<void> {
  const request = readRequest(folder);
  if (request === undefined)
    throw new UsageError('usage', `expected the folder of a twin that is being brought up, found ${folder}`);
  const identity = identityOf(process.pid);
  if (identity === undefined)
    throw new TwinError('twin-failed', `expected to find this process (${process.pid}) in /proc, found none`);
  writeSupervisor(folder, identity);
  const ending = askedToEnd();
  const watchdogs = watch(folder, request);
  try {
    const up = await bringUp(folder, request, log, ending.ask);
    writeAddress(folder, addressOf(up, request, identity));
    log(`up at ${up.control.endpoint}`);
    log(`ending: ${await ending.asked}`);
    await up.control.close();
    await up.estate.close();
  } finally {
    ending.forget();
    // What did not end by itself is ended here.
    reap(join(folder, REGISTRY_FILE), folder, releaseMemory);
    removeFolders(request.data);
    for (const watchdog of watchdogs) watchdog.close();
    log('gone');
  }
}

interface Up {
  readonly world: World;
  readonly estate: Estate;
  readonly control: ControlPlane;
  readonly authority: string;
  readonly token: string;
  readonly identity: Identity;
  readonly password: string;
}

const SECRET_BYTES = 24;
const secret = () => randomBytes(SECRET_BYTES).toString('base64url');

async function bringUp(
  folder: string,
  request: TwinRequest,
  log: SuperviseOptions['log'],
  ask: (why: string) => void,
): Promise<Up> {
  const world = readWorld(folder);
  const password = secret();
  const token = secret();
  const identity = makeIdentity({ tenant: world.tenant, operatorToken: token });
  const admits = (bearer: string) => identity.check(bearer, STORAGE_AUDIENCES).kind === 'accepted';
  const certificates = await makeCertificates(world.name, Date.now(), blobHosts(world));
  const registry = openRegistry(join(folder, REGISTRY_FILE));
  const { uid, gid } = unprivilegedUser() ?? {};
  const user = uid === undefined || gid === undefined ? {} : { uid, gid };
  const estate = await createEstate({
    world,
    folder: request.data,
    user,
    password,
    registry,
    now: Date.now,
    signIn: { ...certificates, token, admits },
    onTrouble: log,
  });
  const onShutdown = () => ask('asked by a client');
  try {
    const control = await startControlPlane({
      world,
      plane: estate,
      certificates,
      token,
      identity,
      onTrouble: log,
      onShutdown,
    });
    return { world, estate, control, authority: certificates.authority, token, identity, password };
  } catch (error) {
    await estate.close();
    throw error;
  }
}

function readWorld(folder: string): World {
  const parsed = parseWorld(readFileSync(join(folder, WORLD_FILE), 'utf8'));
  if (parsed.ok) return parsed.world;
  throw new UsageError(
    'refused',
    parsed.problems.map(({ line, column, message }) => `${WORLD_FILE}:${line}:${column}: ${message}`).join('\n'),
  );
}

function addressOf(
  { world, estate, control, authority, token, identity, password }: Up,
  { owner }: TwinRequest,
  supervisor: TwinAddress['supervisor'],
): TwinAddress {
  return {
    formatVersion: 1,
    name: world.name,
    owner,
    upSince: Date.now(),
    supervisor,
    endpoint: control.endpoint,
    nameServer: control.nameServer,
    authority,
    token,
    client: identity.client,
    hosts: { ...estate.hosts() },
    postgres: { user: USER, password, database: DATABASE },
  };
}

/** Whatever ends this process, its children are ended and its folders removed. */
function watch(folder: string, { data }: TwinRequest): readonly { readonly close: () => void }[] {
  const registryFile = join(folder, REGISTRY_FILE);
  const folders = data.startsWith(`${folder}/`) ? [folder] : [folder, data];
  return folders.map((watched) => startWatchdog({ registryFile, folder: watched }));
}

/** A twin ends when a client or the system asks it to; the end of a terminal is none of its business. */
function askedToEnd() {
  const { promise: asked, resolve: ask } = Promise.withResolvers<string>();
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const listener = (signal: string) => ask(`asked by ${signal}`);
  const ignore = () => {};
  for (const signal of signals) process.on(signal, listener);
  process.on('SIGHUP', ignore);
  const forget = () => {
    for (const signal of signals) process.off(signal, listener);
    process.off('SIGHUP', ignore);
  };
  return { asked, ask, forget };
}
