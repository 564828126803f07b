type FindingCode =
  | 'missing-file'
  | 'unexpected-file'
  | 'unreadable-file'
  | 'changed-file'
  | 'attestation-invalid'
  | 'signature-invalid'
  | 'sums-differ'
  | 'chain-broken'
  | 'plan-differs'
  | 'machine-differs'
  | 'statement-differs'
  | 'outcome-differs'
  | 'result-differs'
  | 'report-differs'
  | 'child-differs';

/** One thing that is wrong with a package. */
export interface Finding {
  readonly code: FindingCode;
  readonly file: string;
  /** Of events.jsonl, counted from 1. */
  readonly line?: number;
  readonly detail: string;
}
