// One direction of a link. Everything leaves in the order in which it came, and one timer drives it all: a timer for each
// chunk would reorder the byte stream, because durations of timers are cut to whole milliseconds.
import { performance } from 'node:perf_hooks';

/** What a line imposes, now. */
export interface LineSettings {
  /** One way. */
  readonly latencyMs: number;
  /** Kilobits a second; null: no limit. */
  readonly bandwidthKbps: number | null;
}

export interface DelayLine<Item> {
  readonly push: (item: Item, bytes: number) => void;
  /** Bytes on the line. */
  readonly bytes: () => number;
  /** Settings changed: what has not left yet goes by the new ones; what is on its way keeps its arrival. */
  readonly replan: () => void;
  /** Holds everything back until it is called with false: the far end takes no more for now. */
  readonly hold: (held: boolean) => void;
  /** Drops everything on the line. */
  readonly clear: () => void;
}

interface Entry<Item> {
  readonly item: Item;
  readonly bytes: number;
  /** When its last bit has left the near end, and when it is due at the far end: ms of the monotonic clock. */
  readonly leftAt: number;
  readonly due: number;
}

interface LineParts<Item> {
  readonly settings: () => LineSettings;
  /** Gets everything that is due at once, in order. */
  readonly deliver: (items: readonly Item[]) => void;
}

/** Timers fire up to this early, so that waiting for the rest would cost a whole millisecond. */
const EARLY_MS_MAX = 0.5;

export function createDelayLine<Item>({ settings, deliver }: LineParts<Item>): DelayLine<Item> {
  let entries: Entry<Item>[] = [];
  let bytes = 0;
  let held = false;
  let timer: NodeJS.Timeout | undefined;
  const stopTimer = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const wake = () => {
    const [first] = entries;
    if (timer !== undefined || held || first === undefined) return;
    timer = setTimeout(drain, Math.max(1, first.due - performance.now()));
  };
  const drain = () => {
    stopTimer();
    const now = performance.now() + EARLY_MS_MAX;
    const next = entries.findIndex(({ due }) => due > now);
    const arrived = entries.splice(0, next === -1 ? entries.length : next);
    for (const entry of arrived) bytes -= entry.bytes;
    if (arrived.length > 0) deliver(arrived.map(({ item }) => item));
    wake();
  };
  return {
    bytes: () => bytes,
    push: (item, size) => {
      bytes += size;
      const now = performance.now();
      const entry = schedule({ item, bytes: size }, entries.at(-1), now, settings());
      const first = entries.push(entry) === 1;
      if (first && !held && entry.due <= now + EARLY_MS_MAX) drain();
      else wake();
    },
    replan: () => {
      const now = performance.now();
      const planned: Entry<Item>[] = [];
      for (const entry of entries)
        planned.push(entry.leftAt <= now ? entry : schedule(entry, planned.at(-1), now, settings()));
      entries = planned;
      stopTimer();
      wake();
    },
    hold: (on) => {
      held = on;
      stopTimer();
      if (!held) drain();
    },
    clear: () => {
      stopTimer();
      entries = [];
      bytes = 0;
    },
  };
}

/** An entry leaves after the one before it, at the pace of the bandwidth, and never overtakes it. */
function schedule<Item>(
  { item, bytes }: Pick<Entry<Item>, 'item' | 'bytes'>,
  before: Entry<Item> | undefined,
  now: number,
  { latencyMs, bandwidthKbps }: LineSettings,
): Entry<Item> {
  // A kilobit a second is a bit a millisecond.
  const paceMs = bandwidthKbps === null ? 0 : (bytes * 8) / bandwidthKbps;
  const leftAt = Math.max(now, before?.leftAt ?? 0) + paceMs;
  return { item, bytes, leftAt, due: Math.max(before?.due ?? 0, leftAt + latencyMs) };
}
