// The drill that only looks, through the front door: it passes on a good replica, and is red on a stale one and on a damaged one.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { type DrillResult, resultSchema } from '../../src/model/result.ts';
import { copyName } from '../../src/twin/data/storage/storage.ts';
import { findTwin } from '../../src/twin/index.ts';
import { processesMentioning } from './left-behind.ts';
import { makeWorkspace, type Ran, type TestWorkspace } from './workspace.ts';

const NAME = 'verify-data';
const COMPARE = 'replica-has-the-same-rows';
const COMPARE_BLOBS = 'secondary-has-the-same-invoices';
const BACKUP = 'backup-has-the-same-rows';
const SUFFIX = 'postgres.database.azure.com';

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

function resultOf({ stdout }: Ran): DrillResult {
  const { evidence: _, ...result } = JSON.parse(stdout) as DrillResult & { evidence: string };
  return resultSchema.parse(result);
}

/** Names of the checks that did not pass. */
const redOf = ({ checks }: DrillResult) => checks.filter(({ passed }) => !passed).map(({ id }) => id);
const observedOf = ({ checks }: DrillResult, check = COMPARE) => checks.find(({ id }) => id === check)?.observed ?? '';

async function sql(server: string, text: string): Promise<Record<string, unknown>[]> {
  const twin = findTwin(workspace.state, NAME) ?? expect.fail('expected a twin that is up, found none');
  const client = new pg.Client({ ...twin.hosts[`${server}.${SUFFIX}`], ...twin.postgres });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds().catch(() => false)) return;
    await wait(100);
  }
  throw new Error(`expected that ${what}, found that it does not`);
}

describe('the verify data drill', () => {
  it('passes while customers order, changes nothing, asks nobody, and leaves nothing', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(0);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'passed', reasons: [], leftOvers: [], stuck: [], approvals: [] });
    expect(result.checks).toHaveLength(16);
    expect(observedOf(result)).toMatch(/orders: [1-9]\d* rows equal, .*order lines: [1-9]\d* rows equal/);
    expect(observedOf(result, BACKUP)).toMatch(/orders: [1-9]\d* rows equal; order lines: [1-9]\d* rows equal/);
    expect(result.steps.find(({ id }) => id === 'restore-newest-backup')?.status).toBe('undone');
    expect(findTwin(workspace.state, NAME)).toBeUndefined();
  });

  it('is red when the link is slower than the replica may be behind, and green again without the fault', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    expect((await workspace.run('twin', 'up', NAME)).status).toBe(0);
    const slow = ['twin', 'fault', NAME, 'link', '--between', 'westeurope,northeurope', '--latency', 'PT5S'];
    const fault = await workspace.run(...slow);
    expect(fault.status, fault.stderr).toBe(0);
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('failed');
    expect(redOf(result)).toEqual([COMPARE, COMPARE_BLOBS]);
    expect(observedOf(result, COMPARE_BLOBS)).toContain('the copy is stale: its last sync was');
    expect(observedOf(result)).toMatch(/^the replica is stale: \d+ bytes of log were missing after/);
    const { id } = JSON.parse(fault.stdout) as { id: string };
    expect((await workspace.run('twin', 'fault', NAME, id, '--end')).status).toBe(0);
    await until('the replica catches up', async () => (await sql('orders-db-neu', CAUGHT_UP))[0]?.['fresh'] === true);
    expect((await workspace.run('run', workspace.drill, '--yes')).status).toBe(0);
  });

  it('is red when the backup lacks what the primary holds, and its server is removed all the same', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    expect((await workspace.run('twin', 'up', NAME)).status).toBe(0);
    // Rows of such tables are in no log and in no backup: what is restored is empty. The replica cannot even be asked for them.
    await sql('orders-db-weu', 'ALTER TABLE order_lines SET UNLOGGED');
    await sql('orders-db-weu', 'ALTER TABLE orders SET UNLOGGED');
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    expect(redOf(result)).toEqual(expect.arrayContaining([BACKUP, 'backup-is-fresh']));
    expect(observedOf(result, BACKUP)).toMatch(/^orders: .*primary [1-9]\d* rows, replica 0 rows/);
    expect(result.steps.find(({ id }) => id === 'restore-newest-backup')?.status).toBe('undone');
  });

  it('is red when one value is damaged on the disk of the replica, and names the order', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    expect((await workspace.run('twin', 'up', NAME)).status).toBe(0);
    const order = await damageOrder();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('failed');
    // On a busy machine the copy of the invoices may be late as well.
    expect(redOf(result).filter((id) => id !== COMPARE_BLOBS)).toEqual([COMPARE]);
    expect(observedOf(result)).toContain(`orders: id ${order} differs (primary`);
  });
});

describe('the verify data drill on a damaged secondary', () => {
  it('is red when one byte of an invoice is flipped there, and names the invoice', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    expect((await workspace.run('twin', 'up', NAME)).status).toBe(0);
    const container = secondaryStore();
    const invoice = container.getBlockBlobClient('000000000003.json');
    await expect.poll(() => invoice.exists()).toBe(true);
    const bytes = await invoice.downloadToBuffer();
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3);
    await invoice.upload(bytes, bytes.length);
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(redOf(result)).toEqual([COMPARE_BLOBS]);
    expect(observedOf(result, COMPARE_BLOBS)).toMatch(/^000000000003\.json has another content on the copy/);
  });
});

/** The store of the secondary itself, past the front that refuses writes to it. */
function secondaryStore() {
  const request = readFileSync(join(workspace.state, 'twins', NAME, 'request.json'), 'utf8');
  const { data } = JSON.parse(request) as { data: string };
  const store = JSON.parse(readFileSync(join(data, 'blobs-northeurope.json'), 'utf8')) as { port: number; key: string };
  const account = copyName('ordersdocs', 0);
  const credential = new StorageSharedKeyCredential(account, store.key);
  return new BlobServiceClient(`http://127.0.0.1:${store.port}/${account}`, credential).getContainerClient('invoices');
}

describe('programs of the workspace', () => {
  it('run as they were approved, and not at all once their bytes have changed', async () => {
    const program = (name: string, uses: object) => ({ id: name, uses: 'script/run', with: uses });
    workspace = makeWorkspace(NAME, {
      sample: NAME,
      drill: {
        approvals: { required: 1 },
        timing: { baseline: 'PT1S' },
        verification: [
          program('count', { program: 'count', arguments: ['3'], expect: 'exit == 0 && stdout.startsWith("3")' }),
          { ...program('tamper', { program: 'tamper', expect: 'exit == 0' }), needs: ['count'] },
          { ...program('count-again', { program: 'count', arguments: ['3'], expect: 'exit == 0' }), needs: ['tamper'] },
        ],
      },
    });
    const [count, tamper] = ['count', 'tamper'].map((name) => join(workspace.root, name)) as [string, string];
    writeFileSync(count, '#!/bin/sh\necho "$1"\n', { mode: 0o755 });
    writeFileSync(tamper, `#!/bin/sh\necho true >> ${count}\n`, { mode: 0o755 });
    const list = { programs: { count: { path: count, arguments: ['\\d+'] }, tamper: { path: tamper } } };
    writeFileSync(join(workspace.root, 'drills', 'programs.yaml'), JSON.stringify(list));
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('failed');
    expect(result.checks.map(({ id, passed }) => [id, passed])).toEqual([
      ['count', true],
      ['tamper', true],
      ['count-again', false],
    ]);
    expect(result.reasons.join()).toContain('program-changed');
  });
});

const CAUGHT_UP = "SELECT now() - pg_last_xact_replay_timestamp() < interval '1 second' AS fresh";

/**
 * Changes the region of one order where it lies on the replica's disk, while the replica is down. Page checksums would show that, and are
 * told not to: a fault below them is what only a comparison can see.
 */
async function damageOrder(): Promise<number> {
  const mark = 'markedrow';
  // Orders enough to fill pages, so that nothing new goes where the marked one lies; and a look that leaves its notes there.
  await sql('orders-db-weu', OLD_ORDERS);
  const [{ id } = {}] = await sql('orders-db-weu', `SELECT id FROM orders WHERE region = '${mark}'`);
  // What lies before the last checkpoint of both is not replayed again, which would write the page anew.
  await sql('orders-db-weu', 'CHECKPOINT');
  const [{ lsn } = {}] = await sql('orders-db-weu', 'SELECT pg_current_wal_lsn()::text AS lsn');
  const replayed = `SELECT pg_last_wal_replay_lsn() >= '${String(lsn)}' AS done`;
  await until('the replica replays', async () => (await sql('orders-db-neu', replayed))[0]?.['done'] === true);
  await sql('orders-db-neu', 'ALTER SYSTEM SET ignore_checksum_failure = on');
  await sql('orders-db-neu', 'CHECKPOINT');
  const place = "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('orders') AS file";
  const file = String((await sql('orders-db-neu', place))[0]?.['file']);
  const outage = ['twin', 'fault', NAME, 'region-outage', '--region', 'northeurope'];
  expect((await workspace.run(...outage)).status).toBe(0);
  const bytes = readFileSync(file);
  const at = bytes.lastIndexOf(mark);
  expect(at).toBeGreaterThan(0);
  bytes.write('markedraw', at);
  writeFileSync(file, bytes);
  expect((await workspace.run(...outage, '--end')).status).toBe(0);
  await until('the replica streams again', async () => (await sql('orders-db-neu', CAUGHT_UP))[0]?.['fresh'] === true);
  return Number(id);
}

const OLD_ORDERS = `
WITH placed AS (
  INSERT INTO orders (region, placed_at, total)
  SELECT CASE n WHEN 250 THEN 'markedrow' ELSE 'westeurope' END, now() - interval '1 hour', 10 FROM generate_series(1, 500) n RETURNING id
), noted AS (
  INSERT INTO invoice_outbox SELECT id FROM placed
) INSERT INTO order_lines SELECT id, 1, 1, 10 FROM placed`;
