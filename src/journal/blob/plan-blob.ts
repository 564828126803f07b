// What is known of a run from its beginning, made once. That it is there is what makes a run known.
import * as z from 'zod';
import { sha256 } from '../../model/json.ts';
import type { NewRun } from '../journal.ts';
import { JournalError } from '../journal-error.ts';
import type { Containers } from './containers.ts';
import { download } from './download.ts';
import { FORMAT_VERSION, parseFormat } from './format.ts';
import { recordFolder } from './record.ts';
import { askAgain, isConflict, isMissing, readAgain, unreachable } from './requests.ts';

const PLAN_BYTES_MAX = 64 * 1024 * 1024;

const planSchema = z.strictObject({
  formatVersion: z.literal(FORMAT_VERSION),
  run: z.string(),
  drill: z.string(),
  openedAt: z.int(),
  plan: z.string(),
  planSha256: z.string(),
});

const planBlob = (containers: Containers, run: string) =>
  containers.record.getBlockBlobClient(`${recordFolder(containers, run)}plan.json`);

/** Makes a run known. Throws JournalError `exists`. */
export async function createPlan(containers: Containers, { run, drill, openedAt, plan }: NewRun): Promise<void> {
  const blob = planBlob(containers, run);
  const record = { formatVersion: FORMAT_VERSION, run, drill, openedAt, plan, planSha256: sha256(plan) };
  const bytes = Buffer.from(JSON.stringify(record));
  const options = { conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: { blobContentType: 'application/json' } };
  try {
    await askAgain(`blob ${blob.name}`, (abortSignal) => blob.upload(bytes, bytes.length, { ...options, abortSignal }));
  } catch (error) {
    if (!isConflict(error)) throw unreachable(`blob ${blob.name}`, error);
    const found = await readAgain(`blob ${blob.name}`, (signal) => download(blob, signal, PLAN_BYTES_MAX));
    if (!found.bytes.equals(bytes))
      throw new JournalError('exists', `expected a new name of a run, found "${run}"`, { cause: error });
  }
}

/** Undefined: no such run. Throws JournalError `format-version`, `unreadable` or `unreachable`. */
export async function findPlan(containers: Containers, run: string): Promise<NewRun | undefined> {
  const blob = planBlob(containers, run);
  try {
    const { bytes } = await askAgain(`blob ${blob.name}`, (signal) => download(blob, signal, PLAN_BYTES_MAX));
    return parsePlan(bytes, blob.name, run);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreachable(`blob ${blob.name}`, error);
  }
}

/** What can be told of a run whose plan is not as this program writes it. Nothing of it may be followed. Throws JournalError `unreachable`. */
export async function guessPlan(containers: Containers, run: string): Promise<NewRun> {
  const blob = planBlob(containers, run);
  const { drill, openedAt, plan } = await readAgain(`blob ${blob.name}`, (signal) =>
    download(blob, signal, PLAN_BYTES_MAX),
  ).then(({ bytes }) => looseMembers(bytes), looseOf);
  return {
    run,
    drill: typeof drill === 'string' ? drill : 'unknown',
    openedAt: isInstant(openedAt) ? openedAt : 0,
    plan: typeof plan === 'string' ? plan : '',
  };
}

type Loose = Readonly<Record<string, unknown>>;

function looseMembers(bytes: Buffer): Loose {
  try {
    return (JSON.parse(bytes.toString('utf8')) ?? {}) as Loose;
  } catch {
    return {};
  }
}

/** Too large to be a plan. */
function looseOf(error: unknown): Loose {
  if (error instanceof JournalError && error.code === 'unreadable') return {};
  throw error;
}

const isInstant = (value: unknown): value is number =>
  Number.isSafeInteger(value) && !Number.isNaN(new Date(Number(value)).getTime());

function parsePlan(bytes: Buffer, name: string, run: string): NewRun {
  const { run: owner, drill, openedAt, plan, planSha256 } = parseFormat(bytes, name, planSchema, `the plan of ${run}`);
  if (owner !== run || sha256(plan) !== planSha256)
    throw new JournalError('unreadable', `${name}: expected the plan of ${run} as it was written, found another`);
  return { run, drill, openedAt, plan };
}
