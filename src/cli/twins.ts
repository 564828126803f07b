// Twins as commands and runs need them: found, brought up, asked, given back.
import { join } from 'node:path';
import type { Connection, Environment } from '../model/environment.ts';
import { UsageError } from '../model/errors.ts';
import type { EventOf } from '../model/events.ts';
import {
  connectionOf,
  downTwin,
  environmentOf,
  findTwin,
  loadWorld,
  type TwinAddress,
  type TwinOwner,
  twinOperations,
  upTwin,
} from '../twin/index.ts';
import type { Terminal } from './terminal.ts';
import { notKnownToBeSlowEnough } from './twin-operations.ts';
import type { Workspace } from './workspace.ts';

export interface RunningTwin {
  readonly environment: Environment;
  readonly connection: Connection;
  readonly address: TwinAddress;
}

const PROGRAM = join(import.meta.dirname, '..', 'cli.ts');

export const bringUp = (workspace: Workspace, worldFile: string, owner: TwinOwner): Promise<TwinAddress> =>
  upTwin({
    worldFile,
    stateDir: workspace.state,
    owner,
    command: [process.execPath, PROGRAM, 'twin', 'supervise'],
    logFile: join(workspace.state, 'logs', 'twin.log'),
  });

/** The twin of a world for a run: the one that is up, else a new one that belongs to the run. */
export async function twinFor(
  worldFile: string,
  workspace: Workspace,
  run: string,
  terminal: Terminal,
): Promise<RunningTwin> {
  const world = loadWorld(worldFile);
  const known = findTwin(workspace.state, world.name);
  if (known === undefined) terminal.err(`twin ${world.name}: coming up`);
  const address = known ?? (await bringUp(workspace, worldFile, { run }));
  return { environment: environmentOf(world), connection: connectionOf(address), address };
}

/** Ends a twin that belongs to the run, now that the run is closed. One that a person brought up stays. */
export async function giveBack({ address }: RunningTwin, workspace: Workspace, run: string): Promise<void> {
  if (address.owner !== 'person' && address.owner.run === run) await downTwin(workspace.state, address.name);
}

/** A twin that is up, by its name. Throws UsageError `not-found`. */
export function requireTwin(workspace: Workspace, name: string): TwinAddress {
  const found = findTwin(workspace.state, name);
  if (found === undefined)
    throw new UsageError('not-found', `expected a twin that is up, found none of the name "${name}"`);
  return found;
}

/** What the twin did in less time than was ever recorded, or in a time that nobody can compare with a record. */
export const fasterOperations = async ({ address }: RunningTwin): Promise<EventOf<'twin.faster'>['operations']> => [
  ...notKnownToBeSlowEnough(await twinOperations(address), Date.now()),
];
