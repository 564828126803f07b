// Blobs: copying an account again, restoring ranges of it, and the checks that read them.
import type { JsonObject } from '../../../src/model/json.ts';
import { withContainer } from '../../../src/providers/blob/blob-service.ts';
import type { Bench } from './bench.ts';
import { green, hanging, NO_UNDO, red } from './check-ways.ts';
import { NOT_READY, OUTSIDE, operationWays, PASSED, STUCK, stormOn, TOO_SHORT, TOO_SLOW_MS } from './common-ways.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase } from './ways.ts';

const ACCOUNT = { type: 'Microsoft.Storage/storageAccounts', group: 'rg-weu', name: 'ordersdocs' };
const NOBODY = { ...ACCOUNT, name: 'nobodysdocs' };
const HOST = `${ACCOUNT.name}.blob.core.windows.net`;
const API = '2025-01-01';

const world = {
  name: 'every-blob',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c15',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: ['westeurope', 'northeurope'],
  links: [{ between: ['westeurope', 'northeurope'], latency: 'PT0.005S' }],
  resourceGroups: [{ name: 'rg-weu', region: 'westeurope' }],
  storageAccounts: [
    {
      name: ACCOUNT.name,
      group: 'rg-weu',
      region: 'westeurope',
      secondary: 'northeurope',
      lag: 'PT0.05S',
      pointInTimeRestore: true,
    },
  ],
  operations: { [`POST ${ACCOUNT.type}/restoreBlobRanges`]: 'PT0.6S' },
};

const skuOf = async (bench: Bench) =>
  ((await bench.show(bench.idOf(ACCOUNT), API)) as { readonly sku: { readonly name: string } }).sku.name;
const common = { phase: 'recovery', resources: { account: ACCOUNT, nobody: NOBODY }, scope: ['account'] } as const;

/** The account is made locally redundant once the baseline is on record, as an unplanned failover leaves it. */
const COPY = /^PATCH .*\/storageAccounts\/ordersdocs$/;
const replication: ActionCase = {
  ...common,
  uses: 'azure/storage.replication',
  input: { account: '${{ resources.account }}' },
  before: (bench) => bench.change('PATCH', bench.idOf(ACCOUNT), API, { sku: { name: 'Standard_LRS' } }),
  request: COPY,
  seen: async (bench) => (await skuOf(bench)) === 'Standard_RAGRS',
  reset: async (bench) => {
    if ((await skuOf(bench)) !== 'Standard_RAGRS')
      await bench.change('PATCH', bench.idOf(ACCOUNT), API, { sku: { name: 'Standard_RAGRS' } });
  },
  ways: {
    'done twice': { expected: { ...PASSED, stays: true } },
    'undone twice': { reason: 'it has nothing to undo: the copy that it makes stood at the baseline' },
    'aborted while running': {
      troubles: [{ match: COPY, kind: 'delay', delayMs: 400 }],
      expected: { ...PASSED, outcome: 'aborted', stays: true },
    },
    'reply lost after it started': {
      faults: [{ fault: 'lost-reply', match: 'PATCH *ordersdocs' }],
      expected: { ...PASSED, stays: true },
    },
    '429 storm': { ...stormOn('PATCH', 'storageAccounts/ordersdocs'), expected: { ...PASSED, stays: true } },
    // The account is copied all the same, and a person must say that it was.
    'time-out': {
      timeout: TOO_SHORT,
      troubles: [{ match: COPY, kind: 'delay', delayMs: TOO_SLOW_MS }],
      expected: { ...PASSED, stays: true },
    },
    // The trial took the copy away, and nothing came in its place: that is no restoration.
    'operation failing': {
      troubles: [{ match: COPY, kind: 'refuse', status: 400, body: { error: { code: 'BadRequest', message: 'no' } } }],
      expected: { outcome: 'stuck', step: 'failed', code: 'arm-refused', taken: 0 },
    },
    'resource missing': { resources: { account: NOBODY }, prepared: false, expected: { ...NOT_READY, stays: true } },
    'outside the scope': { prepared: false, expected: { ...OUTSIDE, stays: true } },
  },
};

const BLOB = { container: 'docs', name: 'a' };
const instants = new Map<Bench, number>();
const withDocs = <T>(bench: Bench, work: Parameters<typeof withContainer<T>>[3]) =>
  withContainer(
    bench.direct,
    { account: bench.idOf(ACCOUNT), container: BLOB.container, endpoint: 'primary', prefix: '' },
    AbortSignal.timeout(10_000),
    work,
  );
const write = (bench: Bench, text: string) =>
  withDocs(bench, async ({ container }) => {
    await container.createIfNotExists();
    await container.getBlockBlobClient(BLOB.name).upload(text, text.length);
  });

/** Blobs tell their instants in whole seconds: one that is compared is older than that. */
async function settledBlob(bench: Bench): Promise<void> {
  const found = await withDocs(bench, async ({ container }) =>
    (await container.getBlobClient(BLOB.name).exists())
      ? (await container.getBlobClient(BLOB.name).downloadToBuffer()).toString()
      : undefined,
  );
  if (found === 'one') return;
  await write(bench, 'one');
  await new Promise((settle) => setTimeout(settle, SETTLE_MS));
}
const SETTLE_MS = 2000;

/** What was written after an instant is gone again. */
const restore: ActionCase = {
  ...common,
  uses: 'azure/storage.point-in-time-restore',
  input: (bench) => ({
    account: '${{ resources.account }}',
    at: instants.get(bench) ?? 0,
    ranges: [{ from: 'docs/a', to: 'docs/b' }],
  }),
  beforeRun: async (bench) => {
    await write(bench, 'one');
    instants.set(bench, Date.now() + 1);
    await new Promise((settle) => setTimeout(settle, 20));
  },
  before: (bench) => write(bench, 'two'),
  request: /^POST .*\/ordersdocs\/restoreBlobRanges$/,
  isOperation: true,
  seen: (bench) =>
    withDocs(
      bench,
      async ({ container }) => (await container.getBlobClient(BLOB.name).downloadToBuffer()).toString() === 'one',
    ),
  ways: {
    ...operationWays('POST', 'storageAccounts/ordersdocs/restoreBlobRanges', {
      // What a restore has done is not seen from the account: a second step restores once more.
      'done twice': { ...PASSED, taken: 2, stays: true },
      'aborted while running': { ...PASSED, outcome: 'aborted', stays: true },
      'reply lost after it started': { ...PASSED, stays: true },
      '429 storm': { ...PASSED, stays: true },
      'time-out': { ...STUCK, stays: null },
    }),
    'undone twice': { reason: 'it cannot be undone: what it wrote over is gone from what people see' },
    'resource missing': { resources: { account: NOBODY }, prepared: false, expected: { ...NOT_READY, stays: true } },
    'outside the scope': { prepared: false, expected: { ...OUTSIDE, stays: true } },
  },
};

const account = (place: 'silent' | 'rude') => (bench: Bench) => ({ [HOST]: bench.strangers[place] });
const reading = (
  uses: string,
  input: JsonObject,
  ways: Pick<ActionCase['ways'], 'operation failing' | 'resource missing' | 'outside the scope'>,
): ActionCase => ({
  ...common,
  uses,
  phase: 'verification',
  input,
  resources: { account: ACCOUNT },
  beforeRun: settledBlob,
  request: /^(PUT|PATCH|POST|DELETE) \/subscriptions\//,
  ways: {
    'done twice': { expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ hosts: account('silent') }),
    'reply lost after it started': { hosts: account('rude'), timeout: 'PT10S', expected: red('blob-unreachable') },
    '429 storm': { faults: [{ fault: 'throttle', match: 'GET *', times: 2 }], expected: green },
    ...ways,
  },
});

const NOBODY_ID = `/subscriptions/${world.subscription}/resourceGroups/rg-weu/providers/${NOBODY.type}/${NOBODY.name}`;
const primary = { account: '${{ resources.account }}', container: BLOB.container };
const outside = /one of the drill's resources/;
const look = reading(
  'blob/assert',
  { ...primary, expect: 'status == 200 && count == 1' },
  {
    'operation failing': { with: { expect: 'count == 2' }, expected: red('check-failed') },
    'resource missing': { with: { container: 'nobody' }, expected: red('check-failed') },
    'outside the scope': { with: { account: NOBODY_ID }, refusedAtPlanning: outside },
  },
);
const compare = reading(
  'blob/compare',
  { primary, copy: { ...primary, endpoint: 'secondary' }, settledBefore: 'PT0S' },
  {
    'operation failing': { with: { minimumBlobs: 2 }, expected: red('check-failed') },
    'resource missing': { with: { primary: { ...primary, container: 'nobody' } }, expected: red('check-failed') },
    'outside the scope': { with: { copy: { ...primary, account: NOBODY_ID } }, refusedAtPlanning: outside },
  },
);

export const blobFamily: Family = { name: 'blobs', world, cases: [replication, restore, look, compare] };
