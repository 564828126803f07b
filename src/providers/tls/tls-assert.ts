import { isIP } from 'node:net';
import * as z from 'zod';
import { formatDuration } from '../../model/duration.ts';
import { defineCheck } from '../check-action.ts';
import { claim } from '../claims.ts';
import { durationInput } from '../duration-input.ts';
import { expectationOver, judge } from '../expectation.ts';
import { hostInput, portInput, resolveHost } from '../hosts.ts';
import { ProviderError } from '../provider-error.ts';
import { type Handshake, PROTOCOLS, shakeHands } from './shake-hands.ts';

const HTTPS_PORT = 443;
const DAY_MS = 86_400_000;
const VALID_FOR_MS_MAX = 3650 * DAY_MS;

const input = z.strictObject({
  host: hostInput,
  port: portInput.default(HTTPS_PORT),
  serverName: hostInput.optional().describe('Whom the certificate must be for, when that is not host'),
  validFor: durationInput('No certificate of the chain may expire sooner than this', 0, VALID_FOR_MS_MAX).prefault(
    'P14D',
  ),
  protocol: z.enum(PROTOCOLS).default('TLSv1.2').describe('The oldest protocol that is good enough'),
  expect: expectationOver('certificate', 'protocol', 'authorized')
    .optional()
    .describe('CEL over certificate (subject, issuer, names, validFrom, validTo in epoch ms), protocol and authorized'),
});
type Input = z.infer<typeof input>;

/** Trust, names, expiry and protocol must all hold; `expect` comes on top of them. */
export const tlsAssert = defineCheck({
  name: 'tls/assert',
  title: 'Check the TLS certificate and protocol of a service',
  input,
  claims: ({ host }) =>
    isIP(host) !== 0
      ? []
      : [
          claim('a certificate that nobody trusts', [{ fault: 'corrupt-host', host, change: 'stranger' }]),
          claim('a certificate for another name', [{ fault: 'corrupt-host', host, change: 'other-name' }]),
          claim('a certificate whose time is over', [{ fault: 'corrupt-host', host, change: 'expired' }]),
        ],
  permissions: [],
  typicalMs: 500,
  judge: async (given, { world, signal, now }) => {
    const { host, port, serverName = host, protocol, expect } = given;
    const address = resolveHost(world.connection, host, port);
    const question = { address, serverName, protocol, authorities: world.authorities };
    const found = await shakeHands(question, signal);
    const expected = expectedOf(given);
    if ('refused' in found) throw failed(expected, `${host}:${port} did not agree on a connection: ${found.refused}`);
    const wrong = complaints(found, given, now());
    const observed = JSON.stringify(found.seen);
    if (wrong.length > 0) throw failed(expected, `${wrong.join('; ')}: ${observed}`);
    if (expect !== undefined) judge(expect, { ...found.seen });
    return { expected, observed };
  },
});

const expectedOf = ({ host, port, serverName = host, validFor, protocol, expect }: Input) =>
  [
    `a trusted certificate for ${serverName} at ${host}:${port} that is good for ${formatDuration(validFor)} more`,
    `${protocol} or newer`,
    ...(expect === undefined ? [] : [expect]),
  ].join(', ');

function complaints(
  { seen, distrust, expiresFirst }: Handshake,
  { host, serverName = host, validFor }: Input,
  now: number,
): readonly string[] {
  const leftMs = expiresFirst.validTo - now;
  const expiry = leftMs < 0 ? `expired ${formatDuration(-leftMs)} ago` : `expires in ${formatDuration(leftMs)}`;
  return [
    ...(seen.authorized ? [] : [`not trusted for ${serverName} (${distrust})`]),
    ...(leftMs < validFor ? [`${expiresFirst.subject} ${expiry}`] : []),
  ];
}

function failed(expected: string, observed: string): ProviderError {
  return new ProviderError('check-failed', `expected ${expected}, found ${observed}`, {
    check: { expected, observed },
  });
}
