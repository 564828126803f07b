import { performance } from 'node:perf_hooks';
import type { Json } from '../../model/json.ts';
import { ArmError, asAmbiguous, isArmError } from './arm-error.ts';
import { type ArmDoor, pause } from './door.ts';
import { nextPoll, type OperationHandle, pollTarget, withoutPollUrl } from './operation.ts';

/** Longer than the longest recorded operation by far. The signal is the real deadline; this one holds without it. */
const OPERATION_MAX_MS = 6 * 3600 * 1000;
/** After the door gave up on one poll. */
const TROUBLE_WAIT_MS = 5000;

/**
 * Watches an accepted operation to its end and reads what it changed. Survives throttling, failing polls and forgotten poll URLs.
 * Throws ArmError `arm-operation-failed` when the service says that it failed, and an `ambiguous` one when it cannot be watched on.
 */
export async function watchOperation(
  door: ArmDoor,
  handle: OperationHandle,
  signal: AbortSignal,
): Promise<Json | undefined> {
  const giveUpAt = performance.now() + OPERATION_MAX_MS;
  try {
    for (let current = handle; performance.now() < giveUpAt; ) {
      const poll = await pollOnce(door, current, signal);
      if (poll.kind === 'settled') return (await door.get(handle.resource, signal)).body;
      current = poll.handle;
      await pause(poll.afterMs, signal);
    }
  } catch (error) {
    throw isArmError(error) && error.code !== 'arm-operation-failed' ? asAmbiguous(error) : error;
  }
  throw new ArmError('arm-timed-out', `an operation did not end within ${OPERATION_MAX_MS} ms`, { ambiguous: true });
}

type Watched =
  | { readonly kind: 'settled' }
  | { readonly kind: 'again'; readonly handle: OperationHandle; readonly afterMs: number };

async function pollOnce(door: ArmDoor, handle: OperationHandle, signal: AbortSignal): Promise<Watched> {
  try {
    const poll = nextPoll(handle, await door.get(pollTarget(handle), signal));
    if (poll.kind !== 'failed') return poll;
    const reason = poll.error === undefined ? 'without a reason' : `${poll.error.code}: ${poll.error.message}`;
    throw new ArmError(
      'arm-operation-failed',
      `the operation on ${handle.resource.path} ended ${poll.word}, ${reason}`,
      {
        serviceCode: poll.error?.code ?? poll.word,
      },
    );
  } catch (error) {
    return afterTrouble(handle, error);
  }
}

function afterTrouble(handle: OperationHandle, error: unknown): Watched {
  if (!isArmError(error)) throw error;
  if (isVerdict(handle, error))
    throw new ArmError('arm-operation-failed', error.message, { serviceCode: error.serviceCode ?? error.code });
  if (error.retryable) return { kind: 'again', handle, afterMs: error.retryAfterMs ?? TROUBLE_WAIT_MS };
  const next = error.code === 'arm-not-found' ? withoutPollUrl(handle) : undefined;
  if (next === undefined) throw error;
  return { kind: 'again', handle: next, afterMs: 0 };
}

/** A Location answers with the end of the operation itself: a refusal there is how the operation ended. */
const isVerdict = ({ asyncOperation, location }: OperationHandle, error: ArmError) =>
  asyncOperation === undefined && location !== undefined && isArmError(error, 'arm-refused', 'arm-conflict');
