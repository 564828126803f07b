// Where a run's process kills itself, for those who torture the program: right after an event is durable, or right before.
import type { JournalStore, NewEvent, RunJournal } from '../journal/journal.ts';
import { parentRunOf } from '../model/child.ts';
import { UsageError } from '../model/errors.ts';
import { eventSchema } from '../model/events.ts';

/** Where to die: at a number, which is met once in the life of a run, or at the first event of a kind that this process journals. */
export interface CrashPoint {
  /** The step whose child run is meant; undefined: the run that is nobody's child. */
  readonly child: string | undefined;
  readonly side: 'after' | 'before';
  readonly event: number | { readonly type: string; readonly step: string | undefined };
}

const VARIABLES = { DRILLMASTER_CRASH_AT: 'after', DRILLMASTER_CRASH_BEFORE: 'before' } as const;
const FORM = /^(?:(?<child>[^:.]+):)?(?:(?<seq>[1-9]\d{0,8})|(?<type>[a-z]+\.[a-z]+)(?::(?<step>[^:]+))?)$/;
const TYPES: ReadonlySet<string> = new Set(eventSchema.options.map(({ shape }) => shape.type.value));

/** What the environment asks for. Throws UsageError `usage` when it cannot be read: a torture that never happens would look survived. */
export const crashPointsOf = (environment: NodeJS.ProcessEnv): readonly CrashPoint[] =>
  Object.entries(VARIABLES).flatMap(([name, side]): readonly CrashPoint[] => {
    const text = environment[name] ?? '';
    if (text === '') return [];
    const { child, seq, type, step } = FORM.exec(text)?.groups ?? {};
    if (seq !== undefined) return [{ child, side, event: Number(seq) }];
    if (type !== undefined && TYPES.has(type)) return [{ child, side, event: { type, step } }];
    throw new UsageError(
      'usage',
      `${name}: expected an event's number, as in 12, or its type, as in step.started:promote, or either of a child run, as in fail-over:12; found "${text}"`,
    );
  });

/** The same store, in whose runs this process dies where it is told to. `die` never returns. */
export function withCrashPoints(
  store: JournalStore,
  points: readonly CrashPoint[],
  die: () => void = killSelf,
): JournalStore {
  if (points.length === 0) return store;
  const ofRun = (run: string) => points.filter((point) => isOf(point, run));
  return {
    ...store,
    create: async (record, first) => {
      const own = ofRun(record.run);
      const side = first && sideOf(own, 1, first);
      if (side === 'before') die();
      const journal = await store.create(record, first);
      if (side === 'after') die();
      return dying(journal, own, die);
    },
    take: async (run) => dying(await store.take(run), ofRun(run), die),
    reopen: async (run) => dying(await store.reopen(run), ofRun(run), die),
  };
}

/** A child's name ends with the step that began it, and with the attempt when that is not the first. */
const isOf = ({ child }: CrashPoint, run: string): boolean =>
  child === undefined ? parentRunOf(run) === undefined : run.endsWith(`.${child}`);

/** Where the process dies at an event, if it does; `before` goes first. */
const sideOf = (points: readonly CrashPoint[], seq: number, event: NewEvent): CrashPoint['side'] | undefined =>
  (['before', 'after'] as const).find((side) =>
    points.some((point) => point.side === side && isMet(point, seq, event)),
  );

function isMet({ event }: CrashPoint, seq: number, { body }: NewEvent): boolean {
  if (typeof event === 'number') return event === seq;
  return event.type === body.type && (event.step === undefined || ('step' in body && event.step === body.step));
}

/** A group is split where the process dies in it: what stands before the place is durable, and nothing after it. */
async function dying(journal: RunJournal, points: readonly CrashPoint[], die: () => void): Promise<RunJournal> {
  let last = (await journal.events()).length;
  const keep = async (events: readonly NewEvent[]) => {
    const placed = await journal.append(events);
    last = placed.at(-1)?.seq ?? last;
    return placed;
  };
  return {
    ...journal,
    append: async (events) => {
      const sides = events.map((event, index) => sideOf(points, last + index + 1, event));
      const met = sides.findIndex((side) => side !== undefined);
      if (met === -1) return keep(events);
      const kept = events.slice(0, sides[met] === 'after' ? met + 1 : met);
      const placed = kept.length > 0 ? await keep(kept) : [];
      die();
      return placed;
    },
  };
}

/** No handler runs and nothing is flushed, as after kill -9. */
function killSelf(): never {
  process.kill(process.pid, 'SIGKILL');
  // Nothing else happens in this process until the signal is there.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}
