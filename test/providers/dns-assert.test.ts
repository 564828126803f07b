// A real name server on the loopback, in a few lines: it answers what the test says, in the wire format of RFC 1035.
import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dnsAssert } from '../../src/providers/dns/dns-assert.ts';
import { buildWorld, contextOf, rejection } from './world-builder.ts';

const TYPES = { A: 1, CNAME: 5, MX: 15, TXT: 16, AAAA: 28 };
const NXDOMAIN = 3;
const SERVFAIL = 2;
const REFUSED = 5;

interface Zone {
  readonly [question: string]: { readonly code?: number; readonly ttl?: number; readonly data?: readonly Buffer[] };
}

const labels = (name: string) =>
  Buffer.concat([
    ...name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.from([0]),
  ]);
const texts = (...pieces: readonly string[]) =>
  Buffer.concat(pieces.flatMap((piece) => [Buffer.from([piece.length]), Buffer.from(piece)]));

const ZONE: Zone = {
  '1 shop.example': { ttl: 30, data: [Buffer.from([10, 0, 0, 2]), Buffer.from([10, 0, 0, 1])] },
  '28 shop.example': { ttl: 60, data: [Buffer.from('20010db8000000000000000000000001', 'hex')] },
  '5 www.example': { data: [labels('shop.example')] },
  '16 shop.example': { data: [texts('v=spf1 ', '-all'), texts('a')] },
  '15 shop.example': {
    data: [
      Buffer.concat([Buffer.from([0, 20]), labels('b.example')]),
      Buffer.concat([Buffer.from([0, 10]), labels('a.example')]),
    ],
  },
  '1 broken.example': { code: SERVFAIL },
  '1 closed.example': { code: REFUSED },
  '15 empty.example': {},
};

let server: Socket;
let port = 0;
let questions = 0;

beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (message, { port: from, address }) => {
    questions++;
    const reply = replyTo(message);
    if (reply !== undefined) server.send(reply, from, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  port = server.address().port;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

function replyTo(message: Buffer): Buffer | undefined {
  let at = 12;
  const names: string[] = [];
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    names.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  const type = message.readUInt16BE(at + 1);
  const question = message.subarray(12, at + 5);
  if (names.join('.') === 'silent.example') return undefined;
  const { code, ttl = 5, data = [] } = ZONE[`${type} ${names.join('.')}`] ?? { code: NXDOMAIN };
  const head = Buffer.alloc(12);
  head.writeUInt16BE(message.readUInt16BE(0), 0);
  head.writeUInt16BE(0x8180 | (code ?? 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 6);
  const answers = data.map((bytes) => {
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(type, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt32BE(ttl, 6);
    fixed.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([fixed, bytes]);
  });
  return Buffer.concat([head, question, ...answers]);
}

const judge = (given: object, signal = AbortSignal.timeout(20_000)) => {
  const world = buildWorld({ connection: { hosts: { 'ns.example': { host: '127.0.0.1', port } } } });
  const input = dnsAssert.input.parse({
    name: 'shop.example',
    servers: [`127.0.0.1:${port}`],
    within: 'PT5S',
    ...given,
  });
  return dnsAssert.start(input, contextOf(world, { signal }));
};

describe('dns/assert', () => {
  it.each([
    ['A', 'records == ["10.0.0.1", "10.0.0.2"] && ttl == 30 && status == "NOERROR"'],
    ['AAAA', 'records == ["2001:db8::1"] && ttl <= 60'],
    ['TXT', 'records.exists(text, text == "v=spf1 -all") && ttl == null'],
    ['MX', 'records[0].exchange == "a.example" && records[0].priority == 10 && size(records) == 2'],
  ])('reads %s records', async (type, condition) => {
    expect(TYPES).toHaveProperty(type);
    expect(await judge({ type, expect: condition })).toMatchObject({ kind: 'done', check: { expected: condition } });
  });

  it('reads where a name leads', async () => {
    expect(await judge({ name: 'www.example', type: 'CNAME', expect: 'records[0] == "shop.example"' })).toMatchObject({
      kind: 'done',
    });
  });

  it.each([
    ['shop.example', 'A', 'records == ["10.0.0.3"]', '"10.0.0.1"'],
    ['shop.example', 'A', 'ttl <= 10', '"ttl":30'],
    ['gone.example', 'A', 'size(records) > 0', '"NXDOMAIN"'],
    ['empty.example', 'MX', 'status == "NXDOMAIN"', '"NODATA"'],
  ])('of %s %s fails when it expects %s, and says what it saw', async (name, type, condition, observed) => {
    const error = await rejection(judge({ name, type, expect: condition }));
    expect(error).toMatchObject({ code: 'check-failed', check: { observed: expect.stringContaining(observed) } });
  });

  it('takes a name that is not there for an answer, and tells it from one without such records', async () => {
    const absent = 'status == "NXDOMAIN" && size(records) == 0 && ttl == null';
    expect(await judge({ name: 'gone.example', expect: absent })).toMatchObject({ kind: 'done' });
    expect(await judge({ name: 'empty.example', type: 'MX', expect: 'status == "NODATA"' })).toMatchObject({
      kind: 'done',
    });
  });

  it.each([
    ['broken.example', /SERVFAIL/],
    ['closed.example', /REFUSED/],
    ['silent.example', /no answer|TIMEOUT/],
  ])('proves nothing with a server that fails: %s', async (name, why) => {
    const error = await rejection(judge({ name, within: 'PT0.5S', expect: 'size(records) == 0' }));
    expect(error).toMatchObject({ code: 'dns-failed', retryable: true });
    expect(error.message).toMatch(why);
  });

  it('proves nothing when nobody is there to ask', async () => {
    const given = { servers: ['127.0.0.1:1'], within: 'PT0.5S', expect: 'size(records) == 0' };
    expect(await rejection(judge(given))).toMatchObject({ code: 'dns-failed', retryable: true });
  });

  it('asks a server by its name where the environment says it is, and asks afresh each time', async () => {
    const before = questions;
    for (let times = 0; times < 3; times++)
      expect(await judge({ servers: ['ns.example'], expect: 'size(records) == 2' })).toMatchObject({ kind: 'done' });
    expect(questions - before).toBe(3);
  });

  it('cannot ask a server whose own name leads nowhere', async () => {
    const error = await rejection(judge({ servers: ['ns.invalid:5353'], expect: 'true' }));
    expect(error).toMatchObject({ code: 'dns-failed' });
    expect(error.message).toContain('ns.invalid');
  });

  it('stops when it is aborted', async () => {
    const asked = judge({ name: 'silent.example', expect: 'true' }, AbortSignal.timeout(100));
    expect(await rejection(asked)).toMatchObject({ code: 'aborted' });
  });

  it.each([
    { name: '' },
    { type: 'ANY' },
    { servers: [] },
    { servers: ['http://x'] },
    { servers: ['::1'] },
    { servers: ['127.0.0.1:port'] },
    { expect: 'size(' },
  ])('refuses the input %j', (given) => {
    expect(dnsAssert.input.safeParse({ name: 'a.example', expect: 'true', ...given }).success).toBe(false);
  });

  it.each(['[::1]:53', '10.0.0.4', 'ns1-01.azure-dns.com:53'])('takes the server %s', (server) => {
    const given = { name: 'a.example', expect: 'true', servers: [server] };
    expect(dnsAssert.input.safeParse(given).success).toBe(true);
  });
});
