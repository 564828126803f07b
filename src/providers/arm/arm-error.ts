import { CodedError } from '../../model/errors.ts';

/** Why Azure Resource Manager did not give the answer that was asked for. */
export type ArmErrorCode =
  | 'arm-host-refused'
  | 'arm-sign-in-failed'
  | 'arm-unreachable'
  | 'arm-connection-lost'
  | 'arm-timed-out'
  | 'arm-aborted'
  | 'arm-throttled'
  | 'arm-unavailable'
  | 'arm-unauthorized'
  | 'arm-not-found'
  | 'arm-conflict'
  | 'arm-refused'
  | 'arm-answer-invalid'
  | 'arm-answer-too-large'
  | 'arm-operation-failed';

export interface ArmErrorFacts {
  /** HTTP status; absent when no answer came. */
  readonly status?: number;
  /** The service's own code: `ResourceNotFound`, `ReadReplicaServersExistForSourceServer`. */
  readonly serviceCode?: string;
  /** True when a new attempt is safe: the world did not take the request. */
  readonly retryable?: boolean;
  /** How long the service asks to wait before the next attempt, in milliseconds, already capped. */
  readonly retryAfterMs?: number;
  /** True when a mutation was sent and nothing tells what became of it. Never true together with `retryable`. */
  readonly ambiguous?: boolean;
}

/** The one error of the door. Messages hold no query strings, tokens or bodies. */
export class ArmError extends CodedError<ArmErrorCode> {
  override readonly name = 'ArmError';
  readonly status: number | undefined;
  readonly serviceCode: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly ambiguous: boolean;
  /** True when what was asked for does not exist. */
  readonly missing: boolean;

  constructor(code: ArmErrorCode, message: string, facts: ArmErrorFacts = {}) {
    super(code, message);
    this.status = facts.status;
    this.serviceCode = facts.serviceCode;
    this.retryable = facts.retryable ?? false;
    this.retryAfterMs = facts.retryAfterMs;
    this.ambiguous = facts.ambiguous ?? false;
    this.missing = code === 'arm-not-found';
  }
}

/** True for an ArmError with one of these codes. */
export const isArmError = (thrown: unknown, ...codes: readonly ArmErrorCode[]): thrown is ArmError =>
  thrown instanceof ArmError && (codes.length === 0 || codes.includes(thrown.code));

/** The same error for a caller that no longer knows what became of an accepted operation: it must look, not guess. */
export function asAmbiguous(error: ArmError): ArmError {
  const { status, serviceCode } = error;
  return new ArmError(error.code, error.message, {
    ...(status === undefined ? {} : { status }),
    ...(serviceCode === undefined ? {} : { serviceCode }),
    ambiguous: true,
  });
}
