const COLUMNS = 80;

/** Breaks text between words into lines of at most 80 columns, all indented alike. A longer word keeps a line of its own; no words, no lines. */
export function wrap(text: string, indent = 2): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && indent + last.length + 1 + word.length <= COLUMNS)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}

/** A line with something at its right edge: column 80, or further when the text leaves no room. */
export const leader = (left: string, right: string): string => `${left} ${right.padStart(COLUMNS - left.length - 1)}`;
