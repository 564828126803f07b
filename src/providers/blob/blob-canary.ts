import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type ActionContext, type CanaryWriter, defineCanary } from '../../model/action.ts';
import { toErrorData } from '../../model/errors.ts';
import { ProviderError } from '../provider-error.ts';
import { resourceInput, STORAGE_TYPE } from '../resource-input.ts';
import type { World } from '../world.ts';
import { blobError, isBlobMissing, type OpenContainer, openContainer } from './blob-service.ts';
import { containerName } from './container-input.ts';

const WRITE_TIMEOUT_MS = 5000;
const SURVIVORS_MAX = 1_000_000;
const DELETIONS_AT_ONCE = 16;
const DIGITS = 12;

const input = z.strictObject({
  account: resourceInput(STORAGE_TYPE).describe(
    'Where blobs are written, and read back: its endpoint moves with a failover',
  ),
  container: containerName.default('drillmaster-canary'),
});
type Input = z.infer<typeof input>;

/** Numbered blobs whose loss can be counted. */
export const blobCanary = defineCanary<Input, World>({
  name: 'blob/canary',
  title: 'Write numbered blobs to a storage account and count what survives',
  input,
  writes: ({ account }) => [account],
  open: async (given, { world, run, signal }) => {
    const opened = await openContainer(world, given.account, given.container);
    try {
      await opened.container.createIfNotExists({ abortSignal: signal });
    } catch (error) {
      opened.close();
      throw blobError(error, signal);
    }
    return writerOf(opened, run);
  },
  survivors: (given, context) =>
    inContainer(given, context, async (opened) => {
      const names = await blobsOf(opened, context);
      return names.map((name) => Number(name.slice(-DIGITS))).sort((a, b) => a - b);
    }),
  remove: (given, context) =>
    inContainer(given, context, async (opened) => {
      const names = await blobsOf(opened, context);
      for (let at = 0; at < names.length; at += DELETIONS_AT_ONCE)
        await Promise.all(
          names.slice(at, at + DELETIONS_AT_ONCE).map((name) =>
            opened.container.deleteBlob(name, { abortSignal: context.signal }).catch((error: unknown) => {
              if (!isBlobMissing(error)) throw error;
            }),
          ),
        );
      const removed = names.length > 0 ? [`${names.length} blobs in ${given.container} of ${given.account}`] : [];
      return (await dropWhenEmpty(opened, context.signal))
        ? [...removed, `the container ${given.container} of ${given.account}`]
        : removed;
    }),
  leftOvers: async (given, context) => {
    try {
      const left = await inContainer(given, context, (opened) => standing(opened, context));
      return left === undefined ? [] : [`${left} in ${given.container} of ${given.account}`];
    } catch (error) {
      return [`${given.account} could not be searched for blobs in ${given.container}: ${toErrorData(error).message}`];
    }
  },
});

/** The folder of a run: its name may hold what a blob's path must not. */
const prefixOf = (run: string) => `${createHash('sha256').update(run).digest('hex').slice(0, 32)}/`;

function writerOf({ container, close }: OpenContainer, run: string): CanaryWriter {
  return {
    write: async (sequence, signal) => {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(WRITE_TIMEOUT_MS)]);
      const text = String(sequence).padStart(DIGITS, '0');
      try {
        await container
          .getBlockBlobClient(`${prefixOf(run)}${text}`)
          // A number is written once: an overwriting one would hide a loss.
          .upload(text, text.length, { abortSignal: bounded, conditions: { ifNoneMatch: '*' } });
      } catch (error) {
        throw blobError(error, bounded);
      }
    },
    close: async () => close(),
  };
}

async function inContainer<T>(
  { account, container }: Input,
  { world, signal }: ActionContext<World>,
  work: (opened: OpenContainer) => Promise<T>,
): Promise<T> {
  const opened = await openContainer(world, account, container);
  try {
    return await work(opened);
  } catch (error) {
    throw blobError(error, signal);
  } finally {
    opened.close();
  }
}

/** Names of a run's blobs; none when there is no container. */
async function blobsOf(
  { container }: OpenContainer,
  { run, signal }: ActionContext<World>,
): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of container.listBlobsFlat({ prefix: prefixOf(run), abortSignal: signal })) {
      names.push(name);
      if (names.length > SURVIVORS_MAX)
        throw new ProviderError('blob-failed', `expected at most ${SURVIVORS_MAX} canary blobs, found more`);
    }
    return names;
  } catch (error) {
    if (isBlobMissing(error)) return [];
    throw error;
  }
}

/** Other runs may use the container. */
async function isEmpty({ container }: OpenContainer, signal: AbortSignal): Promise<boolean> {
  for await (const page of container.listBlobsFlat({ abortSignal: signal }).byPage({ maxPageSize: 1 }))
    if (page.segment.blobItems.length > 0) return false;
  return true;
}

async function dropWhenEmpty(opened: OpenContainer, signal: AbortSignal): Promise<boolean> {
  try {
    if (!(await isEmpty(opened, signal))) return false;
    await opened.container.delete({ abortSignal: signal });
    return true;
  } catch (error) {
    if (isBlobMissing(error)) return false;
    throw error;
  }
}

async function standing(opened: OpenContainer, context: ActionContext<World>): Promise<string | undefined> {
  const own = (await blobsOf(opened, context)).length;
  if (own > 0) return `${own} blobs`;
  try {
    return (await isEmpty(opened, context.signal)) ? 'the empty container' : undefined;
  } catch (error) {
    if (isBlobMissing(error)) return undefined;
    throw error;
  }
}
