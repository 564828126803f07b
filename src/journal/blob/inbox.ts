// Commands of other processes: a blob each, made once under the next number, and never changed.
import { type CommandBody, parseCommand } from '../command.ts';
import type { Command } from '../journal.ts';
import { JournalError } from '../journal-error.ts';
import type { Containers } from './containers.ts';
import { download } from './download.ts';
import { askAgain, isConflict, isMissing, readAgain, unreachable } from './requests.ts';

/** A command that was not read for long can wait; a flood must not fill the memory of a run. */
const COMMANDS_AT_ONCE_MAX = 100;
const COMMAND_BYTES_MAX = 1024 * 1024;
/** Of every number, so that each command has one name. */
const DIGITS = 6;
const NAME = new RegExp(`^(\\d{${DIGITS}})\\.json$`);
const ID_MAX = 10 ** DIGITS - 1;
/** Others may post at the same time. */
const TRIES_MAX = 50;

const folderOf = ({ prefix }: Containers, run: string) => `${prefix}${run}/inbox/`;
const nameOf = (containers: Containers, run: string, id: number) =>
  `${folderOf(containers, run)}${String(id).padStart(DIGITS, '0')}.json`;
const inboxBlob = (containers: Containers, run: string, id: number) =>
  containers.desk.getBlockBlobClient(nameOf(containers, run, id));

/** Numbers of all commands, in their order. What is named otherwise is none. */
export async function commandIds(containers: Containers, run: string): Promise<readonly number[]> {
  const folder = folderOf(containers, run);
  return readAgain(`the inbox of ${run}`, async (abortSignal) => {
    const ids: number[] = [];
    for await (const { name } of containers.desk.listBlobsFlat({ prefix: folder, abortSignal })) {
      const [, digits] = NAME.exec(name.slice(folder.length)) ?? [];
      if (digits !== undefined) ids.push(Number(digits));
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

async function readCommand(containers: Containers, run: string, id: number): Promise<Command> {
  return { id, run, command: parseCommand((await bytesOf(containers, run, id))?.toString('utf8') ?? '') };
}

/** Undefined: a blob that is too large to be a command, or is gone since it was listed. */
async function bytesOf(containers: Containers, run: string, id: number): Promise<Buffer | undefined> {
  const blob = inboxBlob(containers, run, id);
  const what = `blob ${blob.name}`;
  try {
    return (await askAgain(what, (signal) => download(blob, signal, COMMAND_BYTES_MAX))).bytes;
  } catch (error) {
    if (isMissing(error) || (error instanceof JournalError && error.code === 'unreadable')) return undefined;
    throw unreachable(what, error);
  }
}

/** Stores a command behind those that are there, and gives its number. */
export async function postCommand(containers: Containers, run: string, command: CommandBody): Promise<number> {
  const bytes = Buffer.from(JSON.stringify(command));
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const id = nextId(await commandIds(containers, run));
    if (id > ID_MAX) break;
    const blob = inboxBlob(containers, run, id);
    try {
      await askAgain(`blob ${blob.name}`, (abortSignal) =>
        blob.upload(bytes, bytes.length, { abortSignal, conditions: { ifNoneMatch: '*' } }),
      );
      return id;
    } catch (error) {
      if (!isConflict(error)) throw unreachable(`blob ${blob.name}`, error);
      // Somebody else's command has the number, or our own whose answer was lost.
      if ((await bytesOf(containers, run, id))?.equals(bytes)) return id;
    }
  }
  throw new JournalError(
    'unreachable',
    `journal: expected a place in the inbox of ${run}, found none in ${TRIES_MAX} tries`,
  );
}

/** Behind the last one; where somebody has put a blob at the very end, the first that is free. */
function nextId(ids: readonly number[]): number {
  const next = (ids.at(-1) ?? 0) + 1;
  if (next <= ID_MAX) return next;
  const used = new Set(ids);
  let free = 1;
  while (used.has(free)) free += 1;
  return free;
}
