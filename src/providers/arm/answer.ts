// From bytes of a stranger to a value or an ArmError.
import type { Json } from '../../model/json.ts';
import { ArmError, type ArmErrorCode } from './arm-error.ts';
import { redactUrl } from './redact.ts';
import { retryAfterMs } from './retry-after.ts';
import { parseServiceError } from './service-error.ts';
import type { Answer, ArmMethod } from './transport.ts';

/** A successful answer. `body` is undefined when there was none. */
export interface ArmAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
}

/** The answer's value. Throws ArmError `arm-answer-invalid` when a body is not JSON; a 202 says enough without it. */
export function readAnswer(method: ArmMethod, url: string, { status, headers, text }: Answer): ArmAnswer {
  const body = parseJson(text);
  if (body === undefined && text.trim() !== '' && status !== 202)
    throw new ArmError(
      'arm-answer-invalid',
      `${method} ${redactUrl(url)} answered ${status} with a body that is not JSON`,
      {
        status,
        ambiguous: method !== 'GET',
      },
    );
  return { status, headers, body };
}

/** What an answer with an error status means for the request that got it. */
export function refusal(method: ArmMethod, url: string, answer: Answer, waitMsMax: number): ArmError {
  const { status, headers, text } = answer;
  const said = parseServiceError(parseJson(text));
  const wait = retryAfterMs(headers, waitMsMax);
  const fate = method === 'GET' ? { retryable: isTransient(status) } : fateOfMutation(status, said !== undefined);
  const reason = said === undefined ? 'without a reason' : `${said.code}: ${said.message}`;
  return new ArmError(codeOf(status), `${method} ${redactUrl(url)} answered ${status} ${reason}`, {
    status,
    ...fate,
    ...(said === undefined ? {} : { serviceCode: said.code }),
    ...(fate.retryable && wait !== undefined ? { retryAfterMs: wait } : {}),
  });
}

/**
 * Throttling is decided before a request is taken, and so is a 503 whose body is an error of the service. Any other 5xx, a bare
 * 503 and a 408 may come from a gateway after the request went on: nobody can tell. All other 4xx and 3xx are final.
 */
function fateOfMutation(
  status: number,
  explained: boolean,
): { readonly retryable: boolean; readonly ambiguous: boolean } {
  const retryable = status === 429 || (status === 503 && explained);
  return { retryable, ambiguous: !retryable && (status >= 500 || status === 408 || status < 200) };
}

const isTransient = (status: number) =>
  status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);

const CODES: Readonly<Record<number, ArmErrorCode>> = {
  401: 'arm-unauthorized',
  403: 'arm-unauthorized',
  404: 'arm-not-found',
  408: 'arm-unavailable',
  409: 'arm-conflict',
  410: 'arm-not-found',
  429: 'arm-throttled',
};

function codeOf(status: number): ArmErrorCode {
  if (status < 400) return 'arm-answer-invalid';
  return CODES[status] ?? (status >= 500 ? 'arm-unavailable' : 'arm-refused');
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
