// A disk that is full: by a limit on the pages of the file, and by a real small file system where one may be mounted.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalStore } from '../../src/journal/journal.ts';
import { fileReserve, withReserve } from '../../src/journal/reserve.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import { openSqliteFile } from '../../src/journal/sqlite-file.ts';
import { openSqliteRun } from '../../src/journal/sqlite-run.ts';
import { canMount, unmount, withSmallDisk } from './small-disk.ts';
import { aborted, at, failsWith, newRun } from './suite.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-reserve-'));
});
afterEach(() => {
  unmount(folder);
  rmSync(folder, { recursive: true });
});

const KIBIBYTE = 1024;
const long = (count: number) => at(count, aborted(`${count} ${'x'.repeat(2000)}`));

describe('a reserve', () => {
  it('is made of real bytes, once, for its owner alone', () => {
    const file = join(folder, 'reserve');
    const reserve = fileReserve(file, 300 * KIBIBYTE);
    reserve.make();
    const { size, blocks, mode, mtimeMs, ino } = statSync(file);
    expect([size, mode & 0o777]).toEqual([300 * KIBIBYTE, 0o600]);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    reserve.make();
    expect(statSync(file)).toMatchObject({ mtimeMs, ino });
    expect([reserve.giveBack(), reserve.giveBack(), existsSync(file)]).toEqual([true, false, false]);
  });

  it('that a crash left half is made again', () => {
    const file = join(folder, 'reserve');
    appendFileSync(file, 'half');
    fileReserve(file, 4 * KIBIBYTE).make();
    expect(statSync(file).size).toBe(4 * KIBIBYTE);
  });

  it('is not refused because another process makes it in the same moment', () => {
    const file = join(folder, 'reserve');
    // What another process has under way stands where it stands.
    mkdirSync(`${file}.new`);
    fileReserve(file, 4 * KIBIBYTE).make();
    expect(statSync(file).size).toBe(4 * KIBIBYTE);
  });

  it('is there when another process was faster while this one had no room left', () => {
    const file = join(folder, 'reserve');
    const other = () => {
      writeFileSync(file, Buffer.alloc(6 * KIBIBYTE));
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    };
    expect(() => fileReserve(file, 6 * KIBIBYTE, other).make()).not.toThrow();
    expect(() => fileReserve(file, 7 * KIBIBYTE, other).make()).toThrow(failsWith('full'));
  });

  it('takes away what a process left half that died over it, and nothing else', () => {
    const file = join(folder, 'reserve');
    const { pid } = spawnSync('true');
    const stale = `${file}.${pid}-0a1b2c3d.new`;
    const standing = [`${file}.${process.pid}-0a1b2c3d.new`, `${file}.note.new`];
    for (const name of [stale, ...standing]) writeFileSync(name, 'half');
    fileReserve(file, 4 * KIBIBYTE).make();
    expect(existsSync(stale)).toBe(false);
    expect(standing.filter((name) => existsSync(name))).toEqual(standing);
  });
});

describe('a journal whose file may not grow', () => {
  /** A run in a file that is held at its present size until the reserve is given back. */
  async function heldRun() {
    const database = openSqliteFile(join(folder, 'journal.db'));
    const { pid } = process;
    database.exec(
      `INSERT INTO runs (run, drill, opened_at, plan, writer_pid, writer_started, term) VALUES ('run-1', 'd', 0, '{}', ${pid}, '', 1)`,
    );
    const bare = openSqliteRun(database, 'run-1', 1);
    await bare.append([long(1)]);
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages}`);
    let reserves = 1;
    const giveBack = () => {
      database.exec('PRAGMA max_page_count = 100000');
      reserves -= 1;
      return reserves >= 0;
    };
    const store = { take: async () => bare } as unknown as JournalStore;
    return { database, bare, journal: await withReserve(store, { make: () => {}, giveBack }).take('run-1') };
  }

  it('says that the disk is full, and stores nothing of the group', async () => {
    const { database, bare } = await heldRun();
    const before = (await bare.events()).length;
    await expect(bare.append([long(2), long(3), long(4), long(5)])).rejects.toEqual(failsWith('full'));
    expect(await bare.events()).toHaveLength(before);
    database.close();
  });

  it('gives the reserve back, says so once, and takes the group then', async () => {
    const { database, journal } = await heldRun();
    const group = [long(2), long(3), long(4), long(5)];
    await expect(journal.append(group)).rejects.toEqual(failsWith('relieved'));
    expect((await journal.append(group)).map(({ seq }) => seq)).toEqual([2, 3, 4, 5]);
    database.close();
  });

  it('keeps a handle at once, and says so at the next append', async () => {
    const { database, journal } = await heldRun();
    const handle = 'h'.repeat(20_000);
    await journal.keepHandle('promote', 1, handle);
    expect(await journal.handle('promote', 1)).toBe(handle);
    await expect(journal.append([long(2)])).rejects.toEqual(failsWith('relieved'));
    expect((await journal.append([long(2)]))[0]?.seq).toBe(2);
    database.close();
  });
});

describe.skipIf(!canMount())('a journal on a real small disk (needs the right to mount one)', () => {
  it('outlives that it fills up, and has its reserve again when there is room', async () => {
    await withSmallDisk(folder, { bytes: 2048 * KIBIBYTE }, async () => {
      const reserve = fileReserve(join(folder, 'reserve'), 512 * KIBIBYTE);
      reserve.make();
      const store = withReserve(openSqliteStore(join(folder, 'journal.db')), reserve);
      const journal = await store.create(newRun('run-1'), long(1));
      const filler = join(folder, 'filler');
      fillUp(filler);
      const failed = await untilRejected(() => journal.append([long(2)]));
      expect(failed).toMatchObject({ code: 'relieved' });
      expect(existsSync(join(folder, 'reserve'))).toBe(false);
      const before = (await store.events('run-1')).length;
      for (let count = 0; count < 20; count += 1) await journal.append([long(count)]);
      expect(await store.events('run-1')).toHaveLength(before + 20);
      await journal.release('aborted');
      expect(() => reserve.make()).toThrow(failsWith('full'));
      rmSync(filler);
      reserve.make();
      await store.close();
    });
  });

  it('says that it is full when there is no reserve, and has lost nothing when there is room again', async () => {
    await withSmallDisk(folder, { bytes: 1024 * KIBIBYTE }, async () => {
      const store = openSqliteStore(join(folder, 'journal.db'));
      const journal = await store.create(newRun('run-1'), long(1));
      const filler = join(folder, 'filler');
      fillUp(filler);
      let acknowledged = 1;
      const failed = await untilRejected(async () => {
        acknowledged = (await journal.append([long(2)]))[0]?.seq ?? 0;
      });
      expect(failed).toMatchObject({ code: 'full' });
      rmSync(filler);
      expect(await store.events('run-1')).toHaveLength(acknowledged);
      expect((await journal.append([long(3)]))[0]?.seq).toBe(acknowledged + 1);
      await store.close();
    });
  });
});

/** Takes all the room that a disk has. */
function fillUp(file: string): void {
  for (const size of [64 * KIBIBYTE, KIBIBYTE, 1]) untilThrown(() => appendFileSync(file, Buffer.alloc(size)));
}

function untilThrown(work: () => void): unknown {
  for (let count = 0; count < 10_000; count += 1) {
    try {
      work();
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

async function untilRejected(work: () => Promise<unknown>): Promise<unknown> {
  for (let count = 0; count < 10_000; count += 1) {
    try {
      await work();
    } catch (error) {
      return error;
    }
  }
  return undefined;
}
