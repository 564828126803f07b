// Commands of other processes: a blob each, made once under the next number, and never changed.
import { type CommandBody, parseCommand } from '../command.ts';
import type { Command } from '../journal.ts';
import { JournalError } from '../journal-error.ts';
import type { Containers } from './containers.ts';
import { download } from './download.ts';
import { askAgain, isConflict, readAgain, unreachable } from './requests.ts';

/** A command that was not read for long can wait; a flood must not fill the memory of a run. */
const COMMANDS_AT_ONCE_MAX = 100;
const COMMAND_BYTES_MAX = 1024 * 1024;
const DIGITS = 6;
/** Others may post at the same time. */
const TRIES_MAX = 50;

const folderOf = ({ prefix }: Containers, run: string) => `${prefix}${run}/inbox/`;
const nameOf = (containers: Containers, run: string, id: number) =>
  `${folderOf(containers, run)}${String(id).padStart(DIGITS, '0')}.json`;

/** Numbers of all commands, in their order. */
export async function commandIds(containers: Containers, run: string): Promise<readonly number[]> {
  const folder = folderOf(containers, run);
  return readAgain(`the inbox of ${run}`, async (abortSignal) => {
    const ids: number[] = [];
    for await (const { name } of containers.desk.listBlobsFlat({ prefix: folder, abortSignal })) {
      const id = Number(/^(\d+)\.json$/.exec(name.slice(folder.length))?.[1]);
      if (Number.isSafeInteger(id)) ids.push(id);
    }
    return ids.sort((a, b) => a - b);
  });
}

/** Those that were not taken, oldest first. */
export async function readInbox(
  containers: Containers,
  run: string,
  taken: readonly number[],
): Promise<readonly Command[]> {
  const done = new Set(taken);
  const ids = (await commandIds(containers, run)).filter((id) => !done.has(id)).slice(0, COMMANDS_AT_ONCE_MAX);
  return Promise.all(ids.map((id) => readCommand(containers, run, id)));
}

/** A blob that is too large to be one holds none. */
async function readCommand(containers: Containers, run: string, id: number): Promise<Command> {
  const blob = containers.desk.getBlockBlobClient(nameOf(containers, run, id));
  const found = await readAgain(`blob ${blob.name}`, (signal) => download(blob, signal, COMMAND_BYTES_MAX)).catch(
    (error: unknown) => {
      if (error instanceof JournalError && error.code === 'unreadable') return undefined;
      throw error;
    },
  );
  return { id, run, command: parseCommand(found?.bytes.toString('utf8') ?? '') };
}

/** Stores a command behind those that are there, and gives its number. */
export async function postCommand(containers: Containers, run: string, command: CommandBody): Promise<number> {
  const bytes = Buffer.from(JSON.stringify(command));
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const id = ((await commandIds(containers, run)).at(-1) ?? 0) + 1;
    const blob = containers.desk.getBlockBlobClient(nameOf(containers, run, id));
    try {
      await askAgain(`blob ${blob.name}`, (abortSignal) =>
        blob.upload(bytes, bytes.length, { abortSignal, conditions: { ifNoneMatch: '*' } }),
      );
      return id;
    } catch (error) {
      if (!isConflict(error)) throw unreachable(`blob ${blob.name}`, error);
      // Somebody else's command has the number, or our own whose answer was lost.
      const found = await readAgain(`blob ${blob.name}`, (signal) => download(blob, signal, COMMAND_BYTES_MAX));
      if (found.bytes.equals(bytes)) return id;
    }
  }
  throw new JournalError(
    'unreachable',
    `journal: expected a place in the inbox of ${run}, found it taken ${TRIES_MAX} times`,
  );
}
