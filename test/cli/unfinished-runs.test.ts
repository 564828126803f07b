// Runs that wait to be gone on with: who holds them, where they stand, and which of them this program cannot honour.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holderOf } from '../../src/cli/holder.ts';
import { thisProcess } from '../../src/journal/process-identity.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import type { Writers } from '../../src/journal/writer.ts';
import type { DrillEvent, EventBody } from '../../src/model/events.ts';
import { planDigest } from '../../src/plan/digest.ts';
import { closed, held, opened, ready } from '../statechart/bodies.ts';
import { drillPlan, fault, recovery } from '../statechart/drills.ts';
import { runInProcess } from './terminal.ts';

const plan = drillPlan([fault('lose'), recovery('promote')], { title: 'Orders loses West Europe' });
const first = (more: Partial<Extract<EventBody, { type: 'run.opened' }>> = {}) =>
  ({ ...opened, planDigest: planDigest(plan), ...more }) as EventBody;
/** This process opened them: it began before. */
const OPENED_AT = Date.now();
const instant = (afterMs = 0) => new Date(OPENED_AT + afterMs).toISOString();
let state = '';

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'drillmaster-unfinished-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const dead: Writers = { self: { pid: 1, startedAt: 'of another boot' }, isAlive: () => false };

/** A run in the hands of this process, or of one that is gone. */
async function leave(run: string, events: readonly EventBody[], writers?: Writers): Promise<void> {
  const store = openSqliteStore(join(state, 'journal.db'), writers);
  const record = { run, drill: plan.drill, openedAt: OPENED_AT, plan: JSON.stringify(plan) };
  const [begin = first(), ...rest] = events;
  const journal = await store.create(record, { at: OPENED_AT, body: begin });
  await journal.append(rest.map((body, index) => ({ at: OPENED_AT + 1000 * (index + 1), body })));
  await store.close();
}

const run = (...argv: readonly string[]) => runInProcess(...argv, '--state', state, '--evidence', join(state, 'ev'));

describe('unfinished runs', () => {
  it('are listed with phase and holder, and the rest as before', async () => {
    await leave('run-1', [first(), ready], dead);
    await leave('run-2', [first(), ready, held]);
    await leave('run-1.child', [first()], dead);
    const { out } = await run('runs', '--unfinished', '--json');
    const listed = JSON.parse(out) as { run: string }[];
    const of = (name: string) => listed.find((entry) => entry.run === name);
    expect(of('run-1')).toEqual({
      run: 'run-1',
      drill: plan.drill,
      openedAt: instant(),
      outcome: null,
      parent: null,
      state: 'interrupted',
      phase: 'baseline',
      holder: null,
    });
    expect(of('run-2')).toMatchObject({
      state: 'running',
      phase: 'disruption',
      holder: { pid: process.pid, since: instant() },
    });
    expect(of('run-1.child')).toMatchObject({ parent: 'run-1', phase: 'preflight', holder: null });
  });

  it('say to people how to go on', async () => {
    await leave('run-1', [first(), ready], dead);
    await leave('run-1.child', [first()], dead);
    await leave('run-2', [first()]);
    const lines = (await run('runs')).out.trim().split('\n');
    expect(lines.sort()).toEqual([
      'run-1  interrupted in phase baseline: drillmaster resume run-1 goes on, drillmaster abort run-1 restores',
      'run-1.child  interrupted in phase preflight: drillmaster resume run-1 goes on with it, child of run-1',
      `run-2  running in phase preflight, held by process ${process.pid} since ${instant()}: drillmaster status run-2 shows it`,
    ]);
  });

  it('are not taken over from a holder that lives, who is named with the time since when', async () => {
    await leave('run-2', [first(), ready]);
    const { status, err } = await run('resume', 'run-2');
    expect(status).toBe(2);
    expect(err).toContain(`it is held by process ${process.pid} since ${instant()}, in phase baseline`);
  });
});

describe('the holder of a run', () => {
  const writer = { pid: 7, startedAt: 'x' };
  const events = (...bodies: readonly EventBody[]) =>
    bodies.map((body, index): DrillEvent => ({ ...body, seq: index + 1, at: OPENED_AT + index * 1000 }));
  const resumed = (pid: number): EventBody => ({ type: 'run.resumed', by: `process ${pid}` });

  it('has had it since it opened it, or took it over', () => {
    expect(holderOf({ writer }, events(first(), ready))).toMatchObject({ pid: 7, since: instant() });
    expect(holderOf({ writer }, events(first(), resumed(5), resumed(7)))).toMatchObject({
      since: instant(2000),
    });
  });

  it('has had it since just now when the last word is that of another', () => {
    expect(holderOf({ writer }, events(first(), resumed(5)))).toMatchObject({ pid: 7, since: null });
    expect(holderOf({ writer }, [])).toMatchObject({ since: null });
  });

  it('has had it since it took the closed run up again', () => {
    const reopened: EventBody = { type: 'run.reopened', for: 'restoration', as: 'dana', reason: 'the disk is back' };
    expect(holderOf({ writer }, events(first(), closed, reopened))).toMatchObject({ since: instant(2000) });
    expect(holderOf({ writer }, events(first(), resumed(7), closed, reopened))).toMatchObject({ since: instant(3000) });
  });

  it('has had it since just now when it began after the last word of its kind', () => {
    const own = { pid: process.pid, startedAt: thisProcess().startedAt };
    const before = { ...first(), seq: 1, at: OPENED_AT - 86_400_000 } as DrillEvent;
    expect(holderOf({ writer: own }, [before])).toMatchObject({ pid: process.pid, since: null });
    expect(holderOf({ writer: own }, events(first()))).toMatchObject({ since: instant() });
  });

  it('is nobody when the process is gone', () => {
    expect(holderOf({ writer: null }, events(first()))).toBeNull();
  });
});

describe('a run that this program cannot honour', () => {
  const ALL = ['resume', 'status', 'pause', 'abort'] as const;

  it.each(ALL)('because it began with another machine is refused by %s with the reason', async (command) => {
    await leave('run-1', [first({ machine: 99, tool: 'drillmaster 9.0.0' }), ready], dead);
    const { status, err, out } = await run(command, 'run-1');
    expect(status, err).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('run-1 was begun by drillmaster 9.0.0 with machine version 99: this program has version 1');
    expect(err).toContain(`its journal has 2 events, the last one preflight.finished at ${instant(1000)}`);
  });

  it.each([
    ['another', JSON.stringify({ ...plan, title: 'Another' })],
    ['no', 'not a plan'],
  ])('because %s plan is stored than the one that it began with is refused', async (_, text) => {
    await leave('run-1', [first(), ready], dead);
    const database = new DatabaseSync(join(state, 'journal.db'));
    database.prepare('UPDATE runs SET plan = ?').run(text);
    database.close();
    for (const command of ALL) {
      const { status, err } = await run(command, 'run-1');
      expect(status, err).toBe(2);
      expect(err).toContain(`run-1 began with a plan of digest ${planDigest(plan)}, and the stored one has`);
    }
  });

  it('does not hide the others in a list', async () => {
    await leave('run-1', [first({ machine: 99 })], dead);
    await leave('run-2', [first()], dead);
    const listed = JSON.parse((await run('runs', '--unfinished', '--json')).out) as { run: string; phase: unknown }[];
    expect(listed.map(({ phase }) => phase).sort()).toEqual(['preflight', null].sort());
    expect((await run('runs')).out).toContain('run-1  interrupted: run-1 was begun by');
  });

  it('is one of an earlier version no more than one of this: journals without a machine version are of the first', async () => {
    await leave('run-1', [first(), ready], dead);
    expect(await run('status', 'run-1')).toMatchObject({ status: 0 });
  });
});
