import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Link, type LinkOptions, openLink } from '../../../src/twin/data/link.ts';
import { connectTo, type Far, startFar, until } from './sockets.ts';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
});

const far = async (...args: Parameters<typeof startFar>): Promise<Far> => {
  const started = await startFar(...args);
  open.push(started);
  return started;
};

async function linked(settings: Partial<LinkOptions> & { targetPort: number }): Promise<Link> {
  const link = await openLink({ latencyMs: 0, bandwidthKbps: null, ...settings });
  open.push(link);
  return link;
}

const echo = (chunk: Buffer, socket: { write: (chunk: Buffer) => unknown }) => void socket.write(chunk);

/** Milliseconds from a byte sent to its echo. */
async function roundTripMs(port: number): Promise<number> {
  const { socket, received } = await connectTo(port);
  const sent = performance.now();
  socket.write('x');
  await until(() => received().length > 0);
  const took = performance.now() - sent;
  socket.destroy();
  return took;
}

describe('a link', () => {
  it('keeps order and latency of 1,500 small chunks a second', async () => {
    const lateMs: number[] = [];
    let pending = '';
    const target = await far((chunk) => {
      const now = performance.now();
      const lines = (pending + chunk.toString()).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) lateMs.push(now - Number(line.split(' ')[1]));
    });
    const { port } = await linked({ targetPort: target.port, latencyMs: 100 });
    const { socket } = await connectTo(port);
    const begun = performance.now();
    let sent = 0;
    while (performance.now() - begun < 2000) {
      // As many as are due by now, each a write of its own.
      while (sent < (performance.now() - begun) * 1.5) socket.write(`${sent++} ${performance.now()}\n`);
      await wait(1);
    }
    await until(() => lateMs.length >= sent);
    const numbers = target
      .received()
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => Number(line.split(' ')[0]));
    expect(sent).toBeGreaterThan(2500);
    expect(numbers.every((number, index) => number === index)).toBe(true);
    const sorted = lateMs.toSorted((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThan(98);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(115);
    // A line that queues up without need is late by seconds; a busy machine by much less.
    expect(sorted[Math.floor(sorted.length * 0.99)]).toBeLessThan(300);
  });

  it('delays each way, and goes by new settings at once', async () => {
    const target = await far(echo);
    const link = await linked({ targetPort: target.port, latencyMs: 40 });
    expect(await roundTripMs(link.port)).toBeGreaterThanOrEqual(79);
    link.change({ latencyMs: 0 });
    expect(await roundTripMs(link.port)).toBeLessThan(60);
    expect(link.settings()).toEqual({ latencyMs: 0, bandwidthKbps: null, cut: false });
  });

  it('carries 200,000 bytes at 1,600 kbit/s in a second, little by little', async () => {
    const target = await far();
    const { port } = await linked({ targetPort: target.port, bandwidthKbps: 1600 });
    const { socket } = await connectTo(port);
    const begun = performance.now();
    socket.write(Buffer.alloc(200_000, 'x'));
    await wait(500);
    const half = target.received().length;
    await until(() => target.received().length === 200_000);
    const took = performance.now() - begun;
    expect(half).toBeGreaterThan(40_000);
    expect(half).toBeLessThan(160_000);
    expect(took).toBeGreaterThanOrEqual(990);
    expect(took).toBeLessThan(1600);
  });

  it('carries much more than it may hold, unchanged, to somebody who reads late', async () => {
    const target = await far();
    const { port } = await linked({ targetPort: target.port, latencyMs: 5 });
    const { socket } = await connectTo(port);
    await until(() => target.sockets.length === 1);
    target.sockets[0]?.pause();
    const block = Buffer.from(Array.from({ length: 65_536 }, (_, index) => index % 251));
    for (let index = 0; index < 800; index += 1) socket.write(block);
    await wait(300);
    // 52 MB are sent; the link holds 16 MiB and the kernel a few: the rest waits at the sender.
    expect(socket.writableLength).toBeGreaterThan(8_000_000);
    target.sockets[0]?.resume();
    await until(() => target.received().length === 800 * block.length, 20_000);
    expect(target.received().equals(Buffer.concat(Array.from({ length: 800 }, () => block)))).toBe(true);
  });

  it('passes the end on behind the data, each way on its own', async () => {
    const target = await far((_, socket) => void socket.once('end', () => socket.end('goodbye')));
    const { port } = await linked({ targetPort: target.port, latencyMs: 20 });
    const { socket, received, over } = await connectTo(port);
    socket.end('hello');
    expect(await over).toBe('end');
    expect([target.received().toString(), received().toString()]).toEqual(['hello', 'goodbye']);
  });

  it('passes a reset on', async () => {
    const target = await far((_, socket) => socket.resetAndDestroy());
    const { port } = await linked({ targetPort: target.port });
    const { socket, over } = await connectTo(port);
    socket.write('x');
    expect(await over).toBe('ECONNRESET');
  });
});

describe('a cut', () => {
  it('resets connections and drops what is in flight, and nothing else', async () => {
    const target = await far();
    const link = await linked({ targetPort: target.port, latencyMs: 150 });
    const { socket, over } = await connectTo(link.port);
    socket.write('arrives ');
    await wait(250);
    socket.write('is lost');
    await wait(50);
    link.cut();
    expect(await over).toBe('ECONNRESET');
    await wait(250);
    expect(target.received().toString()).toBe('arrives ');
    expect(target.sockets[0]?.destroyed).toBe(true);
  });

  it('refuses new connections until it is healed', async () => {
    const target = await far(echo);
    const link = await linked({ targetPort: target.port });
    link.cut();
    const { socket, over } = await connectTo(link.port);
    socket.write('x');
    expect(await over).toBe('ECONNRESET');
    expect([target.sockets.length, link.settings().cut]).toEqual([0, true]);
    link.heal();
    expect(await roundTripMs(link.port)).toBeLessThan(1000);
    expect(link.settings().cut).toBe(false);
  });

  it('in silence keeps connections open, takes new ones, and lets nothing through', async () => {
    const target = await far(echo);
    const link = await linked({ targetPort: target.port, latencyMs: 50 });
    const { socket, received, over } = await connectTo(link.port);
    socket.write('arrives ');
    await until(() => received().length > 0);
    socket.write('is lost');
    link.cut('silence');
    const late = await connectTo(link.port);
    late.socket.write('is lost, too');
    target.sockets[0]?.write('back to nobody');
    await wait(300);
    expect([target.received().toString(), received().toString(), late.received().toString()]).toEqual([
      'arrives ',
      'arrives ',
      '',
    ]);
    expect([socket.destroyed, late.socket.destroyed, target.sockets.length]).toEqual([false, false, 1]);
    expect(link.settings().cut).toBe(true);
    link.heal();
    expect([await over, await late.over]).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(await roundTripMs(link.port)).toBeGreaterThanOrEqual(99);
  });

  it('in silence does not even pass the end of a connection on', async () => {
    const target = await far();
    const link = await linked({ targetPort: target.port });
    const { socket } = await connectTo(link.port);
    await until(() => target.sockets.length === 1);
    link.cut('silence');
    socket.resetAndDestroy();
    await wait(100);
    expect(target.sockets[0]?.destroyed).toBe(false);
    link.cut();
    await until(() => target.sockets[0]?.destroyed === true);
  });

  it('drops what waits for a bandwidth, too', async () => {
    const target = await far();
    const link = await linked({ targetPort: target.port, bandwidthKbps: 80 });
    const { socket, over } = await connectTo(link.port);
    socket.write(Buffer.alloc(100_000));
    await wait(1000);
    link.cut();
    await over;
    await wait(100);
    expect(target.received().length).toBeGreaterThan(0);
    expect(target.received().length).toBeLessThan(20_000);
  });
});

describe("a link's target", () => {
  it('may come later: until then connections are reset', async () => {
    const gone = await startFar();
    await gone.close();
    const { port } = await linked({ targetPort: gone.port });
    const { over } = await connectTo(port);
    expect(await over).toBe('ECONNRESET');
    await far(echo, gone.port);
    expect(await roundTripMs(port)).toBeLessThan(1000);
  });

  it('may become another one', async () => {
    const first = await far(echo);
    const second = await far(echo);
    const link = await linked({ targetPort: first.port });
    const { socket, over } = await connectTo(link.port);
    socket.write('x');
    await until(() => first.received().length === 1);
    link.retarget(second.port);
    expect(await over).toBe('ECONNRESET');
    await roundTripMs(link.port);
    expect([first.received().length, second.received().length]).toEqual([1, 1]);
  });

  it.each([
    { latencyMs: -1, bandwidthKbps: null },
    { latencyMs: Number.NaN, bandwidthKbps: null },
    { latencyMs: 0, bandwidthKbps: 0 },
  ])('is not opened with $latencyMs ms and $bandwidthKbps kbit/s', async (settings) => {
    await expect(openLink({ targetPort: 1, ...settings })).rejects.toThrow('expected a');
  });
});
