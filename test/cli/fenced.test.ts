// Another process was faster, or the disk was full: no bug in this program, and nothing is lost by it.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendAlone } from '../../src/cli/append-alone.ts';
import { drive, type Stage } from '../../src/cli/drive.ts';
import { takeFree } from '../../src/cli/holder.ts';
import { goOn } from '../../src/cli/run-on-twin.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { Workspace } from '../../src/cli/workspace.ts';
import type { JournalStore, RunJournal } from '../../src/journal/journal.ts';
import { JournalError } from '../../src/journal/journal-error.ts';
import { openMemoryStore } from '../../src/journal/memory.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import { opened } from '../statechart/bodies.ts';
import { drillPlan, fault } from '../statechart/drills.ts';

const fenced = () => Promise.reject(new JournalError('fenced', 'run-1 is in the hands of another writer'));
const terminal: Terminal = { out: () => {}, err: () => {}, interactive: false } as unknown as Terminal;
/** A store whose run was taken by process 7 a moment ago. */
const lostStore = {
  take: fenced,
  find: async () => ({ run: 'run-1', writer: { pid: 7, startedAt: '', since: 0 } }),
  events: async () => [],
} as unknown as JournalStore;
const refused = {
  code: 'refused',
  message: expect.stringContaining('run-1 is held by process 7 since 1970-01-01T00:00:00.000Z'),
};

it('whoever is too late to take a run over is refused, and told who has it', async () => {
  await expect(takeFree(lostStore, 'run-1')).rejects.toMatchObject(refused);
});

it('whoever loses a run while it is at work is refused, and told who has it', async () => {
  const state = mkdtempSync(join(tmpdir(), 'drillmaster-fenced-'));
  try {
    const stage = {
      workspace: { state },
      store: lostStore,
      plan: drillPlan([fault('lose')]),
      signal: new AbortController().signal,
      terminal,
      wishes: { unattended: true, rehearsal: false },
    } as unknown as Stage;
    const journal = { run: 'run-1', events: fenced } as unknown as RunJournal;
    await expect(drive(stage, journal)).rejects.toMatchObject(refused);
  } finally {
    rmSync(state, { recursive: true });
  }
});

it('whoever takes a run over and fails before it is at work gives it back', async () => {
  const state = mkdtempSync(join(tmpdir(), 'drillmaster-fenced-'));
  const file = join(state, 'journal.db');
  const plan = drillPlan([fault('lose')]);
  const workspace: Workspace = { root: state, state, evidence: join(state, 'evidence'), worlds: state };
  const events = [{ ...opened, proveChecks: true, seq: 1, at: 0 }] as const;
  try {
    const before = openSqliteStore(file, { self: { pid: 1, startedAt: 'of another boot' }, isAlive: () => false });
    await before.create({ run: 'run-1', drill: 'd', openedAt: 0, plan: '{}' }, { at: 0, body: events[0] });
    // A proof that was left behind of a run whose plan is none: it cannot be ended, and nothing can be proved.
    await (await before.create({ run: 'run-0', drill: 'd', openedAt: 0, plan: 'none' })).release('aborted');
    await before.close();
    mkdirSync(join(state, 'proofs', 'run-0'), { recursive: true });
    await expect(goOn({ record: { run: 'run-1' }, plan, events }, workspace, terminal)).rejects.toThrow(SyntaxError);
    const after = openSqliteStore(file);
    expect(await after.find('run-1')).toMatchObject({ outcome: null, writer: null });
    await after.close();
  } finally {
    rmSync(state, { recursive: true });
  }
});

it('a full disk that gave its reserve back takes the event, and the run is aborted', async () => {
  const store = openMemoryStore();
  const journal = store.now.create({ run: 'r', drill: 'd', openedAt: 0, plan: '{}' });
  let tries = 0;
  const relieved: RunJournal = {
    ...journal,
    append: async (events) => {
      tries += 1;
      if (tries === 1) throw new JournalError('relieved', 'the disk was full; its reserve was given back');
      return journal.append(events);
    },
  };
  await appendAlone(relieved, { type: 'run.continued', as: 'dana' });
  expect(store.now.events('r')).toMatchObject([
    { type: 'run.continued', as: 'dana' },
    { type: 'abort.requested', as: 'drillmaster', reason: 'the disk was full; its reserve was given back' },
  ]);
});
