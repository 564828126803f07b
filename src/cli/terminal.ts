import { printable } from '../report/printable.ts';

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

/** Whoever read is gone: a closed pipe, a closed terminal. What is written for them is lost, and nothing else. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

function outlive(stream: NodeJS.ReadStream | NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!GONE.has(error.code ?? '')) throw error;
  });
}

/** From here on a run outlives whoever watches it: restoration never ends because nobody reads what it says. */
export function outliveReaders(): void {
  outlive(process.stdout);
  outlive(process.stderr);
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

/**
 * The same terminal for texts of strangers: whatever could steer it (escape codes, carriage returns, marks that turn the direction of
 * writing) is shown as a replacement character. Line ends stay.
 */
export const guardedTerminal = (terminal: Terminal): Terminal => ({
  ...terminal,
  out: (text) => terminal.out(visibleLines(text)),
  err: (text) => terminal.err(visibleLines(text)),
});

const visibleLines = (text: string) => text.split('\n').map(printable).join('\n');

/** One JSON document, indented for people who look. */
export const jsonText = (value: unknown): string => escapeUnseen(JSON.stringify(value, undefined, 2));

/** One JSON document on a line. */
export const jsonLine = (value: unknown): string => escapeUnseen(JSON.stringify(value));

/** JSON escapes no more than it must; what a terminal or an eye could be misled by is escaped as well, and means the same. */
const escapeUnseen = (json: string) =>
  json.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
