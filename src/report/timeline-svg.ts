// The timeline as inline SVG: no script, no outside resource, colours from the page's own variables.
import { formatDuration } from '../model/duration.ts';
import { html, type Markup } from './markup.ts';
import type { Lane, Mark, Timeline } from './timeline.ts';
import { INSTANT_MEANINGS } from './wording.ts';

const WIDTH = 1100;
const GUTTER = 214;
const RIGHT = 116;
const LANE = 26;
const BAR = 14;
const FLAG_ROW = 16;
const FLAG_WIDTH = 30;
const CHARACTER = 6.6;
const NAME_CHARACTERS_MAX = 30;
const NOTE_GAP = 6;
/** Wide enough to be seen, whatever it lasted. */
const MARK_WIDTH_MIN = 2;

/** Draws a timeline. `id` makes the ids of its title and description unique in the page. */
export function timelineSvg(timeline: Timeline, id: string): Markup {
  const flags = placeFlags(timeline);
  const top = 10 + FLAG_ROW * (1 + Math.max(0, ...flags.map(({ row }) => row)));
  const bottom = top + LANE * timeline.lanes.length + 6;
  return html`<svg viewBox="0 0 ${WIDTH} ${bottom + 24}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">Timeline of the drill</title>
<desc id="${id}-desc">${describe(timeline)}</desc>
${axis(timeline, top, bottom)}
${timeline.lanes.map((lane, index) => drawLane(timeline, lane, top + LANE * index))}
${flags.map((flag) => drawFlag(flag, bottom))}
</svg>`;
}

const spanMs = ({ from, until }: Timeline) => until - from;
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const xOf = (timeline: Timeline, at: number) =>
  round(
    GUTTER + ((clamp(at, timeline.from, timeline.until) - timeline.from) / spanMs(timeline)) * (WIDTH - GUTTER - RIGHT),
  );
const round = (value: number) => Math.round(value * 10) / 10;

/** What somebody who cannot see the picture needs; the tables of the page hold the rest. */
function describe({ instants, zero, lanes }: Timeline): string {
  const times = instants.map(({ name, at }) => `${name} ${INSTANT_MEANINGS[name]} ${offset(at - zero, '0 s')}`);
  return `${lanes.length} lanes: ${lanes.map(({ name }) => name).join(', ')}. ${times.join(', ')}. Details are in the tables.`;
}

const offset = (ms: number, zero = 'T0') =>
  ms === 0 ? zero : ms > 0 ? `+${formatDuration(ms)}` : `−${formatDuration(-ms)}`;

const TICKS_MAX = 10;
const SECOND = 1000;
const TICK_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

function axis(timeline: Timeline, top: number, bottom: number): readonly Markup[] {
  const wanted = spanMs(timeline) / TICKS_MAX;
  const step = (TICK_STEPS.find((candidate) => candidate * SECOND >= wanted) ?? Math.ceil(wanted / SECOND)) * SECOND;
  const origin = timeline.instants.some(({ name }) => name === 'T0') ? 'T0' : '0 s';
  const first = Math.ceil((timeline.from - timeline.zero) / step);
  const count = Math.floor((timeline.until - timeline.zero) / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const ms = (first + index) * step;
    const x = xOf(timeline, timeline.zero + ms);
    return html`<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/><text class="tick" x="${x}" y="${bottom + 16}" text-anchor="middle">${offset(ms, origin)}</text>`;
  });
}

function drawLane(timeline: Timeline, { name, marks }: Lane, y: number): Markup {
  const shown = marks.filter(({ from, until }) => until >= timeline.from && from <= timeline.until);
  const short = name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX - 1)}…` : name;
  return html`<g><line class="rail" x1="${GUTTER}" x2="${WIDTH - RIGHT}" y1="${y + LANE / 2}" y2="${y + LANE / 2}"/>
<text class="name" x="${GUTTER - 12}" y="${y + LANE / 2 + 4}" text-anchor="end">${short}</text>
${shown.map((mark) => drawMark(timeline, mark, y + (LANE - BAR) / 2))}${placeNotes(timeline, shown).map(({ x, words }) => html`<text class="note" x="${x}" y="${y + LANE / 2 + 4}">${words}</text>`)}</g>
`;
}

/** Behind its own mark, so that nobody takes the time of a step for that of its undo; a note without room there goes to the next mark's. */
function placeNotes(
  timeline: Timeline,
  marks: readonly Mark[],
): readonly { readonly x: number; readonly words: string }[] {
  let waiting: readonly string[] = [];
  return marks.flatMap(({ until, note }, nth) => {
    const words = [...waiting, ...(note === undefined ? [] : [note])];
    const next = marks[nth + 1];
    const x = round(xOf(timeline, until) + NOTE_GAP);
    const fits = next === undefined || x + words.join(', ').length * CHARACTER <= xOf(timeline, next.from);
    waiting = fits ? [] : words;
    return fits && words.length > 0 ? [{ x, words: words.join(', ') }] : [];
  });
}

function drawMark(timeline: Timeline, { from, until, tone, title, label }: Mark, y: number): Markup {
  const x = xOf(timeline, from);
  const width = round(Math.max(MARK_WIDTH_MIN, xOf(timeline, until) - x));
  const fits = label !== undefined && label.length * CHARACTER + 8 <= width;
  // An objective that ends beyond the picture is open at its right end.
  if (tone === 'target' && until > timeline.until)
    return html`<path class="mark target" d="M${round(x + width)} ${y}H${x}v${BAR}H${round(x + width)}"><title>${title}, beyond this picture</title></path>`;
  const inside = fits
    ? html`<text class="label ${tone}" x="${round(x + width / 2)}" y="${y + BAR - 3}" text-anchor="middle">${label}</text>`
    : undefined;
  return html`<rect class="mark ${tone}" x="${x}" y="${y}" width="${width}" height="${BAR}" rx="2"><title>${title}</title></rect>${inside}`;
}

interface Flag {
  readonly name: keyof typeof INSTANT_MEANINGS;
  readonly x: number;
  readonly row: number;
}

/** Instants that lie close together get their names one above the other. */
function placeFlags(timeline: Timeline): readonly Flag[] {
  const rowEnds: number[] = [];
  return timeline.instants.map(({ name, at }) => {
    const x = xOf(timeline, at);
    const free = rowEnds.findIndex((end) => end <= x);
    const row = free === -1 ? rowEnds.length : free;
    rowEnds[row] = x + FLAG_WIDTH;
    return { name, x, row };
  });
}

function drawFlag({ name, x, row }: Flag, bottom: number): Markup {
  const y = 4 + FLAG_ROW * row;
  return html`<g class="flag"><line x1="${x}" x2="${x}" y1="${y}" y2="${bottom}"/><text x="${x + 4}" y="${y + 10}">${name}<title>${INSTANT_MEANINGS[name]}</title></text></g>
`;
}
