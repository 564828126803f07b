/** How much a run may do at once, and how long the parts around its steps may take. Steps have their own time-outs in the plan. */
export interface Limits {
  /** Steps at work at the same time: overall, in one subscription, and writing to one resource. */
  readonly overall: number;
  readonly perSubscription: number;
  readonly perResource: number;
  /** One look at a step's write. */
  readonly inspectMs: number;
  /** How often a look is repeated when it failed for a passing reason, and the wait before that. */
  readonly inspectAttempts: number;
  readonly inspectBackoffMs: number;
  /**
   * A request of which no answer came may still take effect so long after it was given up: the ARM door's own time-out, and as long again
   * for the service behind it. Until then a look that finds nothing started says nothing, and is repeated.
   */
  readonly requestSettleMs: number;
  readonly settlePollMs: number;
  /** Work that was told to stop keeps its place in the queue for so long. */
  readonly graceMs: number;
  readonly preflightMs: number;
  /** The baseline is given up after this, or after four times its length when that is longer. */
  readonly baselineGiveUpMs: number;
  readonly canaryOpenMs: number;
  readonly canaryReopenMs: number;
  /** One reading back or removal of a canary; how often it is tried, and the wait before the next try. */
  readonly canaryReadMs: number;
  readonly canaryAttempts: number;
  readonly canaryBackoffMs: number;
  /** The world may take this long to settle before a difference from the baseline counts. */
  readonly proveSettleMs: number;
  readonly provePollMs: number;
  readonly inboxPollMs: number;
  /** Readings and writes reach the journal at least this often. */
  readonly flushMs: number;
  /** What still runs when the run ends is waited for so long. */
  readonly shutdownMs: number;
}

export const LIMITS: Limits = {
  overall: 50,
  perSubscription: 16,
  perResource: 1,
  inspectMs: 120_000,
  inspectAttempts: 3,
  inspectBackoffMs: 1000,
  requestSettleMs: 60_000,
  settlePollMs: 2000,
  graceMs: 5000,
  preflightMs: 120_000,
  baselineGiveUpMs: 30_000,
  canaryOpenMs: 30_000,
  canaryReopenMs: 1000,
  canaryReadMs: 120_000,
  canaryAttempts: 3,
  canaryBackoffMs: 2000,
  proveSettleMs: 20_000,
  provePollMs: 1000,
  inboxPollMs: 250,
  flushMs: 500,
  shutdownMs: 5000,
};
