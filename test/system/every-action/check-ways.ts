// Ways and ends that checks share.
import { TOO_SHORT } from './common-ways.ts';
import type { Expected, NotApplicable, Trial } from './ways.ts';

export const green: Expected = { outcome: 'passed', step: 'succeeded', taken: 0 };
export const red = (code: string): Expected => ({ outcome: 'failed', step: 'failed', code, taken: 0 });
/** The end of its time is no answer of the check: the record has no error of it. */
const late: Expected = { outcome: 'failed', step: 'failed', reason: /the-step timed out after/, taken: 0 };
const aborted: Expected = { outcome: 'aborted', step: 'skipped', taken: 0 };
export const NO_UNDO: NotApplicable = { reason: 'it judges and changes nothing: there is nothing to take back' };
/** The ways in which a check hangs. */
export const hanging = (trial: Omit<Trial, 'expected'>) => ({
  'aborted while running': { ...trial, expected: aborted },
  'time-out': { ...trial, timeout: TOO_SHORT, expected: late },
});
