import { formatInstant } from '../model/clock.ts';
import type { RunRecord, Writer } from './journal.ts';
import { JournalError } from './journal-error.ts';
import { isAlive, type ProcessIdentity, thisProcess } from './process-identity.ts';

/** How a store tells writers apart. The real one looks at processes; a test may play several in one. */
export interface Writers {
  readonly self: ProcessIdentity;
  readonly isAlive: (writer: ProcessIdentity) => boolean;
}

export const processWriters = (): Writers => ({ self: thisProcess(), isAlive });

/** Throws `not-closed`. */
export function refuseReopening({ run, outcome }: Pick<RunRecord, 'run' | 'outcome'>): void {
  if (outcome === null)
    throw new JournalError('not-closed', `expected a closed run, found ${run}, which has not ended`);
}

/** Throws `closed` or `busy`. The same rule holds in every store. */
export function refuseTaking(
  { run, outcome, writer }: Pick<RunRecord, 'run' | 'outcome' | 'writer'>,
  { isAlive }: Writers,
): void {
  if (outcome !== null)
    throw new JournalError('closed', `expected an unfinished run, found ${run}, which is closed (${outcome})`);
  if (writer !== null && isAlive(writer))
    throw new JournalError(
      'busy',
      `expected a run without a writer, found ${run} in the hands of ${writerText(writer)}`,
    );
}

/** "process 12 of drill-runner since 2026-11-21T10:00:00.000Z", as far as it is known. */
const writerText = ({ pid, host, since }: Writer): string =>
  `process ${pid}${host === undefined ? '' : ` of ${host}`}${since === undefined ? '' : ` since ${formatInstant(since)}`}`;
