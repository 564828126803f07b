import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CorruptionOf } from '../../../src/model/corruption.ts';
import { shakeHands } from '../../../src/providers/tls/shake-hands.ts';
import { makeCertificates } from '../../../src/twin/control/certificates.ts';
import { corruptBlobs } from '../../../src/twin/data/corruption/blob-answers.ts';
import { createDoors } from '../../../src/twin/data/corruption/doors.ts';
import { translator } from '../../../src/twin/data/corruption/postgres-door.ts';
import { corruptedRows, type Table } from '../../../src/twin/data/corruption/row-views.ts';

const service = createServer((incoming, outgoing) => {
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ url: incoming.url, count: 5 }));
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((settle) => service.listen(0, '127.0.0.1', settle));
  port = (service.address() as AddressInfo).port;
});
afterAll(() => new Promise<void>((settle) => service.close(() => settle())));

async function doorsUnderTest() {
  const certificates = await makeCertificates('doors', Date.now(), ['safe.example']);
  const hosts = () => ({ 'shop.example': { host: '127.0.0.1', port } });
  const doors = createDoors({ databases: {} as never, hosts, certificates });
  return { doors, certificates };
}

const portOf = (hosts: Readonly<Record<string, { readonly port: number }>>) => Object.values(hosts)[0]?.port ?? 0;
const refuses = (at: number) =>
  new Promise<boolean>((settle) => {
    const socket = connect({ host: '127.0.0.1', port: at })
      .on('connect', () => settle(false))
      .on('error', () => settle(true));
    socket.on('connect', () => socket.destroy());
  });

describe('a door before a web service', () => {
  it('changes the one answer that is meant, and closes', async () => {
    const { doors } = await doorsUnderTest();
    const change = { fault: 'corrupt-answer', url: 'http://shop.example/orders?all', change: 'less' } as const;
    const { hosts, planted, end } = await doors.plant({ ...change, parts: ['body.count'] });
    const at = portOf(hosts);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${at}${path}`)).json();
    expect(planted).toBe('body.count says less');
    expect(await ask('/orders?all')).toEqual({ url: '/orders?all', count: 0 });
    expect(await ask('/orders')).toEqual({ url: '/orders', count: 5 });
    await end();
    expect(await refuses(at)).toBe(true);
  });

  it('refuses a host that nobody serves', async () => {
    const { doors } = await doorsUnderTest();
    const planted = doors.plant({
      fault: 'corrupt-answer',
      url: 'http://x.example/',
      parts: ['status'],
      change: 'other',
    });
    await expect(planted).rejects.toMatchObject({ code: 'nothing-to-corrupt' });
  });
});

describe('a door before a host', () => {
  it('is closed, or open where nothing was', async () => {
    const { doors } = await doorsUnderTest();
    const closed = await doors.plant({ fault: 'corrupt-host', host: 'shop.example', change: 'closed' });
    const open = await doors.plant({ fault: 'corrupt-host', host: 'gone.example', change: 'open' });
    expect([await refuses(portOf(closed.hosts)), await refuses(portOf(open.hosts))]).toEqual([true, false]);
    await open.end();
    expect(await refuses(portOf(open.hosts))).toBe(true);
  });

  it('shows certificates that do not fit, each for its one reason', async () => {
    const { doors, certificates } = await doorsUnderTest();
    const seen: string[] = [];
    for (const change of ['stranger', 'other-name', 'expired'] as const) {
      const { hosts, end } = await doors.plant({ fault: 'corrupt-host', host: 'safe.example', change });
      const address = { host: '127.0.0.1', port: portOf(hosts) };
      const question = { address, serverName: 'safe.example', protocol: 'TLSv1.2' as const };
      const found = await shakeHands({ ...question, authorities: [certificates.authority] }, AbortSignal.timeout(5000));
      await end();
      seen.push('distrust' in found ? found.distrust : found.refused);
    }
    expect(seen[0]).toMatch(/self.signed|unable to verify|UNABLE|issuer/i);
    expect(seen[1]).toMatch(/altname|does not match/i);
    expect(seen[2]).toMatch(/expired/i);
  });
});

const table: Table = {
  schema: 'public',
  name: 'orders',
  columns: [
    { name: 'id', type: 'bigint', category: 'N', isKey: true },
    { name: 'note', type: 'text', category: 'S', isKey: false },
  ],
};

describe('a door before a database', () => {
  const start = (text: string) => {
    const body = Buffer.from(`\0\0\0\0\0\x03\0\0${text}\0\0`, 'latin1');
    body.writeInt32BE(body.length, 0);
    return body;
  };
  const message = (type: string, text: string) => {
    const body = Buffer.from(`${type}\0\0\0\0${text}`, 'latin1');
    body.writeInt32BE(body.length - 1, 1);
    return body;
  };
  const door = () => translator({ port: 1, schema: 'corrupted_1', table });

  it('puts its schema first when a session starts, however the bytes arrive', () => {
    const translate = door();
    const bytes = start('user\0me');
    const out = [...bytes].map((byte) => translate(Buffer.from([byte])));
    const told = Buffer.concat(out.map((part) => part ?? Buffer.alloc(0)));
    expect(told.toString('latin1')).toContain('user\0me\0search_path\0"corrupted_1", public\0\0');
    expect(told.readInt32BE(0)).toBe(told.length);
  });

  it('leads names that say the schema to its own, and leaves other tables alone', () => {
    const translate = door();
    translate(start('user\0me'));
    const sql = 'SELECT 1 FROM public.orders, "public"."orders" o, public.orders_old, other.orders';
    const led = 'SELECT 1 FROM "corrupted_1"."orders", "corrupted_1"."orders" o, public.orders_old, other.orders';
    expect(translate(message('Q', `${sql}\0`))?.toString()).toContain(led);
    expect(translate(message('P', `name\0${sql}\0\0\0`))?.toString()).toContain(`name\0${led}\0`);
    const data = message('d', sql);
    expect(translate(data)).toEqual(data);
  });

  it('breaks off what is not the protocol', () => {
    expect(door()(Buffer.from([0, 0, 0, 1]))).toBeUndefined();
  });

  it('alters no key, and nothing where nothing could be altered', () => {
    expect(corruptedRows(table, 'alter-all')).toContain(`(t."note"::text || '~')::text`);
    expect(corruptedRows(table, 'alter-all')).not.toContain('t."id" + 1');
    expect(corruptedRows({ ...table, columns: table.columns.slice(0, 1) }, 'alter-one')).toBeUndefined();
  });
});

describe('corrupted blobs', () => {
  const wanted = (change: CorruptionOf<'corrupt-blobs'>['change'], blob?: string): CorruptionOf<'corrupt-blobs'> => ({
    ...{ fault: 'corrupt-blobs', account: 'a', endpoint: 'primary', container: 'papers', prefix: '', change },
    ...(blob === undefined ? {} : { blob }),
  });
  const item = (name: string) =>
    `<Blob><Name>${name}</Name><Properties><Last-Modified>Mon, 02 Jan 2023 00:00:00 GMT</Last-Modified></Properties></Blob>`;
  const list = {
    status: 200,
    headers: {},
    body: Buffer.from(`<R><Blobs>${item('a')}${item('b')}</Blobs></R>`),
  };
  const listed = (change: CorruptionOf<'corrupt-blobs'>['change']) =>
    corruptBlobs(wanted(change), { method: 'GET', url: '/papers?restype=container&comp=list' }, list).body.toString();
  const names = (text: string) => [...text.matchAll(/<Name>(.*?)<\/Name>/g)].map(([, name]) => name);

  it('are lost, added or older in a list', () => {
    expect(names(listed('lose-one'))).toEqual(['b']);
    expect(names(listed('lose-all'))).toEqual([]);
    expect(names(listed('add-one'))).toEqual(['a', 'b', 'corrupted']);
    expect(listed('age-all')).toContain('Sun, 02 Jan 2022 00:00:00 GMT');
  });

  it('are altered in their content, as long as before and JSON where they were', () => {
    const answer = { status: 200, headers: {}, body: Buffer.from('{"total": 17}') };
    const read = { method: 'GET', url: '/papers/x.json' };
    expect(corruptBlobs(wanted('alter-all'), read, answer).body.toString()).toBe('{"total": 82}');
    const text = { ...answer, body: Buffer.from('plain') };
    expect(corruptBlobs(wanted('alter-all'), read, text).body.toString()).toBe('plaio');
    expect(corruptBlobs(wanted('lose-one', 'x.json'), read, answer).status).toBe(404);
    expect(corruptBlobs(wanted('lose-one', 'y.json'), read, answer)).toEqual(answer);
  });

  it('are those of their container alone, and no write is touched', () => {
    const elsewhere = { method: 'GET', url: '/other?restype=container&comp=list' };
    expect(corruptBlobs(wanted('lose-all'), elsewhere, list)).toEqual(list);
    expect(corruptBlobs(wanted('lose-container'), { method: 'PUT', url: '/papers/x' }, list)).toEqual(list);
  });
});
