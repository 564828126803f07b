/** Where a command writes: what was asked for goes to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** True when a person can be asked. */
  readonly interactive: boolean;
  /** True when a person reads `out`: a terminal, and no pipe or file. */
  readonly forPeople: boolean;
  /** The stream that the live view may repaint; undefined in a pipe. */
  readonly screen: NodeJS.WriteStream | undefined;
}

const line = (stream: NodeJS.WriteStream) => (text: string) => {
  stream.write(text.endsWith('\n') ? text : `${text}\n`);
};

export const processTerminal: Terminal = {
  out: line(process.stdout),
  err: line(process.stderr),
  interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  forPeople: Boolean(process.stdout.isTTY),
  screen: process.stderr.isTTY ? process.stderr : undefined,
};

/** One JSON document, indented for people who look. */
export const jsonText = (value: unknown): string => JSON.stringify(value, undefined, 2);
