// Asks a running twin, over HTTPS and trusting nobody but its own authority.
import { request } from 'node:https';
import type { Json } from '../model/json.ts';
import type { FaultInput } from './control/fault-schema.ts';
import type { JournaledOperation } from './control/operations.ts';
import type { LoggedRequest } from './control/request-log.ts';
import type { TwinStatus } from './control/twin-status.ts';
import type { TwinAddress } from './supervisor-address.ts';
import { TwinError } from './twin-error.ts';

/** An active fault as GET /twin/faults shows it. */
export type ActiveFault = { readonly id: string; readonly fault: string; readonly effectiveAt: number } & Readonly<
  Record<string, Json>
>;

const TIMEOUT_MS = 60_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** All of them throw TwinError `twin-unreachable` or `twin-refused`. */
export const twinStatus = (address: TwinAddress, signal?: AbortSignal) =>
  ask<TwinStatus>(address, 'GET', '/twin/status', signal);
/** Every long-running operation since the twin is up, oldest first; at most the newest thousand. */
export const twinOperations = (address: TwinAddress, signal?: AbortSignal) =>
  ask<readonly JournaledOperation[]>(address, 'GET', '/twin/operations', signal);
export const twinLog = (address: TwinAddress, signal?: AbortSignal) =>
  ask<readonly LoggedRequest[]>(address, 'GET', '/twin/log', signal);
export const twinFaults = (address: TwinAddress, signal?: AbortSignal) =>
  ask<readonly ActiveFault[]>(address, 'GET', '/twin/faults', signal);
/** Resolves when the fault has taken effect. */
export const startTwinFault = (address: TwinAddress, fault: FaultInput, signal?: AbortSignal) =>
  ask<ActiveFault>(address, 'POST', '/twin/faults', signal, fault);
/** `fault`: the id of an active fault. */
export const endTwinFault = (address: TwinAddress, fault: string, signal?: AbortSignal) =>
  ask<undefined>(address, 'DELETE', `/twin/faults/${encodeURIComponent(fault)}`, signal);
/** Resolves when the region is up. */
export const endTwinOutage = (address: TwinAddress, region: string, signal?: AbortSignal) =>
  ask<undefined>(address, 'DELETE', `/twin/faults/region-outage/${encodeURIComponent(region)}`, signal);
/** Asks the twin to end itself; it answers before it does. */
export const askToEnd = (address: TwinAddress, signal?: AbortSignal) =>
  ask<unknown>(address, 'POST', '/twin/shutdown', signal);

async function ask<T>(
  address: TwinAddress,
  method: string,
  path: string,
  signal?: AbortSignal,
  body?: unknown,
): Promise<T> {
  const { status, text } = await exchange(address, method, path, signal, body);
  const value = parse(text);
  if (status < 300) return value as T;
  const { code, message } = (value as { error?: { code?: string; message?: string } } | undefined)?.error ?? {};
  throw new TwinError(
    'twin-refused',
    `the twin ${address.name} answered ${status} ${code ?? ''}: ${message ?? text.slice(0, 200)}`,
  );
}

interface Exchanged {
  readonly status: number;
  readonly text: string;
}

function exchange(
  address: TwinAddress,
  method: string,
  path: string,
  signal: AbortSignal | undefined,
  body: unknown,
): Promise<Exchanged> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const options = {
    method,
    ca: address.authority,
    // A connection of its own: a pooled one would keep the caller's process alive.
    agent: false as const,
    headers: { authorization: `Bearer ${address.token}`, 'content-type': 'application/json' },
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  };
  return new Promise((settle, fail) => {
    const unreachable = (cause: Error) => {
      const reason = (cause as NodeJS.ErrnoException).code ?? cause.message;
      fail(
        new TwinError(
          'twin-unreachable',
          `the twin ${address.name} at ${address.endpoint} could not be asked: ${reason}`,
          { cause },
        ),
      );
    };
    const outgoing = request(new URL(path, address.endpoint), options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_BYTES_MAX) incoming.destroy(new Error(`expected at most ${ANSWER_BYTES_MAX} bytes`));
      });
      incoming.on('error', unreachable);
      incoming.on('end', () => settle({ status: incoming.statusCode ?? 0, text }));
    });
    outgoing.on('error', unreachable);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
