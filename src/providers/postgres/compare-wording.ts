// What a comparison expected and found, in words that end up in the evidence. No value of a row but its key is shown.
import { formatDuration } from '../../model/duration.ts';
import { nameOf } from './compare-relation.ts';
import { type ComparedTable, type Comparison, isDifferent } from './compare-servers.ts';
import type { Range } from './compare-summary.ts';
import type { Difference } from './find-differences.ts';
import type { ComparisonInput } from './postgres-compare.ts';

const TEXT_LENGTH_MAX = 2000;
const KEY_LENGTH_MAX = 80;

export function expectedText({ tables, settledBefore, maxLag }: ComparisonInput): string {
  const fresh = maxLag === undefined ? '' : `; the copy at most ${formatDuration(maxLag)} behind`;
  const settled = tables.some(({ settledBy }) => settledBy !== undefined)
    ? ` (newer than ${formatDuration(settledBefore)} left out)`
    : '';
  return shortened(`the same rows in ${tables.map(nameOf).join(', ')}${settled}${fresh}`);
}

/** First what is wrong, then what was compared and what was left out. */
export function observedText(given: ComparisonInput, found: Comparison): string {
  const equal = found.tables.filter((table) => !isDifferent(table)).map(equalText);
  const facts = [...equal, lagText(given, found), watermarkText(given, found), looksText(found)];
  return shortened([...complaintsOf(given, found), ...facts.filter(Boolean)].join('; '));
}

/** Everything that keeps the copy from being good. Empty: it is. */
export function complaintsOf(given: ComparisonInput, found: Comparison): readonly string[] {
  return [
    ...lagComplaints(given, found),
    ...found.tables.flatMap((table, index) => tableComplaints(table, given.tables[index])),
  ];
}

function tableComplaints(
  table: ComparedTable,
  given: ComparisonInput['tables'][number] | undefined,
): readonly string[] {
  const { name, primary, columns, differences } = table;
  if (columns.length > 0) return [`${name}: columns differ: ${columns.join(', ')}`];
  const minimum = given?.minimumRows ?? 1;
  const few =
    primary.rows < minimum ? [`${name}: expected at least ${minimum} rows to compare, found ${primary.rows}`] : [];
  if (differences === undefined) return few;
  const named = differences.named.map((difference) => differenceText(difference, given?.key ?? 'key'));
  const more = differences.more ? ', and more' : '';
  // Each look may have seen other rows; what the last one could not name was there all the same.
  const what = named.length === 0 ? 'checksums differ' : `${named.join(', ')}${more}`;
  return [...few, `${name}: ${what} (primary ${primary.rows} rows, replica ${table.replica.rows} rows)`];
}

function differenceText(difference: Difference, key: string): string {
  if (difference.kind === 'range') {
    const { range, primaryRows, replicaRows } = difference;
    return `${rangeText(range, key)} differs (${primaryRows} rows on the primary, ${replicaRows} on the replica)`;
  }
  const row = `${key} ${shownKey(difference.key)}`;
  if (difference.kind === 'missing') return `${row} is missing on the replica`;
  return difference.kind === 'extra' ? `${row} is on the replica alone` : `${row} differs`;
}

function rangeText(range: Range, key: string): string {
  if (range.kind === 'all') return 'the whole table';
  if (range.kind === 'keyless') return `rows without ${key}`;
  const from = range.from === undefined ? [] : [`from ${shownKey(range.from)}`];
  const to = range.to === undefined ? [] : [`below ${shownKey(range.to)}`];
  return `${key} ${[...from, ...to].join(' ') || 'of any value'}`;
}

const shownKey = (key: string | null) =>
  key === null ? 'null' : key.length > KEY_LENGTH_MAX ? `${key.slice(0, KEY_LENGTH_MAX)}…` : key;

const equalText = ({ name, primary, replica }: ComparedTable) => {
  const leftOut = Math.max(primary.leftOut, replica.leftOut);
  return `${name}: ${primary.rows} rows equal${leftOut > 0 ? `, ${leftOut} newer left out` : ''}`;
};

const watermarkText = ({ tables }: ComparisonInput, { watermark }: Comparison) =>
  tables.some(({ settledBy }) => settledBy !== undefined) ? `rows from ${watermark} on left out` : '';

const looksText = ({ looks }: Comparison) => (looks > 1 ? `${looks} looks` : '');

function lagComplaints({ maxLag }: ComparisonInput, found: Comparison): readonly string[] {
  if (maxLag === undefined) return [];
  const { lag } = found;
  if (lag.kind === 'behind') {
    const newest = lag.replayedTo === null ? '' : `, the newest transaction that it replayed is of ${lag.replayedTo}`;
    return [
      `the replica is stale: ${lag.bytes} bytes of log were missing after ${formatDuration(lag.afterMs)}${newest}`,
    ];
  }
  if (lag.kind === 'caught-up')
    return lag.atMostMs <= maxLag
      ? []
      : [`the replica is stale: what the primary had logged, it had only after ${formatDuration(lag.atMostMs)}`];
  const behindMs = newestBehindMs(found);
  if (behindMs === undefined)
    return [
      'how far the copy is behind cannot be told: it does not replay the primary, and no table has rows with settledBy on both sides',
    ];
  if (behindMs === Number.POSITIVE_INFINITY) return ['the copy has no row that shows how fresh it is'];
  return behindMs > maxLag
    ? [`the newest row of the copy is ${formatDuration(behindMs)} older than that of the primary`]
    : [];
}

function lagText({ maxLag }: ComparisonInput, found: Comparison): string {
  if (found.lag.kind === 'caught-up')
    return `what the primary had logged, the replica had within ${formatDuration(found.lag.atMostMs)}`;
  if (found.lag.kind === 'behind')
    return maxLag === undefined ? `replica still replaying after ${formatDuration(found.lag.afterMs)}` : '';
  const behindMs = newestBehindMs(found);
  return behindMs === undefined || behindMs === Number.POSITIVE_INFINITY
    ? ''
    : `newest row of the copy ${formatDuration(Math.max(behindMs, 0))} behind`;
}

/** The most that any table's newest row is older on the copy; undefined when none tells, infinite when the copy has none at all. */
function newestBehindMs({ tables }: Comparison): number | undefined {
  const told = tables.flatMap(({ primary, replica }) =>
    primary.newest === null ? [] : [primary.newest - (replica.newest ?? Number.NEGATIVE_INFINITY)],
  );
  return told.length === 0 ? undefined : Math.max(...told);
}

const shortened = (text: string) => (text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text);
