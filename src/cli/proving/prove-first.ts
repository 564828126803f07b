// Whether a run may begin: where its checks are to be proved, they are proved now, and what came of it is on record.
import type { JournalStore, RunJournal } from '../../journal/journal.ts';
import type { DrillEvent, EventOf } from '../../model/events.ts';
import { appendAlone } from '../append-alone.ts';
import type { Wishes } from '../drive.ts';
import { endLeftProofs } from './proof-twin.ts';
import { type ProofWishes, proveChecks } from './prove-checks.ts';

interface ProvingDesk extends ProofWishes {
  readonly store: JournalStore;
  readonly wishes: Wishes;
}

/** False when a check is not proved: preflight refuses the run then, and needs no twin for it. An aborted run is let through to its end. */
export async function proveFirst(desk: ProvingDesk, journal: RunJournal): Promise<boolean> {
  if (desk.wishes.proveChecks !== true || desk.signal.aborted) return true;
  const events = await journal.events();
  if (isPast(events)) return true;
  const proof = proofIn(events) ?? (await proveNow(desk, journal));
  return proof === undefined || proof.checks.every(({ proved }) => proved);
}

/** Ready already, or aborted: its end follows, and nothing begins. */
const isPast = (events: readonly DrillEvent[]): boolean =>
  events.some(({ type }) => type === 'preflight.finished' || type === 'abort.requested');

const proofIn = (events: readonly DrillEvent[]): EventOf<'checks.proved'> | undefined =>
  events.find((event) => event.type === 'checks.proved');

async function proveNow(desk: ProvingDesk, journal: RunJournal): Promise<EventOf<'checks.proved'> | undefined> {
  await endLeftProofs(desk.workspace, desk.store);
  const proof = await proveChecks(desk);
  if (proof !== undefined) await appendAlone(journal, proof);
  return proof;
}
