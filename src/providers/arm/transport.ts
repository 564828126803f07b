// One HTTP exchange with Azure Resource Manager: sent at most once, bounded in time and size, its failures told apart.
import { performance } from 'node:perf_hooks';
import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type Pipeline,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
  proxyPolicy,
  setClientRequestIdPolicy,
  userAgentPolicy,
} from '@azure/core-rest-pipeline';
import { ArmError } from './arm-error.ts';
import { ARM_SCOPE } from './credential.ts';
import { redactUrl } from './redact.ts';
import { sendOncePolicy } from './send-once-policy.ts';
import { explainFailure } from './transport-failure.ts';

export type ArmMethod = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';

export interface Sending {
  readonly method: ArmMethod;
  /** Absolute, and already held to the allow-list. */
  readonly url: string;
  readonly body?: unknown;
  /** `If-Match`; null: `If-None-Match: *`. */
  readonly ifEtag?: string | null;
  /** `x-ms-client-request-id`; a random one when absent. */
  readonly requestId?: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What left and what came back, free of secrets: for operational logs. */
export interface Exchange {
  readonly method: ArmMethod;
  readonly url: string;
  /** Null when no answer came; `error` says why. */
  readonly status: number | null;
  readonly tookMs: number;
  readonly requestId: string;
  readonly serviceRequestId: string | null;
  readonly error: string | null;
}

export interface TransportOptions {
  readonly credential: TokenCredential;
  /** PEM of every authority to trust; undefined: the system's. */
  readonly authorities: readonly string[] | undefined;
  /** False on a twin: loopback traffic does not go through a proxy. */
  readonly proxied: boolean;
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  readonly onExchange: ((exchange: Exchange) => void) | undefined;
}

export type Transport = (sending: Sending) => Promise<Answer>;

/** Opens the transport. It throws ArmError, with `ambiguous` set when a mutation left and no whole answer came. */
export function openTransport(options: TransportOptions): Transport {
  const once = sendOncePolicy();
  const pipeline = openPipeline(options, once.policy);
  const client = createDefaultHttpClient();
  const tls = tlsSettings(options.authorities);
  return async (sending) => {
    const clock = AbortSignal.timeout(options.timeoutMs);
    const request = createRequest(sending, clock, sending.method === 'GET' ? tls.reads : tls.mutations);
    const startedAt = performance.now();
    const tell = (status: number | null, serviceRequestId: string | null, error: string | null) =>
      report(options, {
        ...shown(sending, request),
        status,
        tookMs: performance.now() - startedAt,
        serviceRequestId,
        error,
      });
    try {
      const response = await pipeline.sendRequest(client, request);
      const answer = {
        status: response.status,
        headers: response.headers.toJSON(),
        text: await readText(response, options.answerBytesMax),
      };
      tell(answer.status, answer.headers['x-ms-request-id'] ?? null, null);
      return answer;
    } catch (thrown) {
      const error = explainFailure(thrown, sending, { sent: once.wasSent(request), timedOut: clock.aborted });
      tell(null, null, error.code);
      throw error;
    }
  };
}

/** A log that fails must not lose the answer of a mutation. */
function report({ onExchange }: TransportOptions, exchange: Exchange): void {
  try {
    onExchange?.(exchange);
  } catch {}
}

/** No retry, redirect or decompression policy: nothing is sent twice, nothing leaves the host, no answer swells. */
function openPipeline({ credential, proxied }: TransportOptions, once: PipelinePolicy): Pipeline {
  const pipeline = createEmptyPipeline();
  if (proxied) pipeline.addPolicy(proxyPolicy());
  pipeline.addPolicy(userAgentPolicy({ userAgentPrefix: 'drillmaster' }));
  pipeline.addPolicy(setClientRequestIdPolicy());
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: ARM_SCOPE }), { phase: 'Sign' });
  pipeline.addPolicy(once, { afterPhase: 'Sign' });
  return pipeline;
}

/** Two objects, because the client keeps a connection pool for each: mutations get fresh connections, which cannot be half dead. */
function tlsSettings(authorities: readonly string[] | undefined) {
  const ca = authorities === undefined ? {} : { ca: [...authorities] };
  return { reads: { ...ca }, mutations: { ...ca } };
}

function createRequest(sending: Sending, clock: AbortSignal, tls: { ca?: string[] }): PipelineRequest {
  const request = createPipelineRequest({
    method: sending.method,
    url: sending.url,
    headers: createHttpHeaders({
      accept: 'application/json',
      ...(sending.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...conditionOf(sending),
    }),
    ...(sending.body === undefined ? {} : { body: JSON.stringify(sending.body) }),
    ...(sending.requestId === undefined ? {} : { requestId: sending.requestId }),
    abortSignal: AbortSignal.any([sending.signal, clock]),
    disableKeepAlive: sending.method !== 'GET',
    // Every body is read as a stream, so that its size can be limited.
    streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
  });
  // The same option of createPipelineRequest is dropped without a word.
  request.tlsSettings = tls;
  return request;
}

function conditionOf({ ifEtag }: Sending): Record<string, string> {
  if (ifEtag === undefined) return {};
  return ifEtag === null ? { 'if-none-match': '*' } : { 'if-match': ifEtag };
}

const shown = ({ method, url }: Sending, { requestId }: PipelineRequest) => ({
  method,
  url: redactUrl(url),
  requestId,
});

async function readText({ readableStreamBody }: PipelineResponse, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readableStreamBody ?? []) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    // Leaving the loop destroys the stream and its connection.
    if (bytes > bytesMax)
      throw new ArmError('arm-answer-too-large', `expected an answer of at most ${bytesMax} bytes, found more`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}
