// A writer is killed with SIGKILL at a moment of nobody's choosing, again and again; what it said was durable is.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalStore } from '../../src/journal/journal.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';

const KILLS = 4;
const WRITER = join(import.meta.dirname, 'journal-writer.ts');
const children = new Set<ChildProcess>();
let folder = '';
let store: JournalStore;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-kill-'));
  store = openSqliteStore(join(folder, 'journal.db'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Starts a writer; resolves once it has promised something. */
async function startWriter(run: string) {
  const child = spawn(process.execPath, [WRITER, join(folder, 'journal.db'), run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const promised: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => promised.push(line));
  await once(lines, 'line');
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
    children.delete(child);
    const [seq = 0, round = 0] = (promised.at(-1) ?? '').split(' ').map(Number);
    return { seq, round };
  };
  return { child, kill };
}

describe('a journal whose writer is killed', () => {
  it(`keeps whole groups and an unbroken chain through ${KILLS} kills, and is taken over each time`, async () => {
    for (let kills = 0; kills < KILLS; kills++) {
      const writer = await startWriter('run-1');
      await new Promise((resolve) => setTimeout(resolve, 20 + 37 * kills));
      const { seq, round } = await writer.kill();
      const events = await store.events('run-1');
      // One group may have become durable after the last promise that got out.
      expect([seq, seq + 5]).toContain(events.length);
      expect(events.length % 5).toBe(0);
      const next = await store.take('run-1');
      expect(await next.handle('step', round)).toBe(`handle ${round}`);
      await next.release(null);
    }
  });

  it('is in the hands of its writer while that lives, and free as soon as it is dead', async () => {
    const writer = await startWriter('run-2');
    expect((await store.find('run-2'))?.writer?.pid).toBe(writer.child.pid);
    await expect(store.take('run-2')).rejects.toEqual(expect.objectContaining({ code: 'busy' }));
    await store.post('run-2', { type: 'abort', as: 'sam', reason: 'posted beside a busy writer' });
    await writer.kill();
    expect((await store.find('run-2'))?.writer).toBeNull();
    const journal = await store.take('run-2');
    expect(await journal.commands()).toMatchObject([{ command: { reason: 'posted beside a busy writer' } }]);
    await journal.release(null);
  });

  it('names its writer with the start time of the process, because a pid comes back', async () => {
    const writer = await startWriter('run-3');
    const record = await store.find('run-3');
    await writer.kill();
    expect(record?.writer?.startedAt).toMatch(/:\d+$/);
    expect((await store.find('run-3'))?.writer).toBeNull();
  });
});
