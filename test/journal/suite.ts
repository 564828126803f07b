// What every journal store promises. Run over each of them.
import { describe, expect, it } from 'vitest';
import type { JournalStore, RunJournal } from '../../src/journal/journal.ts';
import type { JournalErrorCode } from '../../src/journal/journal-error.ts';
import type { ProcessIdentity } from '../../src/journal/process-identity.ts';
import type { Writers } from '../../src/journal/writer.ts';
import type { EventBody } from '../../src/model/events.ts';
import { sha256 } from '../../src/model/json.ts';

export const START = Date.UTC(2026, 10, 21, 10);
export const aborted = (reason: string): EventBody => ({ type: 'abort.requested', as: 'dana', reason });
export const at = (ms: number, body: EventBody) => ({ at: START + ms, body });
export const newRun = (run: string) => ({ run, drill: 'failover', openedAt: START, plan: '{"drill":"failover"}' });

/** Processes that a test plays: each looks at the same living ones. */
export function playProcesses(): { readonly as: (pid: number) => Writers; readonly kill: (pid: number) => void } {
  const dead = new Set<number>();
  const isAlive = ({ pid }: ProcessIdentity) => !dead.has(pid);
  return { as: (pid) => ({ self: { pid, startedAt: `start ${pid}` }, isAlive }), kill: (pid) => void dead.add(pid) };
}

/** Opens the same stored runs for one process. */
export type Open = (writers: Writers) => JournalStore;

export const failsWith = (code: JournalErrorCode, seq?: number) =>
  expect.objectContaining(seq === undefined ? { name: 'JournalError', code } : { name: 'JournalError', code, seq });

/** `begin` starts a test with nothing stored. */
export function journalSuite(name: string, begin: () => Open): void {
  describe(name, () => {
    const fresh = async () => {
      const open = begin();
      const processes = playProcesses();
      const store = open(processes.as(1));
      return { open, processes, store, journal: await store.create(newRun('run-1')) };
    };

    it('gives events their places and reads them back as they were', async () => {
      const { store, journal } = await fresh();
      const first = await journal.append([at(0, aborted('a')), at(5, aborted('b'))]);
      const second = await journal.append([
        at(9, { type: 'step.succeeded', step: 's', attempt: 1, output: { z: [1, 'ü'], a: null } }),
      ]);
      expect([...first, ...second].map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(await store.events('run-1')).toEqual([...first, ...second]);
      expect(await journal.events()).toEqual([...first, ...second]);
    });

    it('reads on from a sequence number', async () => {
      const { store, journal } = await fresh();
      await journal.append(['a', 'b', 'c', 'd'].map((reason, index) => at(index, aborted(reason))));
      expect((await store.events('run-1', 3)).map(({ seq }) => seq)).toEqual([3, 4]);
      expect(await store.events('run-1', 5)).toEqual([]);
      expect(await store.events('run-1', 99)).toEqual([]);
    });

    it('chains each line to the bytes of the one before it', async () => {
      const { store, journal } = await fresh();
      await journal.append([at(0, aborted('a'))]);
      await journal.append([at(1, aborted('b'))]);
      const [first, second] = await store.lines('run-1');
      expect(first?.line).toBe(
        `{"seq":1,"prev":"${'0'.repeat(64)}","at":"2026-11-21T10:00:00.000Z","type":"abort.requested","as":"dana","reason":"a"}`,
      );
      expect(first?.hash).toBe(sha256(first?.line ?? ''));
      expect(second?.line).toContain(`{"seq":2,"prev":"${first?.hash}","at":`);
    });

    it('stores a group whole or not at all', async () => {
      const { store, journal } = await fresh();
      const wrong = { type: 'abort.requested', as: 'dana' } as unknown as EventBody;
      await expect(journal.append([at(0, aborted('a')), at(1, wrong)])).rejects.toEqual(failsWith('event-invalid', 2));
      expect(await store.events('run-1')).toEqual([]);
      expect((await journal.append([at(2, aborted('b'))]))[0]?.seq).toBe(1);
    });

    it.each([
      ['a time that is no whole millisecond', { at: START + 0.5, body: aborted('a') }],
      ['a time out of all calendars', { at: 1e18, body: aborted('a') }],
      [
        'an output that is no JSON',
        at(0, { type: 'step.succeeded', step: 's', attempt: 1, output: new Date() as never }),
      ],
    ])('refuses %s', async (_, event) => {
      const { journal } = await fresh();
      await expect(journal.append([event])).rejects.toEqual(failsWith('event-invalid', 1));
    });

    it('takes a name once', async () => {
      const { store } = await fresh();
      await expect(store.create(newRun('run-1'))).rejects.toEqual(failsWith('exists'));
    });

    it('makes a run together with its first event, or not at all', async () => {
      const { store } = await fresh();
      const first = await store.create(newRun('run-2'), at(0, aborted('first')));
      expect(await store.events('run-2')).toMatchObject([{ seq: 1, reason: 'first' }]);
      expect((await first.append([at(1, aborted('second'))]))[0]?.seq).toBe(2);
      const wrong = { type: 'abort.requested', as: 'dana' } as unknown as EventBody;
      await expect(store.create(newRun('run-3'), at(0, wrong))).rejects.toEqual(failsWith('event-invalid', 1));
      expect(await store.find('run-3')).toBeUndefined();
    });

    it('shows what stands in the inbox of a closed run', async () => {
      const { store, journal } = await fresh();
      await store.post('run-1', { type: 'abort', as: 'sam', reason: 'late' });
      await journal.release('passed');
      expect(await journal.commands()).toMatchObject([{ command: { as: 'sam' } }]);
    });

    it('does not know a run that was never created', async () => {
      const { store } = await fresh();
      expect(await store.find('other')).toBeUndefined();
      for (const ask of [store.take, store.events, store.lines])
        await expect(ask('other')).rejects.toEqual(failsWith('not-found'));
      await expect(store.post('other', { type: 'abort', as: 'a', reason: 'r' })).rejects.toEqual(
        failsWith('not-found'),
      );
    });

    it('lists runs in the order of their opening, with the writer while it lives', async () => {
      const { store, processes } = await fresh();
      await store.create({ ...newRun('run-0'), openedAt: START - 1 });
      const writer = { pid: 1, startedAt: 'start 1' };
      const expected = { drill: 'failover', plan: '{"drill":"failover"}', outcome: null, writer };
      expect(await store.runs()).toMatchObject([
        { run: 'run-0', openedAt: START - 1, ...expected },
        { run: 'run-1', openedAt: START, ...expected },
      ]);
      processes.kill(1);
      expect((await store.find('run-1'))?.writer).toBeNull();
    });

    it('refuses a take-over while the writer lives, its own process too', async () => {
      const { open, processes, store } = await fresh();
      await expect(store.take('run-1')).rejects.toEqual(failsWith('busy'));
      await expect(open(processes.as(2)).take('run-1')).rejects.toEqual(failsWith('busy'));
    });

    it('lets the next process go on where a dead writer stopped', async () => {
      const { open, processes, journal } = await fresh();
      await journal.append([at(0, aborted('a'))]);
      processes.kill(1);
      const next = open(processes.as(2));
      const taken = await next.take('run-1');
      expect((await taken.append([at(1, aborted('b'))]))[0]?.seq).toBe(2);
      expect(await next.events('run-1')).toHaveLength(2);
      expect((await next.find('run-1'))?.writer?.pid).toBe(2);
    });

    it('fences a writer that was taken for dead, before and after the new one wrote', async () => {
      const { open, processes, journal: old } = await fresh();
      await old.append([at(0, aborted('a'))]);
      processes.kill(1);
      const next = await open(processes.as(2)).take('run-1');
      const everything: readonly ((writer: RunJournal) => Promise<unknown>)[] = [
        (writer) => writer.append([at(1, aborted('b'))]),
        (writer) => writer.keepHandle('s', 1, 'h'),
        (writer) => writer.taken(1),
        (writer) => writer.release('passed'),
      ];
      for (const write of everything) await expect(write(old)).rejects.toEqual(failsWith('fenced'));
      await next.append([at(1, aborted('c'))]);
      for (const write of everything) await expect(write(old)).rejects.toEqual(failsWith('fenced'));
      expect((await next.events()).map((event) => event.type === 'abort.requested' && event.reason)).toEqual([
        'a',
        'c',
      ]);
    });

    it('keeps a released run open for the next one, with its handles', async () => {
      const { open, processes, journal } = await fresh();
      await journal.keepHandle('promote', 1, 'https://secret');
      await journal.release(null);
      await expect(journal.append([at(0, aborted('a'))])).rejects.toEqual(failsWith('fenced'));
      expect(await (await open(processes.as(2)).take('run-1')).handle('promote', 1)).toBe('https://secret');
    });

    it('closes a run that ended: nobody takes it, writes to it or sends it commands', async () => {
      const { open, processes, store, journal } = await fresh();
      await journal.release('passed');
      expect(await store.find('run-1')).toMatchObject({ outcome: 'passed', writer: null });
      await expect(open(processes.as(2)).take('run-1')).rejects.toEqual(failsWith('closed'));
      await expect(store.post('run-1', { type: 'abort', as: 'a', reason: 'r' })).rejects.toEqual(failsWith('closed'));
    });

    it('takes a closed run up again, with its events, without its handles and with an empty inbox', async () => {
      const { store, journal } = await fresh();
      await journal.append([at(0, aborted('a'))]);
      await journal.keepHandle('s', 1, 'https://secret');
      await store.post('run-1', { type: 'abort', as: 'dana', reason: 'too late' });
      await expect(store.reopen('run-1')).rejects.toEqual(failsWith('not-closed'));
      await expect(store.reopen('nothing')).rejects.toEqual(failsWith('not-found'));
      await journal.release('stuck');
      const again = await store.reopen('run-1');
      expect(await store.find('run-1')).toMatchObject({ outcome: null, writer: { pid: 1 } });
      await expect(store.reopen('run-1')).rejects.toEqual(failsWith('not-closed'));
      expect(await again.commands()).toEqual([]);
      expect(await again.handle('s', 1)).toBeUndefined();
      await expect(journal.append([at(1, aborted('old writer'))])).rejects.toEqual(failsWith('fenced'));
      expect(await again.append([at(2, aborted('b'))])).toMatchObject([{ seq: 2 }]);
      await store.post('run-1', { type: 'abort', as: 'dana', reason: 'now' });
      expect(await again.commands()).toHaveLength(1);
      await again.release('failed');
      expect(await store.find('run-1')).toMatchObject({ outcome: 'failed', writer: null });
      expect((await store.events('run-1')).map(({ seq }) => seq)).toEqual([1, 2]);
    });

    it('keeps a handle for each attempt, and replaces it', async () => {
      const { journal } = await fresh();
      await journal.keepHandle('promote', 1, 'first');
      await journal.keepHandle('promote', 2, 'second');
      await journal.keepHandle('promote', 2, 'second again');
      expect(await Promise.all([1, 2, 3].map((attempt) => journal.handle('promote', attempt)))).toEqual([
        'first',
        'second again',
        undefined,
      ]);
    });

    it('hands commands of other processes to the writer until it marks them as taken', async () => {
      const { open, processes, store, journal } = await fresh();
      await store.create(newRun('run-2'));
      const other = open(processes.as(2));
      await other.post('run-1', { type: 'abort', as: 'sam', reason: 'enough' });
      await other.post('run-2', { type: 'abort', as: 'sam', reason: 'not this one' });
      const [command] = await journal.commands();
      expect(await journal.commands()).toEqual([
        { id: command?.id, run: 'run-1', command: { type: 'abort', as: 'sam', reason: 'enough' } },
      ]);
      await journal.taken(command?.id ?? 0);
      expect(await journal.commands()).toEqual([]);
    });

    it('keeps runs apart', async () => {
      const { store, journal } = await fresh();
      const other = await store.create(newRun('run-2'));
      await journal.append([at(0, aborted('a'))]);
      expect((await other.append([at(0, aborted('b'))]))[0]?.seq).toBe(1);
      expect(await store.events('run-1')).toHaveLength(1);
    });
  });
}
