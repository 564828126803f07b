import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import * as z from 'zod';
import type { Connection } from '../../model/environment.ts';
import { toErrorData } from '../../model/errors.ts';
import { defineCheck } from '../check-action.ts';
import { claim, claimedConditions } from '../claims.ts';
import { durationInput } from '../duration-input.ts';
import { expectationOver, judge } from '../expectation.ts';
import { hostInput, resolveHost } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';
import { type Answer, RECORD_TYPES, readRecords } from './read-records.ts';

const DNS_PORT = 53;
const SERVERS_MAX = 5;
const WITHIN_MS_MIN = 100;
const WITHIN_MS_MAX = 60_000;
/** The library doubles its wait with each try; one try after the first stays within twice the time. */
const TRIES = 2;

const server = z
  .string()
  .regex(
    /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?$/,
    'expected an address or host name, with :PORT where it is not 53',
  );

export const dnsAssert = defineCheck({
  name: 'dns/assert',
  title: 'Check the DNS records of a name',
  input: z.strictObject({
    name: hostInput.describe('Whose records'),
    type: z.enum(RECORD_TYPES).default('A'),
    servers: z
      .array(server)
      .min(1)
      .max(SERVERS_MAX)
      .optional()
      .describe("Resolvers to ask, as in 10.0.0.4:53; without any the twin's own, and on Azure the system's"),
    within: durationInput('How long an answer is waited for', WITHIN_MS_MIN, WITHIN_MS_MAX).prefault('PT5S'),
    expect: expectationOver('records', 'ttl', 'status').describe(
      'CEL over records (texts; MX: priority and exchange), ttl (the least, in seconds; null unless A or AAAA) and status (NOERROR, NODATA, NXDOMAIN)',
    ),
  }),
  // Other name servers than the twin's own answer as they like.
  claims: ({ name, type, servers, expect }) =>
    servers !== undefined
      ? []
      : claimedConditions(expect, () =>
          claim(`the ${type} records of the name`, [
            { fault: 'corrupt-name', name, type, change: 'other' },
            { fault: 'corrupt-name', name, type, change: 'absent' },
          ]),
        ),
  permissions: [],
  typicalMs: 500,
  judge: async ({ name, type, servers, within, expect }, { world, signal }) => {
    const resolver = new Resolver({ timeout: within, tries: TRIES });
    const { nameServer } = world.connection;
    const asked = servers ?? (nameServer === undefined ? undefined : [nameServer]);
    if (asked !== undefined) resolver.setServers(await addressesOf(asked, world.connection));
    const answer = await ask(resolver, { name, type, within, signal });
    return judge(expect, { ...answer });
  },
});

/** A resolver is reached where the environment says; one that has a name is looked up first. */
const addressesOf = (servers: readonly string[], connection: Connection) =>
  Promise.all(
    servers.map(async (text) => {
      const [, host = '', port = String(DNS_PORT)] = /^(?:\[)?([^\]]*?)(?:\])?(?::(\d+))?$/.exec(text) ?? [];
      const address = resolveHost(connection, host, Number(port));
      const ip = isIP(address.host) === 0 ? await lookUp(address.host) : address.host;
      return isIP(ip) === 6 ? `[${ip}]:${address.port}` : `${ip}:${address.port}`;
    }),
  );

async function lookUp(host: string): Promise<string> {
  const { lookup } = await import('node:dns/promises');
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw failed(host, error);
  }
}

interface Question {
  readonly name: string;
  readonly type: (typeof RECORD_TYPES)[number];
  readonly within: number;
  readonly signal: AbortSignal;
}

/** Throws ProviderError `dns-failed` (retryable) when no server answered, or one could not. */
async function ask(resolver: Resolver, { name, type, within, signal }: Question): Promise<Answer> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  const cancel = () => resolver.cancel();
  bounded.addEventListener('abort', cancel, { once: true });
  try {
    bounded.throwIfAborted();
    return await readRecords(resolver, name, type);
  } catch (error) {
    if (signal.aborted) throw new ProviderError('aborted', `a question for ${name} was aborted`);
    throw failed(name, bounded.aborted ? { code: `no answer within ${within} ms` } : error);
  } finally {
    bounded.removeEventListener('abort', cancel);
  }
}

function failed(name: string, error: unknown): ProviderError {
  const code = (error as { code?: unknown }).code ?? toErrorData(error).message;
  return new ProviderError('dns-failed', `records of ${name} could not be read: ${String(code)}`, { retryable: true });
}
