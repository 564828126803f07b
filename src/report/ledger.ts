// Everything that the run sent to the world: what it created, changed and disrupted, by which request, and what became of it.
import { formatInstant } from '../model/clock.ts';
import type { DrillEvent } from '../model/events.ts';
import { sameResource } from '../model/resource-id.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import { eventsOf, untilEvaluation } from './event-log.ts';
import { fidelityOf, type HitResource } from './fidelity.ts';
import { recordOf, type StepRecord, stepLog } from './step-log.ts';
import { shortNames } from './wording.ts';

export interface LedgerRow {
  readonly step: string;
  /** Full ARM id. Null: the step names none. */
  readonly resource: string | null;
  readonly did: 'created' | 'changed' | 'disrupted';
  /** When its first request was put on record, epoch ms. */
  readonly at: number;
  /** Ids of the requests, those that took it back at the end. */
  readonly requests: readonly string[];
  /** `back`: the step is one of those that bring things back. `stands`: nothing was sent to undo it, or that failed. */
  readonly became: 'taken back' | 'brought back' | 'back' | 'stands';
  /** Of what was taken or brought back: when, epoch ms, and by which step. */
  readonly by: { readonly step: string; readonly at: number } | null;
}

/** A row for each resource of each step whose intent is on record, in the order of the plan. What was found done is nobody's here. */
export function ledgerOf(plan: Plan, all: readonly DrillEvent[]): readonly LedgerRow[] {
  const events = untilEvaluation(all);
  const log = stepLog(events);
  const restoration = plan.steps.filter(({ phase }) => phase === 'restoration');
  const back = restoration.filter(({ id }) => isDone(recordOf(log, id)));
  const facts: Facts = {
    log,
    requests: grouped([...eventsOf(events, 'step.started'), ...eventsOf(events, 'undo.started')]),
    hit: grouped(fidelityOf(plan, events)),
    back,
    // Found done, a step is as it should be: on the way back that is as good as sent.
    allBack: restoration.every(({ id }) => recordOf(log, id).ended === 'succeeded'),
  };
  return plan.steps
    .filter(({ id, kind, child }) => kind !== 'check' && child === undefined && recordOf(log, id).sent)
    .flatMap((step) => touchedBy(step, facts).map((touched) => rowOf(step, touched, facts)));
}

/** Gathered once: a drill may have ten thousand steps. */
interface Facts {
  readonly log: ReadonlyMap<string, StepRecord>;
  readonly requests: ReadonlyMap<string, readonly { readonly requestId: string }[]>;
  readonly hit: ReadonlyMap<string, readonly HitResource[]>;
  /** Restoration steps that were sent and succeeded. */
  readonly back: readonly PlannedStep[];
  readonly allBack: boolean;
}

const grouped = <Of extends { readonly step: string }>(items: readonly Of[]): ReadonlyMap<string, readonly Of[]> =>
  Map.groupBy(items, ({ step }) => step);

const isDone = ({ sent, ended }: StepRecord) => sent && ended === 'succeeded';

type Touched = Pick<LedgerRow, 'resource' | 'did'>;

function touchedBy({ id, phase, writes, creates = [] }: PlannedStep, { hit }: Facts): readonly Touched[] {
  const did = phase === 'disruption' ? 'disrupted' : 'changed';
  const changed = [...new Set([...writes, ...(hit.get(id) ?? []).map(({ resource }) => resource)])];
  const touched: readonly Touched[] = [
    ...creates.map((resource): Touched => ({ resource, did: 'created' })),
    ...changed.map((resource): Touched => ({ resource, did })),
  ];
  return touched.length === 0 ? [{ resource: null, did }] : touched;
}

function rowOf(step: PlannedStep, { resource, did }: Touched, facts: Facts): LedgerRow {
  const { id, phase } = step;
  const { startedAt, undoneAt } = recordOf(facts.log, id);
  const requests = (facts.requests.get(id) ?? []).map(({ requestId }) => requestId);
  const row = { step: id, resource, did, at: startedAt ?? 0, requests };
  if (undoneAt !== null) return { ...row, became: 'taken back', by: { step: id, at: undoneAt } };
  if (phase === 'restoration') return { ...row, became: 'back', by: null };
  const by = broughtBack(facts, resource) ?? (isReturned(step, facts) ? lastOf(facts.back, facts.log) : null);
  return { ...row, became: by === null ? 'stands' : 'brought back', by };
}

/** The last step of restoration that wrote to the resource, and succeeded. */
function broughtBack({ back, log }: Facts, resource: string | null): LedgerRow['by'] {
  if (resource === null) return null;
  return lastOf(
    back.filter(({ writes }) => writes.some((written) => sameResource(written, resource))),
    log,
  );
}

/** What only the way back returns is back when all of that was gone. */
const isReturned = ({ changesDataRoles, undo }: PlannedStep, { allBack }: Facts): boolean =>
  allBack && (changesDataRoles || undo === 'failback');

const lastOf = (steps: readonly PlannedStep[], log: Facts['log']): LedgerRow['by'] =>
  steps
    .map(({ id }) => ({ step: id, at: recordOf(log, id).endedAt ?? 0 }))
    .reduce<LedgerRow['by']>((last, each) => (last === null || each.at >= last.at ? each : last), null);

/** What became of it, for people. */
export function becameText({ became, by }: Pick<LedgerRow, 'became' | 'by'>): string {
  if (became === 'back') return 'brings things back';
  if (became === 'stands' || by === null) return 'not taken back';
  const at = formatInstant(by.at).slice(11, 23);
  return became === 'taken back' ? `taken back at ${at}` : `brought back by ${by.step} at ${at}`;
}

/** One line: `changed by steer: orders-tm, brought back by steer-back at 10:01:07.000`. */
export const ledgerText = (row: LedgerRow): string =>
  `${row.did} by ${row.step}${row.resource === null ? '' : `: ${shortNames(row.resource)}`}, ${becameText(row)}`;
