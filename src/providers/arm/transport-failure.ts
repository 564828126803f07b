import { ArmError } from './arm-error.ts';
import { redactUrl } from './redact.ts';
import type { Sending } from './transport.ts';

/** Codes of failures before the first byte of a request left. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|CERT_.*|ERR_TLS_CERT_.*|.*_SELF_SIGNED_CERT.*|SELF_SIGNED_CERT_.*|UNABLE_TO_.*)$/;
const WORTH_ANOTHER_TRY = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/;

/** What a failure of the network means for the request that met it. */
export function explainFailure(
  thrown: unknown,
  sending: Sending,
  { sent, timedOut }: { sent: boolean; timedOut: boolean },
): ArmError {
  const ambiguous = sent && sending.method !== 'GET';
  const retryable = !ambiguous;
  const where = `${sending.method} ${redactUrl(sending.url)}`;
  if (sending.signal.aborted) return new ArmError('arm-aborted', `${where} was aborted`, { ambiguous });
  if (timedOut) return new ArmError('arm-timed-out', `${where} had no whole answer in time`, { ambiguous, retryable });
  if (thrown instanceof ArmError) return new ArmError(thrown.code, `${where}: ${thrown.message}`, { ambiguous });
  const code = transportCode(thrown);
  if (!sent) return new ArmError('arm-sign-in-failed', `${where} was not sent: no token (${code})`);
  if (NOT_SENT.test(code))
    return new ArmError('arm-unreachable', `${where}: no connection (${code})`, {
      retryable: WORTH_ANOTHER_TRY.test(code),
    });
  return new ArmError('arm-connection-lost', `${where}: the connection broke before the whole answer came (${code})`, {
    ambiguous,
    retryable,
  });
}

/** Texts of transport errors may quote addresses and tokens; their codes do not. */
function transportCode(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown';
  const { code } = thrown as { code?: unknown };
  return typeof code === 'string' && code !== '' ? code : thrown.name;
}
