// A document archive on a disk: one file a document, and a manifest that says what every file must hold. A document counts when its line of the
// manifest is on the disk; a machine that dies in between leaves a file that nobody was promised.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ArchiveSummary {
  readonly count: number;
  /** Number of the newest document; null when there is none. */
  readonly newest: number | null;
  /** When it was filed, epoch ms. */
  readonly newestAt: number | null;
  /** SHA-256 over the manifest: equal archives have equal ones. */
  readonly checksum: string;
  /** Documents whose file is missing or does not hold what the manifest says. */
  readonly broken: number;
}

export interface Archive {
  /** Resolves when the document is on the disk. `taken`: another text is filed under the number. */
  readonly file: (number: number, text: string) => Promise<'filed' | 'known' | 'taken'>;
  readonly next: () => number;
  readonly read: (number: number) => Promise<string | undefined>;
  readonly summary: () => Promise<ArchiveSummary>;
  /** Lets what is under way end, and files nothing until `release`. */
  readonly hold: () => Promise<void>;
  readonly release: () => void;
  readonly close: () => Promise<void>;
}

interface Entry {
  readonly number: number;
  readonly sha256: string;
  readonly at: number;
}

const LINE = /^(\d{1,9}) ([0-9a-f]{64}) (\d{1,15})$/;
const nameOf = (folder: string, number: number) => join(folder, 'documents', `${number}.json`);
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

/** Opens the archive of a folder, or begins one. A last line that was cut off is no line. */
export async function openArchive(folder: string, now: () => number): Promise<Archive> {
  await mkdir(join(folder, 'documents'), { recursive: true });
  const manifest = join(folder, 'manifest');
  const entries = new Map((await readManifest(manifest)).map((entry) => [entry.number, entry]));
  const lines = await open(manifest, 'a');
  // One write at a time: the manifest is the order in which documents count.
  let turn: Promise<unknown> = endLine(lines, manifest);
  let gate: PromiseWithResolvers<void> | undefined;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work, work);
    turn = done.catch(() => undefined);
    return done;
  };

  async function write(number: number, text: string): Promise<'filed' | 'known' | 'taken'> {
    const digest = sha256(text);
    const known = entries.get(number);
    if (known !== undefined) return known.sha256 === digest ? 'known' : 'taken';
    await writeDurably(nameOf(folder, number), text);
    const entry = { number, sha256: digest, at: now() };
    await lines.appendFile(`${number} ${digest} ${entry.at}\n`);
    await lines.datasync();
    entries.set(number, entry);
    return 'filed';
  }

  return {
    file: (number, text) =>
      inTurn(async () => {
        await gate?.promise;
        return write(number, text);
      }),
    next: () => Math.max(0, ...entries.keys()) + 1,
    read: async (number) => (entries.has(number) ? readFile(nameOf(folder, number), 'utf8') : undefined),
    summary: () => summaryOf(folder, [...entries.values()]),
    // A turn like any other: what came before it ends first, what comes after it waits at the gate.
    hold: () =>
      inTurn(async () => {
        gate ??= Promise.withResolvers();
      }),
    release: () => {
      gate?.resolve();
      gate = undefined;
    },
    close: () => inTurn(() => lines.close()),
  };
}

async function readManifest(file: string): Promise<readonly Entry[]> {
  if (!existsSync(file)) return [];
  const found: Entry[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [, number, digest, at] = LINE.exec(line) ?? [];
    if (digest !== undefined) found.push({ number: Number(number), sha256: digest, at: Number(at) });
  }
  return found;
}

/** What was cut off in the middle of a line must not become the beginning of the next one. */
async function endLine(lines: FileHandle, file: string): Promise<void> {
  const text = readFileSync(file, 'utf8');
  if (text !== '' && !text.endsWith('\n')) await lines.appendFile('\n');
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function summaryOf(folder: string, entries: readonly Entry[]): Promise<ArchiveSummary> {
  const sorted = entries.toSorted((a, b) => a.number - b.number);
  let broken = 0;
  for (const { number, sha256: expected } of sorted) {
    const text = await readFile(nameOf(folder, number)).catch(() => undefined);
    if (text === undefined || sha256(text) !== expected) broken += 1;
  }
  const newest = sorted.at(-1);
  return {
    count: sorted.length,
    newest: newest?.number ?? null,
    newestAt: newest?.at ?? null,
    checksum: sha256(sorted.map(({ number, sha256: digest }) => `${number} ${digest}\n`).join('')),
    broken,
  };
}
