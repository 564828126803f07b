// What the timeline shows, before anybody draws it: lanes of marks on one axis of epoch milliseconds.
import { parseInstant } from '../model/clock.ts';
import { formatDuration } from '../model/duration.ts';
import type { DrillEvent } from '../model/events.ts';
import type { DrillResult, SystemResult } from '../model/result.ts';
import type { Plan, PlannedCanary } from '../plan/plan.ts';
import { survivorsOf, writesOf } from './canary-log.ts';
import { flapNote } from './flaps.ts';
import { INSTANTS, type InstantName } from './instants.ts';
import { orchestratorGaps } from './orchestrator-gaps.ts';
import { phaseSpans } from './phase-spans.ts';
import { readingsOf, stretchesOf } from './probe-readings.ts';
import { recordOf, type StepRecord, stepLog } from './step-log.ts';
import { endOf } from './step-results.ts';
import { statusWords, undoneMs } from './step-words.ts';

/** How a mark looks; the drawing turns it into a colour and a pattern. */
type Tone = 'phase' | 'work' | 'good' | 'bad' | 'doubt' | 'undo' | 'target';

export interface Mark {
  readonly from: number;
  readonly until: number;
  readonly tone: Tone;
  /** What the mark says when it is pointed at. */
  readonly title: string;
  /** Written into the mark when there is room. */
  readonly label?: string;
  /** Written behind the mark; behind the last one of its lane when there is no room before the next. */
  readonly note?: string;
}

export interface Lane {
  readonly name: string;
  readonly marks: readonly Mark[];
}

export interface Timeline {
  readonly from: number;
  readonly until: number;
  readonly lanes: readonly Lane[];
  readonly instants: readonly { readonly name: InstantName; readonly at: number }[];
  /** T0 of the drill, or where the picture begins when nothing was disrupted: zero of the axis. */
  readonly zero: number;
}

/** More lanes would make a picture that nobody reads; the table of steps has them all. */
export const STEP_LANES_MAX = 40;

/** The time from the baseline to the end; undefined when nothing happened that lasts. */
export function timelineOf(result: DrillResult, plan: Plan, events: readonly DrillEvent[]): Timeline | undefined {
  const phases = phaseSpans(plan, events);
  const shown = phases.filter(({ phase }) => phase !== 'preflight' && phase !== 'approval');
  const from = shown[0]?.from ?? phases[0]?.from;
  const until = Math.max(events.at(-1)?.at ?? 0, ...shown.map((span) => span.until));
  if (from === undefined || until <= from) return undefined;
  const instants = earliestInstants(result.systems);
  const lanes = [
    {
      name: 'phases',
      marks: phases.map(({ phase, ...span }) => ({ ...span, tone: 'phase' as const, title: phase, label: phase })),
    },
    ...gapLanes(events),
    ...result.systems.flatMap(objectiveLanes),
    ...stepLanes(result, events),
    ...plan.probes.map(({ id, everyMs }) => probeLane(events, { id, everyMs, note: flapNote(result, id) })),
    ...plan.canaries.map((canary) => canaryLane(events, canary)),
  ];
  return { from, until, lanes, instants, zero: instants.find(({ name }) => name === 'T0')?.at ?? from };
}

/** When no process drove the run, nothing that the other lanes show was looked at. */
function gapLanes(events: readonly DrillEvent[]): readonly Lane[] {
  const marks = orchestratorGaps(events).map(({ from, to }): Mark => {
    const note = formatDuration(to - from);
    return { from, until: to, tone: 'doubt', title: `no process drove the run for ${note}`, note };
  });
  return marks.length === 0 ? [] : [{ name: 'orchestrator', marks }];
}

/** The drill's T0 is the earliest of its systems, every later instant the latest. */
function earliestInstants(systems: readonly SystemResult[]): Timeline['instants'] {
  return INSTANTS.flatMap((name) => {
    const times = systems.flatMap(({ instants }) => (instants[name] ? [parseInstant(instants[name].at)] : []));
    return times.length === 0 ? [] : [{ name, at: name === 'T0' ? Math.min(...times) : Math.max(...times) }];
  });
}

/** What it took, and what was allowed as an outline on top of it. */
function objectiveLanes({ system, instants, rto }: SystemResult): readonly Lane[] {
  const start = instants.T0?.simulated ? instants.T2 : instants.T0;
  if (start === null || (rto.objectiveMs === null && rto.actualMs === null)) return [];
  const from = parseInstant(start.at);
  const target: Mark[] =
    rto.objectiveMs === null
      ? []
      : [
          {
            from,
            until: from + rto.objectiveMs,
            tone: 'target',
            title: `RTO objective ${formatDuration(rto.objectiveMs)}`,
          },
        ];
  const actual: Mark[] =
    rto.actualMs === null
      ? []
      : [
          {
            from,
            until: from + rto.actualMs,
            tone: rto.verdict === 'missed' ? 'bad' : 'good',
            title: `RTO ${formatDuration(rto.actualMs)}`,
            label: formatDuration(rto.actualMs),
          },
        ];
  const objective = rto.objectiveMs === null ? 'no objective' : `objective ${formatDuration(rto.objectiveMs)}`;
  const [last, ...others] = [...actual, ...target].toReversed();
  return [{ name: `${system} RTO`, marks: last ? [...others, { ...last, note: objective }] : [] }];
}

function stepLanes(result: DrillResult, events: readonly DrillEvent[]): readonly Lane[] {
  const log = stepLog(events);
  const lanes = result.steps.flatMap((step) => {
    const { id, status } = step;
    const record = recordOf(log, id);
    const { startedAt } = record;
    if (startedAt === null) return [];
    const until = endOf(record) ?? startedAt;
    const tone: Tone = status === 'failed' ? 'bad' : status === 'stuck' ? 'doubt' : 'work';
    const note = formatDuration(until - startedAt);
    const done: Mark = {
      from: startedAt,
      until,
      tone,
      title: `${id}: ${statusWords(step, record)}, ${note}`,
      note,
    };
    return [{ name: id, marks: [done, ...undoMarks(id, record)] }];
  });
  const more = lanes.length - STEP_LANES_MAX;
  return more > 0 ? [...lanes.slice(0, STEP_LANES_MAX), { name: `and ${more} more`, marks: [] }] : lanes;
}

function undoMarks(id: string, record: StepRecord): readonly Mark[] {
  const { undoStartedAt, undoneAt } = record;
  if (undoStartedAt === null) return [];
  const ms = undoneMs(record);
  const words =
    ms === undefined
      ? { title: `${id}: its undo has no end on record`, note: 'undo without an end' }
      : { title: `${id}: undone in ${formatDuration(ms)}`, note: `undo ${formatDuration(ms)}` };
  return [{ from: undoStartedAt, until: undoneAt ?? undoStartedAt, tone: 'undo', ...words }];
}

interface ProbeOfLane {
  readonly id: string;
  readonly everyMs: number;
  readonly note: string | undefined;
}

function probeLane(events: readonly DrillEvent[], { id, everyMs, note }: ProbeOfLane): Lane {
  const marks = stretchesOf(readingsOf(events, id), everyMs).map(({ healthy, from, until }): Mark => {
    const words = healthy ? 'healthy' : 'failing';
    return {
      from,
      until,
      tone: healthy ? 'good' : 'bad',
      title: `${id}: ${words} for ${formatDuration(until - from)}`,
    };
  });
  const last = marks.at(-1);
  const noted = last === undefined || note === undefined ? marks : [...marks.slice(0, -1), { ...last, note }];
  return { name: `probe ${id}`, marks: capped(noted) };
}

const CANARY_TONES = {
  kept: { tone: 'good', words: 'acknowledged' },
  lost: { tone: 'bad', words: 'acknowledged and lost' },
  doubt: { tone: 'doubt', words: 'never acknowledged' },
} as const;
/** Writes of one kind that follow each other this closely are drawn as one mark. */
const CANARY_JOIN_MS = 1000;

function canaryLane(events: readonly DrillEvent[], { id, everyMs }: PlannedCanary): Lane {
  const survivors = survivorsOf(events, id);
  const points = writesOf(events, id).map(({ sequence, sentAt, acknowledgedAt }) => {
    const kept = survivors.kind === 'unreadable' || survivors.has(sequence);
    return {
      from: sentAt,
      until: acknowledgedAt ?? sentAt,
      kind: acknowledgedAt === null ? 'doubt' : kept ? 'kept' : 'lost',
    } as const;
  });
  const joined: { from: number; until: number; kind: keyof typeof CANARY_TONES; count: number }[] = [];
  for (const point of points) {
    const last = joined.at(-1);
    const joins = last?.kind === point.kind && point.from - last.until <= CANARY_JOIN_MS + everyMs;
    if (last && joins) Object.assign(last, { until: Math.max(last.until, point.until), count: last.count + 1 });
    else joined.push({ ...point, count: 1 });
  }
  const marks = joined.map(({ from, until, kind, count }): Mark => {
    const { tone, words } = CANARY_TONES[kind];
    return { from, until, tone, title: `${id}: ${count} writes ${words}` };
  });
  return { name: `canary ${id}`, marks: capped(marks) };
}

/** More marks than a lane has pixels cannot be told apart; what is left out is one mark of doubt, never a healthy one. */
export const LANE_MARKS_MAX = 1000;

function capped(marks: readonly Mark[]): readonly Mark[] {
  const rest = marks.slice(LANE_MARKS_MAX);
  const [first, last] = [rest[0], rest.at(-1)];
  if (first === undefined || last === undefined) return marks;
  const more: Mark = { from: first.from, until: last.until, tone: 'doubt', title: `and ${rest.length} more changes` };
  return [...marks.slice(0, LANE_MARKS_MAX), more];
}
