import { CodedError } from '../model/errors.ts';
import type { Check } from '../model/events.ts';

export type ProviderErrorCode =
  | 'aborted'
  | 'answer-invalid'
  | 'blob-failed'
  | 'blob-unreachable'
  | 'check-failed'
  | 'child-failed'
  | 'child-undriven'
  | 'dns-failed'
  | 'expectation-invalid'
  | 'failover-failed'
  | 'failover-stands'
  | 'fault-stands'
  | 'fault-unbound'
  | 'group-failed'
  | 'http-failed'
  | 'job-failed'
  | 'isolation-failed'
  | 'machine-failed'
  | 'machines-differ'
  | 'name-taken'
  | 'point-missing'
  | 'postgres-failed'
  | 'postgres-unreachable'
  | 'program-changed'
  | 'program-failed'
  | 'program-refused'
  | 'promotion-failed'
  | 'record-changed'
  | 'replica-failed'
  | 'replication-failed'
  | 'restart-failed'
  | 'restore-failed'
  | 'sign-in-missing'
  | 'tcp-failed'
  | 'test-failover-stands'
  | 'tls-failed';

export interface ProviderErrorFacts {
  readonly retryable?: boolean;
  readonly ambiguous?: boolean;
  readonly check?: Check;
  readonly unreadable?: boolean;
}

/** The error of actions, probes and canaries, beside the door's ArmError. `check` says what an acceptance check expected and saw. */
export class ProviderError extends CodedError<ProviderErrorCode> {
  override readonly name = 'ProviderError';
  readonly retryable: boolean;
  /** True when a mutation was taken and its answer could not be read. */
  readonly ambiguous: boolean;
  readonly check: Check | undefined;
  /** True when a condition could not be read from what was seen: red, but nothing was judged false. */
  readonly unreadable: boolean;

  constructor(code: ProviderErrorCode, message: string, facts: ProviderErrorFacts = {}) {
    super(code, message);
    this.retryable = facts.retryable ?? false;
    this.ambiguous = facts.ambiguous ?? false;
    this.check = facts.check;
    this.unreadable = facts.unreadable ?? false;
  }
}

/** Reads the answer of a mutation that was taken. When it cannot be read, the world has changed all the same: the error is ambiguous. */
export function readTaken<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new ProviderError(error.code, error.message, { ambiguous: true });
  }
}
