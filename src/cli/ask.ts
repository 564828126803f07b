// Questions to the person at this terminal, one at a time.
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';

/** Asks one question. Never resolves once the person has left (end of input): others may answer from elsewhere. Rejects when aborted. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string>;

export interface Console {
  readonly input: Readable;
  readonly output: Writable;
  /** Keeps the live view still; the returned function lets it go on. */
  readonly hold: () => () => void;
}

export function createAsk({ input, output, hold }: Console): Ask {
  let last: Promise<unknown> = Promise.resolve();
  // A terminal that was closed is a person who left.
  input.on('error', () => undefined);
  const askOne = async (question: string, signal: AbortSignal) => {
    signal.throwIfAborted();
    const goOn = hold();
    const prompt = createInterface({ input, output });
    // A person who interrupts means the run, not the question.
    prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const gone = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    );
    const left = new Promise<void>((resolve) => prompt.once('close', resolve)).then(() => gone);
    try {
      return (await Promise.race([prompt.question(question, { signal }), left])).trim();
    } finally {
      prompt.close();
      goOn();
    }
  };
  return (question, signal) => {
    const asked = last.then(() => askOne(question, signal));
    last = asked.catch(() => undefined);
    return asked;
  };
}
