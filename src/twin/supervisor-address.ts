// How a running twin is reached, as it stands in the twin's folder. The file holds secrets: mode 0600.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Connection } from '../model/environment.ts';
import { TwinError } from './twin-error.ts';

/** `journal`: the address of the run's journal; absent: the state folder's own. */
const ownerSchema = z.union([
  z.literal('person'),
  z.strictObject({ run: z.string().min(1), journal: z.string().optional() }),
]);
/** A twin is the person's who brought it up, or a run's. */
export type TwinOwner = Readonly<z.infer<typeof ownerSchema>>;

/** `startTicks`: clock ticks from the boot to the start of the process. */
const processSchema = z.object({ pid: z.int().min(2), startTicks: z.int() });
/** A process that cannot be taken for a later one with the same number. */
export type ProcessIdentity = Readonly<z.infer<typeof processSchema>>;

const requestSchema = z.object({
  formatVersion: z.literal(1),
  name: z.string(),
  owner: ownerSchema,
  /** Folder of the data planes. */
  data: z.string(),
  /** The process that brings it up. */
  claimedBy: processSchema,
});
/** What `up` asks of the supervisor. */
export type TwinRequest = Readonly<z.infer<typeof requestSchema>>;

const addressSchema = z.object({
  formatVersion: z.literal(1),
  name: z.string(),
  owner: ownerSchema,
  /** Epoch ms. */
  upSince: z.number(),
  supervisor: processSchema,
  endpoint: z.string(),
  /** `127.0.0.1:40124`. */
  nameServer: z.string(),
  /** PEM. */
  authority: z.string(),
  /** The operator's own token. */
  token: z.string(),
  /** How drills sign in, as a client of Entra ID does. */
  client: z.object({ clientId: z.string(), clientSecret: z.string(), identityHeader: z.string() }),
  hosts: z.record(z.string(), z.object({ host: z.string(), port: z.int() })),
  postgres: z.object({ user: z.string(), password: z.string(), database: z.string() }),
});
/** Everything that a client of a running twin needs. Holds secrets: never logged or packed. */
export type TwinAddress = Readonly<z.infer<typeof addressSchema>>;

const REQUEST_FILE = 'request.json';
const ADDRESS_FILE = 'address.json';
const SUPERVISOR_FILE = 'supervisor.json';
export const WORLD_FILE = 'world.yaml';
export const REGISTRY_FILE = 'processes.json';

/** All return undefined when the file is absent and throw TwinError `twin-file-invalid` when it is something else. */
export const readRequest = (folder: string): TwinRequest | undefined =>
  readJson(join(folder, REQUEST_FILE), requestSchema);
export const readAddress = (folder: string): TwinAddress | undefined =>
  readJson(join(folder, ADDRESS_FILE), addressSchema);
export const readSupervisor = (folder: string): ProcessIdentity | undefined =>
  readJson(join(folder, SUPERVISOR_FILE), processSchema);

export const writeRequest = (folder: string, request: TwinRequest): void =>
  writeSecret(join(folder, REQUEST_FILE), request);
export const writeAddress = (folder: string, address: TwinAddress): void =>
  writeSecret(join(folder, ADDRESS_FILE), address);
export const writeSupervisor = (folder: string, identity: ProcessIdentity): void =>
  writeSecret(join(folder, SUPERVISOR_FILE), identity);

/** How drills reach a twin. */
export const connectionOf = ({
  endpoint,
  nameServer,
  authority,
  token,
  client,
  hosts,
  postgres,
}: TwinAddress): Connection => ({
  armEndpoint: endpoint,
  nameServer,
  authority,
  token,
  client: { authorityHost: endpoint, clientId: client.clientId, clientSecret: client.clientSecret },
  hosts,
  postgres,
});

/** Written beside and renamed, so that nobody reads half of it. */
function writeSecret(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readJson<T>(file: string, schema: z.ZodType<T>): T | undefined {
  const text = readIfPresent(file);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TwinError('twin-file-invalid', `expected ${file} as this version writes it, found something else`, {
      cause,
    });
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
