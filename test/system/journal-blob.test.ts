// The journal on append blobs, on a real Azurite: the promises of every store, and what only a store far away must survive.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listedRun } from '../../src/cli/listed-run.ts';
import { otherRunsOf } from '../../src/cli/other-runs.ts';
import { openContainers } from '../../src/journal/blob/containers.ts';
import { findDesk, holdDesk } from '../../src/journal/blob/desk.ts';
import { parseBlobPlace } from '../../src/journal/blob/place.ts';
import type { JournalStore } from '../../src/journal/journal.ts';
import { whyMalformed } from '../../src/runtime/malformed-command.ts';
import { SEED } from '../definition/seed.ts';
import { aborted, at, failsWith, journalSuite, newRun, playProcesses, START } from '../journal/suite.ts';
import { type Fate, type JournalAzurite, journalAzurite } from './journal-azurite.ts';

const WRITER = join(import.meta.dirname, 'journal-writer.ts');
let azurite: JournalAzurite;
beforeAll(async () => {
  azurite = await journalAzurite();
});
afterAll(() => azurite?.close());

/** A store that is opened with its first use, as the suite opens stores at once. */
function lazily(opened: () => Promise<JournalStore>): JournalStore {
  let store: Promise<JournalStore> | undefined;
  const get = () => (store ??= opened());
  return {
    create: async (...args) => (await get()).create(...args),
    take: async (...args) => (await get()).take(...args),
    reopen: async (...args) => (await get()).reopen(...args),
    runs: async () => (await get()).runs(),
    find: async (...args) => (await get()).find(...args),
    events: async (...args) => (await get()).events(...args),
    lines: async (...args) => (await get()).lines(...args),
    post: async (...args) => (await get()).post(...args),
    close: async () => (await get()).close(),
  };
}

journalSuite('the blob journal', () => {
  const journal = azurite.newJournal();
  return (writers) => lazily(async () => azurite.open((await journal).url, { writers }));
});

/** Small whole numbers that follow from a seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const HERE = { name: 'here', place: 'here 1' };
const THERE = { name: 'there', place: 'there 1' };
const LEASE_SECONDS = 15;
const isAppend = ({ url = '' }: { readonly url?: string | undefined }) => url.includes('comp=appendblock');
const reasonsOf = async (store: JournalStore, run = 'run-1') =>
  (await store.events(run)).map((event) => (event.type === 'abort.requested' ? event.reason : event.type));

describe('the blob journal on a bad line', () => {
  afterEach(() => azurite.setFate(() => 'pass'));

  it.each<[string, Fate]>([
    ['the answer of its append was lost', 'lose answer'],
    ['the request of its append was lost', 'lose request'],
    ['something on the way sent its append twice', 'send twice'],
  ])('stores a group once although %s', async (_, fate) => {
    const { url, name } = await azurite.newJournal();
    const store = await azurite.open(url);
    const journal = await store.create(newRun('run-1'), at(0, aborted('first')));
    let left = 2;
    azurite.setFate((asked) => (isAppend(asked) && left-- > 0 ? fate : 'pass'));
    expect((await journal.append([at(1, aborted('second')), at(2, aborted('third'))])).map(({ seq }) => seq)).toEqual([
      2, 3,
    ]);
    azurite.setFate(() => 'pass');
    await journal.append([at(3, aborted('fourth'))]);
    expect(await reasonsOf(await azurite.open(url))).toEqual(['first', 'second', 'third', 'fourth']);
    // Term and first event, the group, the last event: a block each.
    const blob = azurite.service.getContainerClient(name).getAppendBlobClient('run-1/events-000001.jsonl');
    expect((await blob.getProperties()).blobCommittedBlockCount).toBe(3);
  });

  it(`loses and doubles nothing when any answer or request may be lost (seed ${SEED})`, async () => {
    const { url } = await azurite.newJournal();
    const store = await azurite.open(url, { limits: { blocks: 4 } });
    const random = numbersFrom(SEED);
    const fates: readonly Fate[] = ['lose answer', 'lose request', 'send twice', ...Array<Fate>(9).fill('pass')];
    azurite.setFate(() => fates[random(fates.length)] ?? 'pass');
    const journal = await store.create(newRun('run-1'), at(0, aborted('0')));
    for (let round = 1; round <= 5; round++) {
      await journal.append([at(round, aborted(String(round)))]);
      await journal.keepHandle('step', round, `handle ${round}`);
      await store.post('run-1', { type: 'pause', as: 'sam', reason: String(round) });
    }
    const [first, ...rest] = await journal.commands();
    await journal.taken(first?.id ?? 0);
    await journal.release(null);
    const next = await (await azurite.open(url, { limits: { blocks: 4 } })).take('run-1');
    azurite.setFate(() => 'pass');
    expect(await reasonsOf(store)).toEqual(Array.from({ length: 6 }, (_, index) => String(index)));
    expect(await Promise.all([1, 5].map((round) => next.handle('step', round)))).toEqual(['handle 1', 'handle 5']);
    expect(rest.map(({ command }) => 'reason' in command && command.reason)).toEqual(['2', '3', '4', '5']);
    expect(await next.commands()).toEqual(rest);
    await next.release('passed');
  }, 60_000);
});

// Most of their time is spent waiting for leases.
describe.concurrent('the blob journal between machines', () => {
  it('says who holds a run since when, and is taken over without deleting anything once the lease ran out', async () => {
    const { url } = await azurite.newJournal();
    const times = { leaseSeconds: LEASE_SECONDS, now: () => START };
    const here = await azurite.open(url, { ...times, host: HERE, writers: playProcesses().as(7) });
    const journal = await here.create(newRun('run-1'), at(0, aborted('a')));
    await journal.keepHandle('promote', 1, 'https://secret');
    await here.post('run-1', { type: 'abort', as: 'sam', reason: 'enough' });
    // The machine is gone from here on: nothing renews its lease.
    await here.close();
    const there = await azurite.open(url, {
      ...times,
      host: THERE,
      writers: { ...playProcesses().as(7), isAlive: () => false },
    });
    await expect(there.take('run-1')).rejects.toMatchObject({
      code: 'busy',
      message:
        'expected a run without a writer, found run-1 in the hands of process 7 of here since 2026-11-21T10:00:00.000Z',
    });
    await expect.poll(async () => (await there.find('run-1'))?.writer, { timeout: 25_000, interval: 500 }).toBeNull();
    const taken = await there.take('run-1');
    expect(await taken.handle('promote', 1)).toBe('https://secret');
    expect(await taken.commands()).toMatchObject([{ command: { reason: 'enough' } }]);
    // It was only away: whatever it still wants to write comes too late.
    await expect(journal.append([at(1, aborted('too late'))])).rejects.toEqual(failsWith('fenced'));
    await expect(journal.keepHandle('s', 1, 'h')).rejects.toEqual(failsWith('fenced'));
    await taken.append([at(2, aborted('b'))]);
    await expect(journal.append([at(3, aborted('too late'))])).rejects.toEqual(failsWith('fenced'));
    await expect(journal.release('passed')).rejects.toEqual(failsWith('fenced'));
    expect(await reasonsOf(there)).toEqual(['a', 'b']);
    await taken.release('aborted');
  }, 45_000);

  it('says that a run may be lost, once its lease ran out without an answer, and takes nothing more for it', async () => {
    const { url, name } = await azurite.newJournal();
    const here = await azurite.open(url, { leaseSeconds: LEASE_SECONDS });
    const journal = await here.create(newRun('run-1'), at(0, aborted('a')));
    const isMine = new RegExp(`/${name}(-desk)?/`);
    azurite.setFate(({ url = '' }) => (isMine.test(url) ? 'lose request' : 'pass'));
    await expect(journal.append([at(1, aborted('b'))])).rejects.toEqual(failsWith('fenced'));
    azurite.setFate(() => 'pass');
    expect(journal.lost?.reason).toEqual(failsWith('fenced'));
    await expect(journal.append([at(2, aborted('c'))])).rejects.toEqual(failsWith('fenced'));
    await expect(journal.keepHandle('promote', 1, 'h')).rejects.toEqual(failsWith('fenced'));
    await expect(journal.release(null)).rejects.toEqual(failsWith('fenced'));
  }, 30_000);

  it('says that a run is lost as soon as its renewal is refused', async () => {
    const { url, name } = await azurite.newJournal();
    const here = await azurite.open(url, { leaseSeconds: LEASE_SECONDS });
    const { lost } = await here.create(newRun('run-1'), at(0, aborted('a')));
    const desk = azurite.service.getContainerClient(`${name}-desk`).getBlobClient('run-1/desk.json');
    await desk.getBlobLeaseClient().breakLease(0);
    await expect.poll(() => lost?.reason, { timeout: 10_000, interval: 200 }).toEqual(failsWith('fenced'));
  }, 15_000);

  it('keeps a run longer than a lease lasts, while its process lives', async () => {
    const { url } = await azurite.newJournal();
    const here = await azurite.open(url, { leaseSeconds: LEASE_SECONDS, host: HERE });
    const journal = await here.create(newRun('run-1'));
    await new Promise((resolve) => setTimeout(resolve, (LEASE_SECONDS + 3) * 1000));
    const there = await azurite.open(url, { host: THERE });
    await expect(there.take('run-1')).rejects.toEqual(failsWith('busy'));
    await journal.append([at(0, aborted('a'))]);
    await journal.release('passed');
  }, 45_000);

  it('keeps whole groups of a writer that is killed, and is taken over at once on the same machine', async () => {
    const { url } = await azurite.newJournal();
    const store = await azurite.open(url);
    for (let kills = 0; kills < 2; kills++) {
      const { seq, round } = await killedWriter(url, 40 + 70 * kills);
      const events = await store.events('run-1');
      // One group may have become durable after the last promise that got out.
      expect([seq, seq + 5]).toContain(events.length);
      const next = await store.take('run-1');
      expect(await next.handle('step', round)).toBe(`handle ${round}`);
      await next.release(null);
    }
  });

  it('lets one of many take a run', async () => {
    const { url } = await azurite.newJournal();
    const processes = playProcesses();
    const first = await azurite.open(url, { writers: processes.as(1) });
    await first.create(newRun('run-1'), at(0, aborted('a')));
    processes.kill(1);
    const stores = await Promise.all([2, 3, 4, 5].map((pid) => azurite.open(url, { writers: processes.as(pid) })));
    const takings = await Promise.allSettled(stores.map((store) => store.take('run-1')));
    const won = takings.flatMap((taking) => (taking.status === 'fulfilled' ? [taking.value] : []));
    const codes = takings.flatMap((taking) => (taking.status === 'rejected' ? [taking.reason.code] : []));
    expect(codes).toEqual(['busy', 'busy', 'busy']);
    for (const journal of won) await journal.append([at(1, aborted('b'))]);
    expect(await reasonsOf(first)).toEqual(['a', 'b']);
  });

  it('leaves a lease alone that another taker of the same dead writer got a moment before', async () => {
    const { url } = await azurite.newJournal();
    const processes = playProcesses();
    const first = await azurite.open(url, { writers: processes.as(1) });
    await first.create(newRun('run-1'), at(0, aborted('a')));
    processes.kill(1);
    const containers = await openContainers(parseBlobPlace(url), { accountKey: azurite.key });
    // Both saw the dead writer's desk; the second one comes when the first has its lease and has written nothing yet.
    const breaks = await findDesk(containers, 'run-1');
    const desk = await holdDesk(containers, 'run-1', { seconds: LEASE_SECONDS, breaks });
    await expect(holdDesk(containers, 'run-1', { seconds: LEASE_SECONDS, breaks })).rejects.toEqual(failsWith('busy'));
    await desk.write((now) => ({ ...now, outcome: 'passed' }));
    await desk.leave();
  });

  it('keeps a handle that was still on its way when the run was given back', async () => {
    const { url } = await azurite.newJournal();
    const store = await azurite.open(url);
    const journal = await store.create(newRun('run-1'), at(0, aborted('a')));
    await Promise.all([journal.keepHandle('promote', 1, 'https://secret'), journal.release(null)]);
    expect(await (await store.take('run-1')).handle('promote', 1)).toBe('https://secret');
  });

  it('renews nothing any more for a run that could not be given back', async () => {
    const { url, name } = await azurite.newJournal();
    const store = await azurite.open(url, { leaseSeconds: LEASE_SECONDS });
    const journal = await store.create(newRun('run-1'), at(0, aborted('a')));
    const desk = azurite.service.getContainerClient(`${name}-desk`).getBlobClient('run-1/desk.json');
    await desk.setHTTPHeaders({}, { conditions: { leaseId: JSON.parse(String(await desk.downloadToBuffer())).lease } });
    await expect(journal.release('passed')).rejects.toEqual(failsWith('fenced'));
    const before = azurite.seen.length;
    await new Promise((resolve) => setTimeout(resolve, (LEASE_SECONDS * 1000) / 3));
    expect(azurite.seen.slice(before).filter((one) => one.url.includes(`/${name}-desk/`))).toEqual([]);
  });

  it('lets one of two writers write who both believe that a run is theirs', async () => {
    const { url } = await azurite.newJournal();
    const processes = playProcesses();
    const old = await (await azurite.open(url, { writers: processes.as(1) })).create(
      newRun('run-1'),
      at(0, aborted('a')),
    );
    processes.kill(1);
    const store = await azurite.open(url, { writers: processes.as(2) });
    const both = await Promise.allSettled([
      old.append([at(1, aborted('old'))]),
      store.take('run-1').then((next) => next.append([at(1, aborted('next'))])),
    ]);
    expect(both[1]?.status).toBe('fulfilled');
    const expected = both[0]?.status === 'fulfilled' ? ['a', 'old', 'next'] : ['a', 'next'];
    expect(await reasonsOf(store)).toEqual(expected);
    await expect(old.append([at(2, aborted('late'))])).rejects.toEqual(failsWith('fenced'));
  });
});

describe('the record of the blob journal', () => {
  it('rolls over long before a blob is full, and is gone on with in the next one', async () => {
    const { url, name } = await azurite.newJournal();
    const processes = playProcesses();
    const limits = { blocks: 3 };
    const store = await azurite.open(url, { limits, writers: processes.as(1) });
    const journal = await store.create(newRun('run-1'), at(0, aborted('0')));
    for (let round = 1; round <= 8; round++) await journal.append([at(round, aborted(String(round)))]);
    processes.kill(1);
    const other = await azurite.open(url, { limits, writers: processes.as(2) });
    await (await other.take('run-1')).append([at(9, aborted('9'))]);
    await expect(journal.append([at(9, aborted('late'))])).rejects.toEqual(failsWith('fenced'));
    expect(await reasonsOf(await azurite.open(url))).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
    expect(await store.events('run-1', 9)).toHaveLength(2);
    const names: string[] = [];
    for await (const blob of azurite.service.getContainerClient(name).listBlobsFlat()) names.push(blob.name);
    expect(names).toEqual([...[1, 2, 3, 4].map((nth) => `run-1/events-00000${nth}.jsonl`), 'run-1/plan.json']);
  });

  it('holds nothing of a group of which the store got only the beginning', async () => {
    const { url } = await azurite.newJournal();
    const processes = playProcesses();
    const limits = { blockBytes: 400 };
    const store = await azurite.open(url, { limits, writers: processes.as(1) });
    const journal = await store.create(newRun('run-1'), at(0, aborted('a')));
    const group = [1, 2, 3, 4].map((ms) => at(ms, aborted(`${'x'.repeat(150)}${ms}`)));
    await journal.append(group);
    let blocks = 0;
    azurite.setFate((asked) => (isAppend(asked) && ++blocks === 2 ? 'refuse' : 'pass'));
    await expect(journal.append(group)).rejects.toEqual(failsWith('unreachable'));
    azurite.setFate(() => 'pass');
    processes.kill(1);
    expect(await store.events('run-1')).toHaveLength(5);
    const next = await (await azurite.open(url, { limits, writers: processes.as(2) })).take('run-1');
    expect((await next.append([at(9, aborted('b'))]))[0]?.seq).toBe(6);
    expect((await reasonsOf(store)).at(-1)).toBe('b');
  });

  it.each([
    ['a changed byte', (text: string) => text.replace('reason 2', 'reason X'), 'broken-chain'],
    ['a changed byte of the last line', (text: string) => text.replace('reason 3', 'reason X'), 'broken-chain'],
    ['a removed line', (text: string) => text.replace(/.*reason 2.*\n/, ''), 'broken-chain'],
    ['a removed group', (text: string) => text.replace(/.*reason 2.*\n.*\n/, ''), 'broken-chain'],
    ['a changed seal', (text: string) => text.replace(/("sealed":3,"hash":")./, '$1x'), 'line-invalid'],
    ['a line of somebody else', (text: string) => `${text}hello\n`, 'line-invalid'],
  ])('names %s', async (_, change, code) => {
    const { url, name } = await azurite.newJournal();
    const journal = await (await azurite.open(url)).create(newRun('run-1'));
    for (const nth of [1, 2, 3]) await journal.append([at(nth, aborted(`reason ${nth}`))]);
    const blob = azurite.service.getContainerClient(name).getAppendBlobClient('run-1/events-000001.jsonl');
    const changed = change((await blob.downloadToBuffer()).toString());
    await blob.create();
    await blob.appendBlock(changed, Buffer.byteLength(changed));
    await expect((await azurite.open(url)).events('run-1')).rejects.toMatchObject({ code });
  });

  it('is only ever added to: nothing in it is overwritten or deleted, whatever becomes of a run', async () => {
    const { url, name } = await azurite.newJournal();
    const processes = playProcesses();
    const store = await azurite.open(url, { limits: { blocks: 2 }, writers: processes.as(1) });
    azurite.seen.length = 0;
    const journal = await store.create(newRun('run-1'), at(0, aborted('a')));
    for (let round = 1; round < 4; round++) await journal.append([at(round, aborted('b'))]);
    processes.kill(1);
    const next = await (await azurite.open(url, { writers: processes.as(2) })).take('run-1');
    await next.keepHandle('promote', 1, 'https://management.test/operation?sig=VERYSECRET');
    const bytes = async () => (await everything(name)) + (await everything(`${name}-desk`));
    expect(await bytes()).toContain('VERYSECRET');
    await next.release('passed');
    expect(await bytes()).not.toContain('VERYSECRET');
    const written = azurite.seen.filter(
      (one) => one.url.includes(`/${name}/`) && !['GET', 'HEAD'].includes(one.method),
    );
    expect(written.length).toBeGreaterThan(6);
    expect(written.filter((one) => one.method !== 'PUT' || (!isAppend(one) && one.ifNoneMatch !== '*'))).toEqual([]);
  });

  it('hands on what is no command, so that it is refused and not found again', async () => {
    const { url, name } = await azurite.newJournal();
    const store = await azurite.open(url);
    const journal = await store.create(newRun('run-1'));
    const desk = azurite.service.getContainerClient(`${name}-desk`);
    for (const [index, text] of ['{"type":"abort"}', 'null', '{', '[[[[', '{"type":"format disk","as":"x"}'].entries())
      await desk.getBlockBlobClient(`run-1/inbox/00000${index + 1}.json`).upload(text, text.length);
    await desk.getBlockBlobClient('run-1/inbox/../../escape').upload('x', 1);
    await store.post('run-1', { type: 'abort', as: 'sam', reason: 'enough' });
    const found = await journal.commands();
    expect(found.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(found.map(({ command }) => whyMalformed(command) === undefined)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
    for (const { id } of found.slice(0, 5)) await journal.taken(id);
    expect(await journal.commands()).toMatchObject([{ id: 6, command: { as: 'sam' } }]);
    await journal.release('aborted');
  });

  it('takes blobs of other names for no commands, and finds a number behind them', async () => {
    const { url, name } = await azurite.newJournal();
    const store = await azurite.open(url);
    const journal = await store.create(newRun('run-1'));
    const desk = azurite.service.getContainerClient(`${name}-desk`);
    for (const junk of ['1', '0000001', '9007199254740991', '999999'])
      await desk.getBlockBlobClient(`run-1/inbox/${junk}.json`).upload('null', 4);
    await store.post('run-1', { type: 'abort', as: 'sam', reason: 'enough' });
    expect(await journal.commands()).toEqual([
      { id: 1, run: 'run-1', command: { type: 'abort', as: 'sam', reason: 'enough' } },
      { id: 999_999, run: 'run-1', command: null },
    ]);
  });

  it('lists a run that cannot be read beside those that can, with its problem', async () => {
    const { url, name } = await azurite.newJournal();
    const store = await azurite.open(url);
    for (const run of ['bad-desk', 'bad-plan', 'ended', 'good', 'mine', 'new-plan'])
      await (await store.create(newRun(run), at(0, aborted('a')))).release(run === 'ended' ? 'passed' : null);
    const write = (container: string, blob: string, text: string) =>
      azurite.service.getContainerClient(container).getBlockBlobClient(blob).upload(text, text.length);
    await write(`${name}-desk`, 'bad-desk/desk.json', '{');
    await write(name, 'bad-plan/plan.json', 'null');
    await write(name, 'ended/plan.json', '[');
    await write(name, 'new-plan/plan.json', JSON.stringify({ ...newRun('new-plan'), formatVersion: 2 }));
    const records = await store.runs();
    expect(records.map(({ run, openedAt, outcome }) => [run, openedAt, outcome])).toEqual([
      ['bad-plan', 0, null],
      ['ended', 0, 'passed'],
      ...['bad-desk', 'good', 'mine', 'new-plan'].map((run) => [run, START, null]),
    ]);
    const problems = await Promise.all(records.map(async (one) => (await listedRun(store, one)).problem));
    expect(problems.slice(0, 3)).toEqual([
      'bad-plan/plan.json: expected journal format 1, found undefined',
      undefined,
      'bad-desk/desk.json: expected JSON, found something else',
    ]);
    const others = await otherRunsOf(store, 'mine', () => undefined);
    expect(others.map(({ run, state }) => [run, state.kind])).toEqual([
      ['bad-plan', 'unreadable'],
      ['bad-desk', 'unreadable'],
      ['good', 'interrupted'],
      ['new-plan', 'unreadable'],
    ]);
  });

  it('says which container is missing', async () => {
    const { url, name } = await azurite.newJournal();
    await azurite.service.deleteContainer(`${name}-desk`);
    await expect(azurite.open(url)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(`container ${name}-desk`),
    });
  });
});

/** What a writer promised before it was killed. */
async function killedWriter(url: string, ms: number): Promise<{ readonly seq: number; readonly round: number }> {
  const child = spawn(process.execPath, [WRITER, url, 'run-1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DRILLMASTER_JOURNAL_KEY: azurite.key },
  });
  try {
    const promised: string[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => promised.push(line));
    await once(lines, 'line');
    await new Promise((resolve) => setTimeout(resolve, ms));
    child.kill('SIGKILL');
    await once(child, 'close');
    const [seq = 0, round = 0] = (promised.at(-1) ?? '').split(' ').map(Number);
    return { seq, round };
  } finally {
    child.kill('SIGKILL');
  }
}

async function everything(container: string): Promise<string> {
  const client = azurite.service.getContainerClient(container);
  let text = '';
  for await (const { name } of client.listBlobsFlat()) text += await client.getBlobClient(name).downloadToBuffer();
  return text;
}
