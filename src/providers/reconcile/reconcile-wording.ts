// What a reconciliation expected and found, in words that end up in the evidence. Nothing but keys is shown.
import { formatInstant } from '../../model/clock.ts';
import { formatDuration } from '../../model/duration.ts';
import type { Reconciliation, Unmatched } from './reconcile.ts';
import type { ReconciliationInput } from './reconcile-assert.ts';

const TEXT_LENGTH_MAX = 2000;
const KEY_LENGTH_MAX = 80;
const NAMED_MAX = 10;

export function expectedText({ blobs, settledBefore, lossWindow }: ReconciliationInput): string {
  const most = lossWindow?.maximum === undefined ? '' : `, at most ${lossWindow.maximum} of them`;
  const window =
    lossWindow === undefined
      ? ''
      : `, but for those written from ${formatInstant(lossWindow.from)} to ${formatInstant(lossWindow.to)}${most}`;
  return shortened(
    `no row without its blob in ${blobs.container} and no blob without its row${window} (newer than ${formatDuration(settledBefore)} left out)`,
  );
}

/** First what is wrong, then what agrees, and what one store lost alone. */
export function observedText(given: ReconciliationInput, found: Reconciliation): string {
  const { matched, leftOut, looks, unmatched } = found;
  const lost = unmatched.filter(({ isInWindow }) => isInWindow);
  const window = given.lossWindow === undefined ? [] : [`to reconcile in the loss window: ${countsOf(lost)}`];
  const newer = leftOut > 0 ? [`${leftOut} newer left out`] : [];
  const facts = [`${matched} rows with their blobs`, ...window, ...newer, ...(looks > 1 ? [`${looks} looks`] : [])];
  return shortened([...complaintsOf(given, found), ...facts].join('; '));
}

/** Everything that keeps the stores from agreeing. Empty: they do. */
export function complaintsOf(given: ReconciliationInput, found: Reconciliation): readonly string[] {
  if (found.isAbsent) return [`there is no container ${given.blobs.container}`];
  const { minimumMatched, lossWindow } = given;
  const lost = found.unmatched.filter(({ isInWindow }) => isInWindow);
  const unexplained = found.unmatched.filter(({ isInWindow }) => !isInWindow);
  const few =
    found.matched < minimumMatched ? [`expected at least ${minimumMatched} pairs, found ${found.matched}`] : [];
  const many = lossWindow?.maximum !== undefined && lost.length > lossWindow.maximum;
  return [
    ...(unexplained.length > 0 ? [countsOf(unexplained)] : []),
    ...(many ? [`expected at most ${lossWindow.maximum} in the loss window, found ${lost.length}`] : []),
    ...few,
  ];
}

function countsOf(unmatched: readonly Unmatched[]): string {
  const ofSide = (side: Unmatched['side'], what: string) => {
    const keys = unmatched.filter((item) => item.side === side).map(({ key }) => key);
    const named = keys.slice(0, NAMED_MAX).map((key) => key.slice(0, KEY_LENGTH_MAX));
    const more = keys.length > named.length ? `, and ${keys.length - named.length} more` : '';
    return keys.length === 0 ? [] : [`${keys.length} ${what} (${named.join(', ')}${more})`];
  };
  const parts = [...ofSide('row', 'rows without a blob'), ...ofSide('blob', 'blobs without a row')];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

const shortened = (text: string) => (text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text);
