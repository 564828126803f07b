// The primary's end of replication: what was acknowledged is sent in its order, `lag` after it was acknowledged.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Change, encodeFrame, type Frame } from './frames.ts';

const TICK_MS = 10;
const HEARTBEAT_MS = 50;
const RECONNECT_MS = 100;
const FLUSH_POLL_MS = 5;
/** More than this waits for a secondary that does not take it: then the account takes no more writes. */
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;

export interface Copier {
  readonly add: (change: Omit<Change, 'sequence'>, body: Buffer) => void;
  readonly queuedBytes: () => number;
  /** Everything acknowledged up to this instant is on the secondary, in epoch ms; undefined: nobody can tell. */
  readonly lastSync: () => number | undefined;
  /** Sends without lag from now on, and resolves when everything is on the secondary. */
  readonly flush: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

/** `port`: where the link to the secondary begins. */
export function startCopier(port: number, lagMs: number): Copier {
  const queue: Frame[] = [];
  let sequence = 0;
  let sent = 0;
  let bytes = 0;
  let confirmed = 0;
  let lag = lagMs;
  let synced: number | undefined;
  let socket: Socket | undefined;
  let brokenAt = 0;
  let beatAt = 0;
  let closed = false;

  function open(): void {
    const opened = connect({ host: '127.0.0.1', port, noDelay: true });
    socket = opened;
    sent = 0;
    let text = '';
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket !== opened) return;
      socket = undefined;
      brokenAt = Date.now();
    });
    opened.on('data', (chunk: Buffer) => {
      const lines = (text + chunk.toString()).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) confirm(JSON.parse(line) as { sequence: number; at: number });
    });
  }

  function confirm(answer: { readonly sequence: number; readonly at: number }): void {
    confirmed = Math.max(confirmed, answer.sequence);
    synced = Math.max(synced ?? 0, answer.at);
    while ((queue[0]?.change.sequence ?? Number.POSITIVE_INFINITY) <= confirmed) {
      bytes -= queue.shift()?.body.length ?? 0;
      sent = Math.max(0, sent - 1);
    }
  }

  function tick(): void {
    const now = Date.now();
    if (socket === undefined && now - brokenAt >= RECONNECT_MS) open();
    if (socket === undefined || socket.connecting || socket.writableNeedDrain) return;
    for (let next = queue[sent]; next !== undefined && next.change.at + lag <= now; next = queue[sent]) {
      socket.write(encodeFrame(next));
      sent++;
    }
    if (now - beatAt < HEARTBEAT_MS) return;
    beatAt = now;
    // Nothing younger than the lag was sent, and everything older was.
    socket.write(encodeFrame({ change: { sequence: 0, at: now - lag - 1 }, body: Buffer.alloc(0) }));
  }

  const timer = setInterval(tick, TICK_MS);
  return {
    add: (change, body) => {
      queue.push({ change: { ...change, sequence: ++sequence }, body });
      bytes += body.length;
    },
    queuedBytes: () => bytes,
    lastSync: () => synced,
    flush: async (signal) => {
      lag = 0;
      while (confirmed < sequence && !closed) await sleep(FLUSH_POLL_MS, undefined, { signal });
    },
    close: () => {
      closed = true;
      clearInterval(timer);
      socket?.destroy();
    },
  };
}
