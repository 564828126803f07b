// The blob endpoint of a storage account: the Azure client, which here never sends anything twice.
import { Agent } from 'node:https';
import { type ConnectionOptions, connect } from 'node:tls';
import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import { parseResourceId } from '../../model/resource-id.ts';
import { resolveHost } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';
import type { ContainerInput } from './container-input.ts';

const PORT = 443;
const TRY_TIMEOUT_SECONDS = 30;
const CONNECTIONS_MAX = 32;

export interface OpenContainer {
  readonly container: ContainerClient;
  /** Of the secondary endpoint alone: what was written up to then is there. Undefined: the service does not say. */
  readonly lastSync: (signal: AbortSignal) => Promise<Date | undefined>;
  /** Closes its connections. */
  readonly close: () => void;
}

/** The one that takes writes, or the copy of a geo-redundant account, which can only be read. */
export type BlobEndpoint = 'primary' | 'secondary';

/** Opens a container of an account by its ARM id. Sends nothing yet. */
export async function openContainer(
  world: World,
  account: string,
  name: string,
  endpoint: BlobEndpoint = 'primary',
): Promise<OpenContainer> {
  // Loaded at first use: it is large.
  const { BlobServiceClient } = await import('@azure/storage-blob');
  const label = `${parseResourceId(account)?.name ?? ''}${endpoint === 'secondary' ? '-secondary' : ''}`;
  const host = `${label}.blob.core.windows.net`;
  const agent = blobAgent(world);
  const options = { agent, retryOptions: { maxTries: 1, tryTimeoutInMs: TRY_TIMEOUT_SECONDS * 1000 } };
  const service = new BlobServiceClient(`https://${host}`, world.credential, options as StoragePipelineOptions);
  return {
    container: service.getContainerClient(name),
    lastSync: async (signal) => (await service.getStatistics({ abortSignal: signal })).geoReplication?.lastSyncOn,
    close: () => agent.destroy(),
  };
}

/** Opens a container, works and closes it. Throws ProviderError `blob-…` or what `work` throws. */
export async function withContainer<T>(
  world: World,
  { account, container, endpoint }: ContainerInput,
  signal: AbortSignal,
  work: (opened: OpenContainer) => Promise<T>,
): Promise<T> {
  const opened = await openContainer(world, account, container, endpoint);
  try {
    return await work(opened);
  } catch (error) {
    throw blobError(error, signal);
  } finally {
    opened.close();
  }
}

/** Connects to where the world says that a host is, and trusts whom the world trusts. */
export function blobAgent({ connection, authorities }: Pick<World, 'connection' | 'authorities'>): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const ca = authorities === undefined ? {} : { ca: [...authorities] };
  agent.createConnection = (options) => {
    const { host = '', port, servername } = options as ConnectionOptions;
    const address = resolveHost(connection, host, Number(port ?? PORT));
    return connect({ ...ca, ...address, servername: servername ?? host });
  };
  return agent;
}

/** Any failure of the client as a ProviderError. */
export function blobError(thrown: unknown, signal: AbortSignal): Error {
  if (thrown instanceof ProviderError) return thrown;
  if (signal.aborted) return new ProviderError('aborted', 'a question to a blob store was aborted');
  const { statusCode, code, message } = thrown as { statusCode?: number; code?: string; message: string };
  if (statusCode !== undefined && statusCode < 500)
    return new ProviderError('blob-failed', `the blob store answered ${statusCode} ${code ?? ''}`.trim());
  return new ProviderError('blob-unreachable', `the blob store could not be asked: ${code ?? message}`, {
    retryable: true,
  });
}

export const isBlobMissing = (thrown: unknown): boolean => (thrown as { statusCode?: number }).statusCode === 404;
