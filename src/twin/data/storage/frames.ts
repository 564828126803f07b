// The wire of replication: a head as JSON and a body, each with its length before it.
import type { OutgoingHttpHeaders } from 'node:http';

/** A change of the primary. A heartbeat has no method: everything acknowledged up to `at` was sent before it. */
export interface Change {
  readonly sequence: number;
  /** When the primary acknowledged it, in epoch ms. */
  readonly at: number;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
}

export interface Frame {
  readonly change: Change;
  readonly body: Buffer;
}

const LENGTHS_BYTES = 8;

export function encodeFrame({ change, body }: Frame): Buffer {
  const head = Buffer.from(JSON.stringify(change));
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  return Buffer.concat([lengths, head, body]);
}

/** Reads frames out of chunks as they come. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= LENGTHS_BYTES) {
      const headEnd = LENGTHS_BYTES + held.readUInt32BE(0);
      const end = headEnd + held.readUInt32BE(4);
      if (held.length < end) return;
      const change = JSON.parse(held.subarray(LENGTHS_BYTES, headEnd).toString()) as Change;
      onFrame({ change, body: Buffer.from(held.subarray(headEnd, end)) });
      held = held.subarray(end);
    }
  };
}
