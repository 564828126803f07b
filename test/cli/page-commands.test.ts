// A drill with a runbook page, from the file to the inbox; and skip, retry and answer for its steps.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/journal/sqlite.ts';
import type { EventBody } from '../../src/model/events.ts';
import { planDigest } from '../../src/plan/digest.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { failed, held, opened, ready, started, succeeded } from '../statechart/bodies.ts';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const PAGE = `---
owner: orders-team
roles: [dr-lead]
reviewed: 2020-01-01
expectedDuration: PT5M
---
# Tell the bank
- [ ] The hotline has confirmed
## Tell customers
- [ ] The banner is on
`;
let root = '';
let drill = '';
let state = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-pages-'));
  for (const folder of ['drills/worlds', 'runbooks']) mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(join(ROOT, 'drills/worlds/region-failover.yaml'), join(root, 'drills/worlds/region-failover.yaml'));
  drill = join(root, 'drills/region-failover.yaml');
  const text = readFileSync(join(ROOT, 'drills/region-failover.yaml'), 'utf8')
    .replace(
      'verification:\n',
      'verification:\n  - id: tell-the-bank\n    uses: runbook/page\n    with: { page: runbooks/bank.md }\n',
    )
    .replace('approvals: { required: 1,', 'approvals: { required: 0,');
  writeFileSync(drill, text);
  writeFileSync(join(root, 'runbooks/bank.md'), PAGE);
  state = join(root, 'state');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const run = (...argv: readonly string[]) => runInProcess(...argv, '--state', state);
const planOf = async () => JSON.parse((await run('plan', drill, '--json')).out) as { plan: Plan; digest: string };

describe('a drill with a page', () => {
  it('has its text in the plan, so that a changed page is another plan', async () => {
    const { plan, digest } = await planOf();
    expect(plan.steps.find(({ id }) => id === 'tell-the-bank')?.page).toMatchObject({
      text: PAGE,
      owner: 'orders-team',
    });
    writeFileSync(join(root, 'runbooks/bank.md'), `${PAGE}\nAnd smile.\n`);
    expect((await planOf()).digest).not.toBe(digest);
  });

  it('is planned with a warning when nobody reviewed the page for more than a year', async () => {
    const { status, out, err } = await run('plan', drill);
    expect(status).toBe(0);
    expect(out).toContain('runbooks/bank.md: 2 steps that dr-lead answer');
    expect(err).toMatch(/^warning: runbooks\/bank\.md was last reviewed on 2020-01-01, \d+ days ago/);
  });

  it('is refused with the place of every problem of the page', async () => {
    writeFileSync(
      join(root, 'runbooks/bank.md'),
      PAGE.replace('- [ ] The banner', '- [x] The banner').replace('PT5M', '5m'),
    );
    const { status, out } = await run('validate', drill);
    expect(status).toBe(2);
    expect(out).toMatch(/runbooks\/bank\.md:5:19: expected an ISO 8601 duration/);
    expect(out).toMatch(/runbooks\/bank\.md:10:3: expected an empty check box/);
  });

  it.each([
    [
      'is not there',
      () => rmSync(join(root, 'runbooks/bank.md')),
      /region-failover\.yaml:\d+:\d+: expected a page of the workspace/,
    ],
    [
      'lies outside the workspace behind a link',
      () => {
        rmSync(join(root, 'runbooks/bank.md'));
        symlinkSync(join(ROOT, 'README.md'), join(root, 'runbooks/bank.md'));
      },
      /expected a page of the workspace, found none at "runbooks\/bank\.md"/,
    ],
    [
      'takes people longer than the step waits',
      () => writeFileSync(join(root, 'runbooks/bank.md'), PAGE.replace('PT5M', 'PT15M')),
      /expected a timeout of at least 15 min, because runbooks\/bank\.md takes people that long; found PT10M/,
    ],
  ])('is refused when the page %s', async (_, change, message) => {
    change();
    const { status, out } = await run('validate', drill);
    expect({ status, out }).toMatchObject({ status: 2, out: expect.stringMatching(message) });
  });
});

/** A run in verification: its page is asked, one check failed, another is under way. */
async function leaveRun(): Promise<void> {
  const { plan } = await planOf();
  const store = openSqliteStore(join(state, 'journal.db'));
  const step = (id: string) => [started(id), succeeded(id)];
  const events: readonly EventBody[] = [
    ready,
    held,
    ...step('lose-west-europe'),
    { type: 'declaration.made', as: 'drillmaster', automatic: true, reason: 'test' },
    ...step('promote'),
    ...step('steer'),
    ...step('fail-over-invoices'),
    started('tell-the-bank'),
    started('orders-were-kept'),
    failed('orders-were-kept'),
  ];
  try {
    const record = { run: 'run-1', drill: plan.drill, openedAt: 1, plan: JSON.stringify(plan) };
    const journal = await store.create(record, {
      at: 1,
      body: { ...opened, planDigest: planDigest(plan) } as EventBody,
    });
    await journal.append(events.map((body, index) => ({ at: index + 2, body })));
  } finally {
    await store.close();
  }
}

async function inbox() {
  const self = { pid: 1, startedAt: 'another' };
  const store = openSqliteStore(join(state, 'journal.db'), { self, isAlive: () => false });
  try {
    const journal = await store.take('run-1');
    return (await journal.commands()).map(({ command }) => command);
  } finally {
    await store.close();
  }
}

describe('answer, skip and retry', () => {
  it('post who says what of which step', async () => {
    await leaveRun();
    expect((await run('status', 'run-1')).out).toContain(
      'waits for 2 of 2 answers of dr-lead: drillmaster answer run-1 tell-the-bank --as NAME --result done',
    );
    const answered = await run(
      'answer',
      'run-1',
      'tell-the-bank',
      '--as',
      'dana',
      '--result',
      'done',
      '--note',
      'T-42',
    );
    expect(answered).toMatchObject({ status: 0, out: 'run-1: "Tell the bank" is done, says dana as dr-lead\n' });
    const skipped = await run('skip', 'run-1', 'shop-answers-from-north-europe', '--reason', 'no shop', '--as', 'sam');
    expect(skipped).toMatchObject({ status: 0 });
    expect(await run('retry', 'run-1', 'orders-were-kept', '--as', 'sam')).toMatchObject({ status: 0 });
    expect(await inbox()).toEqual([
      { type: 'answer', as: 'dana', role: 'dr-lead', step: 'tell-the-bank', item: 1, result: 'done', note: 'T-42' },
      { type: 'skip', as: 'sam', step: 'shop-answers-from-north-europe', attempt: 1, reason: 'no shop' },
      { type: 'retry', as: 'sam', step: 'orders-were-kept', attempt: 1, reason: 'no reason given' },
    ]);
  });

  it.each([
    ['a misspelt step', ['skip', 'run-1', 'promot', '--reason', 'x'], 'did you mean "promote"?'],
    ['a step that succeeded', ['skip', 'run-1', 'promote', '--reason', 'x'], 'belongs to phase recovery'],
    ['no reason', ['skip', 'run-1', 'tell-the-bank'], 'expected --reason'],
    ['a step that is under way', ['retry', 'run-1', 'tell-the-bank'], 'is starting: expected one that is waiting'],
    ['no result', ['answer', 'run-1', 'tell-the-bank', '--as', 'dana'], 'expected --result'],
    ['nobody', ['answer', 'run-1', 'tell-the-bank', '--result', 'done'], 'expected --as'],
    ['no page', ['answer', 'run-1', 'promote', '--as', 'd', '--result', 'done'], 'is no runbook page'],
    ['no note', ['answer', 'run-1', 'tell-the-bank', '--as', 'd', '--result', 'failed'], 'expected a note'],
    [
      'an item too many',
      ['answer', 'run-1', 'tell-the-bank', '--as', 'd', '--result', 'done', '--item', '3'],
      'from 1 to 2',
    ],
    [
      'another role',
      ['answer', 'run-1', 'tell-the-bank', '--as', 'd', '--role', 'x', '--result', 'done'],
      'the role dr-lead',
    ],
  ])('refuse with 2: %s', async (_, argv, message) => {
    await leaveRun();
    const { status, out, err } = await run(...argv);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(message);
    expect(await inbox()).toEqual([]);
  });
});
