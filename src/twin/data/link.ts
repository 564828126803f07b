// The network between two regions: a TCP port here that leads to a port there, with latency, bandwidth and cuts. It is in
// user space because kernels of build machines cannot emulate networks; the loss of what was in flight is real.
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createDelayLine, type DelayLine, type LineSettings } from './delay-line.ts';

/** More than this on one line stops the reading of what comes in: 16 MiB is 4 s at 32 Mbit/s. */
const QUEUE_BYTES_MAX = 16 * 1024 * 1024;
/** With a bandwidth, what comes in is sent in pieces of this size: a large chunk arrives little by little. */
const PIECE_BYTES_MAX = 4096;
const CONNECTIONS_MAX = 1024;
const LATENCY_MS_MAX = 60_000;

export interface LinkOptions extends LineSettings {
  /** On `targetHost`. Nobody need listen there yet. */
  readonly targetPort: number;
  /** 127.0.0.1 when absent. */
  readonly targetHost?: string;
}

/** `reset`: connections end at once. `silence`: they stay open and nothing arrives any more, as when packets vanish on the way. */
export type Cut = 'reset' | 'silence';

export interface Link {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Each way. */
  readonly settings: () => LineSettings & { readonly cut: boolean };
  /** What is on its way keeps its arrival; everything else goes by the new settings. */
  readonly change: (change: {
    readonly latencyMs?: number | undefined;
    readonly bandwidthKbps?: number | null | undefined;
  }) => void;
  /** Leads elsewhere from now on. Open connections are reset. */
  readonly retarget: (port: number) => void;
  /** Drops everything in flight, and treats connections, new ones too, as it says (`reset` when absent) until `heal`. */
  readonly cut: (how?: Cut) => void;
  /** Connections that were silent are reset: what they sent meanwhile is lost. */
  readonly heal: () => void;
  readonly close: () => Promise<void>;
}

/** Listens on 127.0.0.1 at a free port. A connection to a target that is not there is reset: the caller may try again. */
export async function openLink({
  targetPort,
  targetHost = '127.0.0.1',
  latencyMs,
  bandwidthKbps,
}: LinkOptions): Promise<Link> {
  let line = checked({ latencyMs, bandwidthKbps });
  let target = targetPort;
  let cut: Cut | undefined;
  const connections = new Set<Connection>();
  const breakAll = () => {
    for (const connection of connections) connection.break();
  };
  const far = () => connect({ host: targetHost, port: target, noDelay: true, allowHalfOpen: true });
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    if (cut === 'reset') return void resetQuietly(near);
    const connection = cut === 'silence' ? swallow(near) : join(near, far(), () => line);
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    settings: () => ({ ...line, cut: cut !== undefined }),
    change: (change) => {
      const { latencyMs = line.latencyMs, bandwidthKbps = line.bandwidthKbps } = change;
      line = checked({ latencyMs, bandwidthKbps });
      for (const connection of connections) connection.replan();
    },
    retarget: (port) => {
      target = port;
      breakAll();
    },
    cut: (how = 'reset') => {
      cut = how;
      if (how === 'reset') breakAll();
      else for (const connection of connections) connection.silence();
    },
    heal: () => {
      if (cut === 'silence') breakAll();
      cut = undefined;
    },
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      breakAll();
      return closed;
    },
  };
}

/** Settings come checked from a world or a request; anything else is a bug. */
function checked(line: LineSettings): LineSettings {
  const { latencyMs, bandwidthKbps } = line;
  assert(
    latencyMs >= 0 && latencyMs <= LATENCY_MS_MAX,
    `expected a latency of 0 to ${LATENCY_MS_MAX} ms, found ${latencyMs}`,
  );
  assert(
    bandwidthKbps === null || bandwidthKbps > 0,
    `expected a bandwidth above 0 kbit/s or null, found ${bandwidthKbps}`,
  );
  return line;
}

interface Connection {
  readonly break: () => void;
  /** Drops everything from now on, and says nothing to anybody. */
  readonly silence: () => void;
  readonly replan: () => void;
  readonly closed: Promise<void>;
}

function join(near: Socket, far: Socket, settings: () => LineSettings): Connection {
  let isSilent = false;
  const passes = () => !isSilent;
  const lines = [carry(near, far, { settings, passes }), carry(far, near, { settings, passes })];
  const closed = Promise.all([near, far].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  return {
    closed: closed.then(() => undefined),
    replan: () => {
      for (const line of lines) line.replan();
    },
    silence: () => {
      isSilent = true;
      for (const line of lines) line.clear();
      for (const socket of [near, far]) socket.resume();
    },
    break: () => {
      for (const line of lines) line.clear();
      resetQuietly(near);
      resetQuietly(far);
    },
  };
}

/** A connection that comes while the link is silent: it is taken, and what it sends vanishes. */
function swallow(near: Socket): Connection {
  near.on('error', () => undefined);
  near.resume();
  return {
    closed: new Promise((resolve) => near.once('close', () => resolve())),
    replan: () => undefined,
    silence: () => undefined,
    break: () => resetQuietly(near),
  };
}

/** What travels: bytes, the sender's end, or the reset that its death causes. All three keep their order. */
type Travelling = Buffer | 'end' | 'reset';

interface Passage {
  readonly settings: () => LineSettings;
  readonly passes: () => boolean;
}

function carry(from: Socket, to: Socket, { settings, passes }: Passage): DelayLine<Travelling> {
  const line = createDelayLine<Travelling>({
    settings,
    deliver: (items) => {
      if (!arrive(items, to)) line.hold(true);
      if (line.bytes() < QUEUE_BYTES_MAX / 2 && from.isPaused()) from.resume();
    },
  });
  const push = (item: Travelling, bytes: number) => {
    if (passes()) line.push(item, bytes);
  };
  from.on('data', (chunk: Buffer) => {
    for (const piece of piecesOf(chunk, settings())) push(piece, piece.length);
    if (line.bytes() > QUEUE_BYTES_MAX) from.pause();
  });
  from.on('end', () => push('end', 0));
  from.on('error', () => push('reset', 0));
  to.on('drain', () => line.hold(false));
  // Nobody is there to take anything any more.
  to.on('close', () => {
    line.clear();
    line.hold(false);
    from.resume();
  });
  return line;
}

function piecesOf(chunk: Buffer, { bandwidthKbps }: LineSettings): readonly Buffer[] {
  if (bandwidthKbps === null || chunk.length <= PIECE_BYTES_MAX) return [chunk];
  return Array.from({ length: Math.ceil(chunk.length / PIECE_BYTES_MAX) }, (_, index) =>
    chunk.subarray(index * PIECE_BYTES_MAX, (index + 1) * PIECE_BYTES_MAX),
  );
}

/** False when the far end takes no more for now. */
function arrive(items: readonly Travelling[], to: Socket): boolean {
  if (to.destroyed) return true;
  to.cork();
  for (const item of items) {
    if (item === 'reset') resetQuietly(to);
    else if (item === 'end') to.end();
    else if (to.writable) to.write(item);
  }
  to.uncork();
  return to.destroyed || !to.writableNeedDrain;
}

function resetQuietly(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.resetAndDestroy();
}
