// The name server of a twin, on the loopback: UDP, and TCP on the same port for answers that are too long.
import type { AddressInfo } from 'node:net';
import dns2, { type Packet as DnsPacket } from 'dns2';
import { type DnsAnswer, type DnsRecord, NAME_SERVERS, NEGATIVE_TTL_SECONDS } from './dns-answers.ts';

export interface DnsServer {
  /** `127.0.0.1:40123`. */
  readonly address: string;
  readonly close: () => Promise<void>;
}

const { Packet } = dns2;
const HOST = '127.0.0.1';
const PORT_ATTEMPTS_MAX = 10;
const TEXT_PIECE_BYTES = 255;
const SOA = { serial: 1, refresh: 3600, retry: 300, expiration: 2_419_200, minimum: NEGATIVE_TTL_SECONDS };

/** Listens on a free port. `answer` is asked with a name without its last dot and a type such as `A`. */
export async function openDnsServer(answer: (name: string, type: string) => DnsAnswer): Promise<DnsServer> {
  const handle = (request: DnsPacket, send: (response: DnsPacket) => unknown) => {
    // Whoever asked may be gone by now.
    void Promise.resolve(send(responseTo(request, answer))).catch(() => undefined);
  };
  for (let attempt = 1; ; attempt++) {
    const udp = dns2.createUDPServer(handle);
    const tcp = dns2.createTCPServer(handle);
    const connections = new Set<{ destroy: () => void }>();
    tcp.on('connection', (socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
    });
    const close = async () => {
      for (const socket of connections) socket.destroy();
      await Promise.all([closed(udp), closed(tcp)]);
    };
    try {
      await listening(tcp, () => tcp.listen(0, HOST));
      const { port } = tcp.address() as AddressInfo;
      await listening(udp, () => udp.bind(port, HOST));
      // What comes later, a broken connection or a stray packet, is the asker's trouble.
      for (const server of [udp, tcp]) server.on('error', () => undefined);
      return { address: `${HOST}:${port}`, close };
    } catch (error) {
      await close();
      if (attempt >= PORT_ATTEMPTS_MAX) throw error;
    }
  }
}

interface Listening {
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

async function listening(server: Listening, start: () => unknown): Promise<void> {
  await new Promise<void>((settle, fail) => {
    server.once('error', fail);
    server.once('listening', () => {
      server.off('error', fail);
      settle();
    });
    start();
  });
}

/** One that never listened says so by throwing. */
const closed = (server: { close: (done: () => void) => unknown }) =>
  new Promise<void>((settle) => {
    try {
      server.close(() => settle());
    } catch {
      settle();
    }
  });

function responseTo(request: DnsPacket, answer: (name: string, type: string) => DnsAnswer): DnsPacket {
  const response = Packet.createResponseFromRequest(request);
  const [question] = request.questions;
  if (question === undefined || request.questions.length !== 1) {
    response.header.rcode = Packet.RCODE.FORMERR;
    return response;
  }
  const name = question.name.replace(/\.$/, '');
  const { status, answers, absentFrom } = answer(name, Packet.typeName(question.type));
  response.header.rcode = Packet.RCODE[status];
  response.header.aa = status === 'REFUSED' ? 0 : 1;
  response.answers = answers.map(resourceOf);
  if (absentFrom !== undefined)
    response.authorities = [
      resourceOf({ name: absentFrom, type: 'SOA', ttl: NEGATIVE_TTL_SECONDS, value: absentFrom }),
    ];
  return response;
}

function resourceOf({ name, type, ttl, value }: DnsRecord): DnsPacket['answers'][number] {
  return Object.assign(new Packet.Resource(name, Packet.TYPE[type], Packet.CLASS.IN, ttl), dataOf(type, value));
}

function dataOf(type: DnsRecord['type'], value: string): Partial<DnsPacket['answers'][number]> {
  if (type === 'A' || type === 'AAAA') return { address: value };
  if (type === 'CNAME') return { domain: value };
  if (type === 'NS') return { ns: value };
  if (type === 'TXT') return { data: piecesOf(value) };
  return { primary: NAME_SERVERS[0] ?? '', admin: 'azuredns-hostmaster.microsoft.com', ...SOA };
}

/** A text travels in pieces of at most 255 bytes (RFC 1035, section 3.3.14). */
export function piecesOf(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const count = Math.max(1, Math.ceil(bytes.length / TEXT_PIECE_BYTES));
  return Array.from({ length: count }, (_, at) =>
    bytes.subarray(at * TEXT_PIECE_BYTES, (at + 1) * TEXT_PIECE_BYTES).toString('utf8'),
  );
}
