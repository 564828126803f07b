// What the tests of the verify data drill share: its result, and its databases past everything that is tested.
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { expect } from 'vitest';
import type { DrillResult } from '../../src/model/result.ts';
import { findTwin } from '../../src/twin/index.ts';
import type { TestWorkspace } from './workspace.ts';

export const NAME = 'verify-data';
export const COMPARE = 'replica-has-the-same-rows';
export const COMPARE_BLOBS = 'secondary-has-the-same-invoices';
export const BACKUP = 'backup-has-the-same-rows';
const SUFFIX = 'postgres.database.azure.com';

/** Names of the checks that did not pass. */
export const redOf = ({ checks }: DrillResult) => checks.filter(({ passed }) => !passed).map(({ id }) => id);
export const observedOf = ({ checks }: DrillResult, check = COMPARE) =>
  checks.find(({ id }) => id === check)?.observed ?? '';

export async function sql({ state }: TestWorkspace, server: string, text: string): Promise<Record<string, unknown>[]> {
  const twin = findTwin(state, NAME) ?? expect.fail('expected a twin that is up, found none');
  const client = new pg.Client({ ...twin.hosts[`${server}.${SUFFIX}`], ...twin.postgres });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds().catch(() => false)) return;
    await wait(100);
  }
  throw new Error(`expected that ${what}, found that it does not`);
}

export const CAUGHT_UP = "SELECT now() - pg_last_xact_replay_timestamp() < interval '1 second' AS fresh";
