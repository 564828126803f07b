// What `status` says of an open run: when something last happened, and nothing wider than a terminal.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import type { EventBody } from '../../src/model/events.ts';
import { planDigest } from '../../src/plan/digest.ts';
import { opened, ready } from '../statechart/bodies.ts';
import { drillPlan, fault, recovery } from '../statechart/drills.ts';
import { runInProcess, runOnTerminal } from './terminal.ts';

const RUN = 'region-failover-20261121T112138Z-6937';
const LAST = Date.UTC(2026, 10, 21, 11, 21, 40, 250);
const LONG =
  'approval is given for the plan as it was shown, and the plan on record is another one by now, so that nothing was done';
const plan = drillPlan([fault('lose'), recovery('promote-the-replica-in-north-europe-and-wait-for-it')], {
  title: 'Orders loses West Europe',
  approvals: { required: 2, roles: ['dr-lead', 'head-of-operations'], expiresMs: 3_600_000 },
});
const COLUMNS = 80;
let state = '';

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'drillmaster-status-'));
  const events: readonly EventBody[] = [ready, { type: 'command.refused', command: 'approve', as: 'sam', why: LONG }];
  const store = openSqliteStore(join(state, 'journal.db'));
  try {
    const first = { ...opened, planDigest: planDigest(plan), requestedBy: 'kim' } as EventBody;
    const record = { run: RUN, drill: plan.drill, openedAt: LAST - 5000, plan: JSON.stringify(plan) };
    const journal = await store.create(record, { at: LAST - 5000, body: first });
    await journal.append(events.map((body, index) => ({ at: LAST - events.length + 1 + index, body })));
  } finally {
    await store.close();
  }
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

describe('status of an open run', () => {
  it('says when the last event was, and how long ago', async () => {
    const { out } = await runInProcess('status', RUN, '--state', state);
    expect(out).toMatch(/^phase approval, 3 events in 5 s$/m);
    expect(out).toMatch(/^last event 2026-11-21T11:21:40\.250Z, \d.* ago$/m);
    expect(JSON.parse((await runInProcess('status', RUN, '--json', '--state', state)).out)).toMatchObject({
      lastEventAt: '2026-11-21T11:21:40.250Z',
    });
  });

  it('keeps to 80 columns on a terminal, and to one line a fact in a pipe', async () => {
    const { out } = await runOnTerminal('status', RUN, '--state', state);
    expect(out.split('\n').filter((line) => line.length > COLUMNS)).toEqual([]);
    const piped = (await runInProcess('status', RUN, '--state', state)).out;
    expect(piped).toContain(`approve by sam was not done: ${LONG}\n`);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`approve by sam was not done: ${LONG} `);
  });

  it('gives commands lines of their own on a terminal, which a shell takes as they stand', async () => {
    const { out } = await runOnTerminal('status', RUN, '--state', state);
    expect(out).toContain(
      [
        'waits for 2 approvals of dr-lead or head-of-operations (0 of 2 approvals; 2',
        '  missing of dr-lead or head-of-operations, good for 1 h):',
        `  drillmaster approve ${RUN} --as NAME \\`,
        '    --role ROLE',
        '',
      ].join('\n'),
    );
  });
});
