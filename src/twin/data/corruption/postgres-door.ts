// A door before a PostgreSQL server: it puts a schema before the others, and leads names that say the table's own schema there as well.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { escapeIdentifier } from 'pg';

export interface Door {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

export interface PostgresDoorOptions {
  /** Of the server behind it. */
  readonly port: number;
  /** What is found there first. */
  readonly schema: string;
  /** The one table that it stands for. */
  readonly table: { readonly schema: string; readonly name: string };
}

const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const PROTOCOL_3 = 196_608;
const HEAD_BYTES = 4;
const QUERY = 'Q'.charCodeAt(0);
const PARSE = 'P'.charCodeAt(0);

/** Speaks the frontend protocol in version 3 (PostgreSQL documentation, chapter 54) from the client to the server; answers pass as they are. */
export async function openPostgresDoor(options: PostgresDoorOptions): Promise<Door> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: options.port });
    keep(near, far);
    keep(far, near);
    far.pipe(near);
    const translate = translator(options);
    near.on('data', (chunk: Buffer) => {
      const translated = translate(chunk);
      if (translated === undefined) near.destroy();
      else if (translated.length > 0) far.write(translated);
    });
    near.on('end', () => far.end());
  });
  await new Promise<void>((settle, fail) => server.once('error', fail).listen(0, '127.0.0.1', settle));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      if (!server.listening) return;
      const closed = new Promise<void>((settle) => server.close(() => settle()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Takes what came and gives what goes on; undefined: this is not the protocol. */
export function translator({ schema, table }: PostgresDoorOptions): (chunk: Buffer) => Buffer | undefined {
  let held = Buffer.alloc(0);
  let started = false;
  const rewrite = rewriterOf(schema, table);
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    const out: Buffer[] = [];
    for (;;) {
      const typeBytes = started ? 1 : 0;
      if (held.length < typeBytes + HEAD_BYTES) break;
      const length = held.readInt32BE(typeBytes) + typeBytes;
      if (length < typeBytes + HEAD_BYTES || length > MESSAGE_BYTES_MAX) return undefined;
      if (held.length < length) break;
      const message = held.subarray(0, length);
      held = held.subarray(length);
      if (started) out.push(rewrite(message));
      else {
        // A wish for encryption comes before the start, and is answered by the server.
        started = message.readInt32BE(HEAD_BYTES) === PROTOCOL_3;
        out.push(started ? startedWith(message, schema) : message);
      }
    }
    return Buffer.concat(out);
  };
}

/** Parameters of the start are settings of the session: names and values, each with a zero behind it, and one more at the end. */
function startedWith(message: Buffer, schema: string): Buffer {
  const setting = Buffer.from(`search_path\0${escapeIdentifier(schema)}, public\0\0`);
  const changed = Buffer.concat([message.subarray(0, -1), setting]);
  changed.writeInt32BE(changed.length, 0);
  return changed;
}

function rewriterOf(schema: string, table: PostgresDoorOptions['table']): (message: Buffer) => Buffer {
  const either = (name: string) => `(?:"${literally(name)}"|\\b${literally(name)}\\b)`;
  const named = new RegExp(`${either(table.schema)}\\s*\\.\\s*${either(table.name)}`, 'g');
  const instead = `${escapeIdentifier(schema)}.${escapeIdentifier(table.name)}`.replaceAll('$', '$$$$');
  return (message) => {
    const [type] = message;
    if (type !== QUERY && type !== PARSE) return message;
    const body = message.subarray(1 + HEAD_BYTES);
    // Of a statement to prepare, its name comes first.
    const from = type === PARSE ? body.indexOf(0) + 1 : 0;
    const to = body.indexOf(0, from);
    const sql = Buffer.from(body.toString('utf8', from, to).replaceAll(named, instead));
    const changed = Buffer.concat([
      message.subarray(0, 1 + HEAD_BYTES),
      body.subarray(0, from),
      sql,
      body.subarray(to),
    ]);
    changed.writeInt32BE(changed.length - 1, 1);
    return changed;
  };
}

const literally = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
