import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { formatDuration } from '../../model/duration.ts';
import type { Check } from '../../model/events.ts';
import { defineCheck } from '../check-action.ts';
import { claim } from '../claims.ts';
import { durationInput } from '../duration-input.ts';
import { findHost, hostInput, portInput } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';
import { type Knocked, knock } from './knock.ts';

const WITHIN_MS_MIN = 10;
const WITHIN_MS_MAX = 10 * 60_000;
const AGAIN_MS = 250;

const input = z.strictObject({
  host: hostInput,
  port: portInput,
  expect: z
    .enum(['accepted', 'refused'])
    .default('accepted')
    .describe('refused: no connection comes about, whether it is refused or not answered in time'),
  within: durationInput('How long an answer is waited for', WITHIN_MS_MIN, WITHIN_MS_MAX).prefault('PT5S'),
});
type Input = z.infer<typeof input>;

/**
 * Judges from where drillmaster runs. A name that cannot be resolved, or a machine that cannot send, proves neither answer: that is an
 * error, never `refused`.
 */
export const tcpAssert = defineCheck({
  name: 'tcp/assert',
  title: 'Check that a port accepts connections, or that it cannot be reached',
  input,
  // A twin leads names elsewhere; an address is where it is.
  claims: ({ host, expect }) =>
    isIP(host) !== 0
      ? []
      : [
          claim(expect === 'accepted' ? 'a closed port' : 'an open port', [
            { fault: 'corrupt-host', host, change: expect === 'accepted' ? 'closed' : 'open' },
          ]),
        ],
  permissions: [],
  typicalMs: 500,
  judge: async (given, { world, signal }) => {
    const { host, port, expect, within } = given;
    const address = await findHost(world, { host, port }, signal);
    const reached = `${host}:${port}${address.host === host ? '' : ` (here ${address.host}:${address.port})`}`;
    const deadline = performance.now() + within;
    let found = await knock(address, within, signal);
    while (expect === 'accepted' && found.answer === 'refused' && performance.now() + AGAIN_MS < deadline) {
      await pause(signal);
      found = await knock(address, deadline - performance.now(), signal);
    }
    const check = { expected: expectedOf(given), observed: `${reached}: ${wordsOf(found)}` };
    return held(found.answer === 'accepted' ? 'accepted' : 'refused', expect, check);
  },
});

function held(found: Input['expect'], expected: Input['expect'], check: Check): Check {
  if (found === expected) return check;
  throw new ProviderError('check-failed', `expected ${check.expected}, found ${check.observed}`, { check });
}

const expectedOf = ({ host, port, expect, within }: Input) =>
  expect === 'accepted'
    ? `${host}:${port} accepts a connection within ${formatDuration(within)}`
    : `${host}:${port} cannot be reached within ${formatDuration(within)}`;

function wordsOf({ answer, tookMs, reason }: Knocked): string {
  if (answer === 'accepted') return `accepted after ${formatDuration(tookMs)}`;
  if (answer === 'silent') return `no answer within ${formatDuration(tookMs)}`;
  return `not reachable (${reason})`;
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(AGAIN_MS, undefined, { signal });
  } catch {
    throw new ProviderError('aborted', 'a wait between two connections was aborted');
  }
}
