// The recovery clock of a system as a bar: its parts one after the other, and the objective as a mark on the same scale.
import { formatDuration } from '../model/duration.ts';
import type { SystemResult } from '../model/result.ts';
import { type ClockPart, clockParts } from './clock-parts.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 480;
const BAR = 18;
const HEIGHT = 44;
const BASE = 38;
/** Beyond this many times what it took, the objective is drawn at the edge with a break before it. */
const OBJECTIVE_TIMES_MAX = 3;
/** The bar's share of the width when the objective lies beyond the break. */
const BROKEN_SHARE = 0.7;

/** The bar; empty when the time from T0 to T5 is not on record. The parts are named beside it: see `swatch`. */
export function clockBar(system: SystemResult): Markup {
  const parts = clockParts(system);
  const tookMs = parts.reduce((sum, { ms }) => sum + ms, 0);
  if (tookMs === 0) return html``;
  const { objectiveMs } = system.rto;
  const scale = scaleOf(tookMs, objectiveMs);
  let reachedMs = 0;
  const bars = parts.map((part, index) => {
    const [x, width] = [reachedMs, part.ms].map((ms) => round((ms / tookMs) * scale.width));
    reachedMs += part.ms;
    return html`<rect class="clock c${index}" x="${x}" y="4" width="${width}" height="${BAR}"><title>${wordsOf(part)}</title></rect>`;
  });
  const words = `${parts.map(wordsOf).join(', ')}${objectiveMs === null ? '' : `; objective ${formatDuration(objectiveMs)}`}`;
  return html`<figure class="bar"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${words}">${bars}${objective(scale, objectiveMs)}</svg></figure>
`;
}

/** The colour of a part, to stand before its name. */
export const swatch = (system: SystemResult, index: number): Markup =>
  index < clockParts(system).length ? html`<i class="c${index}"></i>` : html``;

const wordsOf = ({ name, ms }: ClockPart) => `${name} ${formatDuration(ms)}`;
const round = (value: number) => Math.round(value * 10) / 10;

interface Scale {
  /** Of the bar. */
  readonly width: number;
  /** Where the objective stands; undefined: it lies beyond the edge. */
  readonly objectiveX: number | undefined;
}

function scaleOf(tookMs: number, objectiveMs: number | null): Scale {
  if (objectiveMs === null) return { width: WIDTH, objectiveX: undefined };
  if (objectiveMs > tookMs * OBJECTIVE_TIMES_MAX) return { width: WIDTH * BROKEN_SHARE, objectiveX: undefined };
  const longest = Math.max(tookMs, objectiveMs);
  return { width: (tookMs / longest) * WIDTH, objectiveX: (objectiveMs / longest) * WIDTH };
}

/** A line where the objective ends; behind a break when it is much longer than the bar. */
function objective({ width, objectiveX }: Scale, objectiveMs: number | null): Markup | undefined {
  if (objectiveMs === null) return undefined;
  const words = `objective ${formatDuration(objectiveMs)}`;
  if (objectiveX === undefined) {
    const middle = round((width + WIDTH) / 2);
    const y = 4 + BAR / 2;
    return html`<path class="limit" d="M${round(width)} ${y}H${middle - 6}m0 5l4 -10m4 10l4 -10m0 5H${WIDTH - 1}M${WIDTH - 1} 1V${BAR + 7}"/><text class="note" x="${WIDTH - 1}" y="${BASE}" text-anchor="end">${words}</text>`;
  }
  const x = round(Math.min(WIDTH - 1, objectiveX));
  const anchor = x > WIDTH / 2 ? 'end' : 'start';
  return html`<path class="limit" d="M${x} 1V${BAR + 7}"/><text class="note" x="${x}" y="${BASE}" text-anchor="${anchor}">${words}</text>`;
}
