// The drill that only looks is red on damaged data, and names what is damaged.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterEach, describe, expect, it } from 'vitest';
import { copyName } from '../../src/twin/data/storage/storage.ts';
import { processesMentioning } from './left-behind.ts';
import { resultOf } from './ran-drill.ts';
import { BACKUP, CAUGHT_UP, COMPARE, COMPARE_BLOBS, NAME, observedOf, redOf, sql, until } from './verify-data-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

describe('the verify data drill', () => {
  it('is red when the backup lacks what the primary holds, and its server is removed all the same', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    await workspace.up();
    // Rows of such tables are in no log and in no backup: what is restored is empty. The replica cannot even be asked for them.
    await sql(workspace, 'orders-db-weu', 'ALTER TABLE order_lines SET UNLOGGED');
    await sql(workspace, 'orders-db-weu', 'ALTER TABLE orders SET UNLOGGED');
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
    await workspace.up();
    const order = await damageOrder();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('failed');
    // On a busy machine the copy of all those invoices may be late as well.
    expect(redOf(result).filter((id) => id !== COMPARE_BLOBS)).toEqual([COMPARE]);
    expect(observedOf(result)).toContain(`orders: id ${order} differs (primary`);
  });
});

describe('the verify data drill on a damaged secondary', () => {
  it('is red when one byte of an invoice is flipped there, and names the invoice', async () => {
    workspace = makeWorkspace(NAME, { sample: NAME });
    await workspace.up();
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

/**
 * Changes the region of one order where it lies on the replica's disk, while the replica is down. Page checksums would show that, and are
 * told not to: a fault below them is what only a comparison can see.
 */
async function damageOrder(): Promise<number> {
  const mark = 'markedrow';
  // Orders enough to fill pages, so that nothing new goes where the marked one lies; and a look that leaves its notes there.
  await sql(workspace, 'orders-db-weu', OLD_ORDERS);
  const [{ id } = {}] = await sql(workspace, 'orders-db-weu', `SELECT id FROM orders WHERE region = '${mark}'`);
  // Their invoices are written a few at a time, which takes a while.
  const waiting =
    "SELECT count(*)::int AS invoices FROM invoice_outbox JOIN orders ON id = order_id WHERE placed_at < now() - interval '1 minute'";
  await until(
    'the old orders have their invoices',
    async () => (await sql(workspace, 'orders-db-weu', waiting))[0]?.['invoices'] === 0,
  );
  // What lies before the last checkpoint of both is not replayed again, which would write the page anew.
  await sql(workspace, 'orders-db-weu', 'CHECKPOINT');
  const [{ lsn } = {}] = await sql(workspace, 'orders-db-weu', 'SELECT pg_current_wal_lsn()::text AS lsn');
  const replayed = `SELECT pg_last_wal_replay_lsn() >= '${String(lsn)}' AS done`;
  await until(
    'the replica replays',
    async () => (await sql(workspace, 'orders-db-neu', replayed))[0]?.['done'] === true,
  );
  await sql(workspace, 'orders-db-neu', 'ALTER SYSTEM SET ignore_checksum_failure = on');
  await sql(workspace, 'orders-db-neu', 'CHECKPOINT');
  const place = "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('orders') AS file";
  const file = String((await sql(workspace, 'orders-db-neu', place))[0]?.['file']);
  const outage = ['twin', 'fault', NAME, 'region-outage', '--region', 'northeurope'];
  expect((await workspace.run(...outage)).status).toBe(0);
  const bytes = readFileSync(file);
  const at = bytes.lastIndexOf(mark);
  expect(at).toBeGreaterThan(0);
  bytes.write('markedraw', at);
  writeFileSync(file, bytes);
  expect((await workspace.run(...outage, '--end')).status).toBe(0);
  await until(
    'the replica streams again',
    async () => (await sql(workspace, 'orders-db-neu', CAUGHT_UP))[0]?.['fresh'] === true,
  );
  return Number(id);
}

const OLD_ORDERS = `
WITH placed AS (
  INSERT INTO orders (region, placed_at, total)
  SELECT CASE n WHEN 250 THEN 'markedrow' ELSE 'westeurope' END, now() - interval '1 hour', 10 FROM generate_series(1, 500) n RETURNING id
), noted AS (
  INSERT INTO invoice_outbox SELECT id FROM placed
) INSERT INTO order_lines SELECT id, 1, 1, 10 FROM placed`;
