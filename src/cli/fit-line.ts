// Lines that fit a terminal. In a pipe they stay whole, so that programs can look for them.
import { wrap } from '../plan/wrap.ts';

const COLUMNS = 80;
const INDENT = 2;
const COMMAND = /^(?<text>.*): (?<command>drillmaster [^()]+?)(?: \((?<tail>.*)\))?$/;

/**
 * A line → lines of at most 80 columns; a longer word keeps a line of its own. A command gets lines of its own, which a shell takes as they
 * stand.
 */
export function fitLine(line: string): readonly string[] {
  if (line.length <= COLUMNS) return [line];
  const { text, command, tail } = COMMAND.exec(line)?.groups ?? {};
  if (text === undefined || command === undefined) return hanging(line);
  return [...hanging(`${text}${tail === undefined ? '' : ` (${tail})`}:`), ...commandLines(command)];
}

/** The first line keeps its own indent, the others hang below it. */
function hanging(line: string): readonly string[] {
  const own = /^ */.exec(line)?.[0].length ?? 0;
  const [first = '', ...rest] = wrap(line, own + INDENT);
  return [' '.repeat(own) + first.trimStart(), ...rest];
}

/** Broken before an option, with the mark by which a shell reads on. */
function commandLines(command: string): readonly string[] {
  const lines: string[] = [];
  for (const part of command.split(/ (?=--)/)) {
    const last = lines.at(-1);
    // Two characters are left for the mark.
    if (last !== undefined && last.length + 1 + part.length <= COLUMNS - 2) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(' '.repeat(lines.length === 0 ? INDENT : 2 * INDENT) + part);
  }
  return lines.map((line, nth) => (nth < lines.length - 1 ? `${line} \\` : line));
}
