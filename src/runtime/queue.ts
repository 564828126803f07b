// When a ready step is sent: a place for each resource that it writes to, one in each subscription, and one overall.
import PQueue from 'p-queue';
import { parseResourceId } from '../model/resource-id.ts';
import type { Limits } from './limits.ts';

export interface QueuedWork {
  /** Full ARM ids that it writes to. */
  readonly writes: readonly string[];
  /** The largest is sent first. */
  readonly priority: number;
  /** Aborted while it waits: it never starts, and `run` rejects with the signal's reason. Once it started, it keeps its places to its end. */
  readonly signal: AbortSignal;
}

export interface StepQueue {
  readonly run: <T>(work: QueuedWork, body: () => Promise<T>) => Promise<T>;
  /** Steps that wait or are at work. */
  readonly size: () => number;
}

/** `subscription` is the one that steps without writes count for. */
export function createQueue(
  limits: Pick<Limits, 'overall' | 'perSubscription' | 'perResource'>,
  subscription: string,
): StepQueue {
  const resources = lanes(limits.perResource);
  const subscriptions = lanes(limits.perSubscription);
  const overall = new PQueue({ concurrency: limits.overall });
  let size = 0;
  // Narrow places are taken first, so that nobody holds a wide one while it waits for a narrow one. All take theirs in one order,
  // the order of the keys inside a kind, so that no two ever wait for each other.
  const pathOf = (writes: readonly string[]): readonly PQueue[] => [
    ...resourceKeys(writes).map(resources),
    ...subscriptionKeys(writes, subscription).map(subscriptions),
    overall,
  ];
  return {
    run: async ({ writes, priority, signal }, body) => {
      const waiting = new AbortController();
      const stop = () => waiting.abort(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      const start = () => {
        signal.removeEventListener('abort', stop);
        return body();
      };
      const enter = pathOf(writes).reduceRight<() => ReturnType<typeof body>>(
        (next, queue) => () => queue.add(next, { priority, signal: waiting.signal }) as ReturnType<typeof body>,
        start,
      );
      size += 1;
      try {
        if (signal.aborted) stop();
        return await enter();
      } finally {
        size -= 1;
        signal.removeEventListener('abort', stop);
      }
    },
    size: () => size,
  };
}

function lanes(concurrency: number): (key: string) => PQueue {
  const queues = new Map<string, PQueue>();
  return (key) => {
    const queue = queues.get(key) ?? new PQueue({ concurrency });
    queues.set(key, queue);
    return queue;
  };
}

/** Azure locks a resource as a whole: a write to a child counts as one to the resource that it belongs to. */
function resourceKeys(writes: readonly string[]): readonly string[] {
  return unique(
    writes.map((id) => {
      const { subscription, group, type, name } = parseResourceId(id) ?? {};
      if (type === undefined || name === undefined) return id;
      return [subscription, group, ...type.split('/').slice(0, 2), name.split('/', 1)[0]].join('/');
    }),
  );
}

function subscriptionKeys(writes: readonly string[], fallback: string): readonly string[] {
  const named = writes.map((id) => parseResourceId(id)?.subscription ?? fallback);
  return unique(named.length === 0 ? [fallback] : named);
}

const unique = (keys: readonly string[]) => [...new Set(keys.map((key) => key.toLowerCase()))].sort();
