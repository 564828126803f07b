// Operational logs, apart from the journal: JSON lines in a file, warnings readable on stderr. No secret gets through.
import { Writable } from 'node:stream';
import { createLogger, format, transports } from 'winston';
import { printable } from '../report/printable.ts';
import { openLogFile } from './log-file.ts';
import { jsonLine, type Terminal } from './terminal.ts';

const REMOVED = '[removed]';

export interface Log {
  readonly debug: (message: string, facts?: object) => void;
  readonly info: (message: string, facts?: object) => void;
  readonly warn: (message: string, facts?: object) => void;
  readonly error: (message: string, facts?: object) => void;
  /** Resolves when everything is written. */
  readonly close: () => Promise<void>;
}

/** Opens the log of one run. Every occurrence of a secret is replaced, in messages and in facts. */
export function openLog(file: string, terminal: Terminal, secrets: readonly string[]): Log {
  const onTrouble = ({ message }: Error) => terminal.err(`warn: the log of the run is not written: ${message}`);
  const toFile = new transports.Stream({ stream: openLogFile(file, onTrouble), level: 'debug' });
  const toPeople = new transports.Stream({ stream: streamOf(terminal), level: 'warn', format: readable(secrets) });
  const logger = createLogger({ level: 'debug', format: machineReadable(secrets), transports: [toFile, toPeople] });
  return {
    debug: (message, facts) => void logger.debug(message, facts),
    info: (message, facts) => void logger.info(message, facts),
    warn: (message, facts) => void logger.warn(message, facts),
    error: (message, facts) => void logger.error(message, facts),
    close: () =>
      new Promise((resolve) => {
        toFile.once('finish', () => resolve());
        logger.end();
      }),
  };
}

const removal = (secrets: readonly string[]) => (text: string) =>
  secrets.filter((secret) => secret !== '').reduce((cleaned, secret) => cleaned.replaceAll(secret, REMOVED), text);

function machineReadable(secrets: readonly string[]) {
  const clean = removal(secrets);
  return format.combine(
    format.timestamp(),
    format.printf((entry) => clean(jsonLine(entry))),
  );
}

function readable(secrets: readonly string[]) {
  const clean = removal(secrets);
  return format.printf(({ level, message, timestamp: _, ...facts }) => {
    const rest = Object.entries(facts).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    // One line, whatever the message holds: a second one could be taken for another message.
    return clean(printable([`${level}:`, String(message), ...rest].join(' ')));
  });
}

/** Winston writes to a stream; the terminal's `err` is where people read. */
function streamOf(terminal: Terminal): NodeJS.WritableStream {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      terminal.err(chunk.toString('utf8').trimEnd());
      done();
    },
  });
}
