import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../src/twin/control/certificates.ts';
import { openWebDoor } from '../../../src/twin/data/corruption/web-door.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

describe('a door before a service that speaks TLS', () => {
  it('reads on when the service closes kept connections, as one under load does', async () => {
    const certificates = await makeCertificates('door', Date.now(), ['docs.example']);
    let asked = 0;
    const service = createServer({ cert: certificates.certificate, key: certificates.key }, (incoming, outgoing) => {
      asked += 1;
      // Every second request comes over a connection that breaks instead of answering.
      if (asked % 2 === 0) incoming.socket.destroy();
      else outgoing.end(`${incoming.method} ${incoming.url}`);
    });
    await new Promise<void>((settle) => service.listen(0, '127.0.0.1', settle));
    endings.push(() => service.close());
    const { port } = service.address() as AddressInfo;
    const door = await openWebDoor({
      service: { host: '127.0.0.1', port },
      tls: certificates,
      change: (_, answer) => ({ ...answer, body: Buffer.from(`${answer.body}!`) }),
    });
    endings.push(door.close);
    const agent = new Agent({ keepAlive: true, ca: certificates.authority });
    endings.push(() => agent.destroy());
    const ask = (path: string) =>
      new Promise<string>((settle, fail) => {
        const options = { host: '127.0.0.1', port: door.port, path, agent, servername: 'docs.example' };
        request(options, async (incoming) => {
          let text = '';
          for await (const chunk of incoming) text += String(chunk);
          settle(text);
        })
          .on('error', fail)
          .end();
      });
    const said = [];
    for (const path of ['/a', '/b', '/c']) said.push(await ask(path));
    expect(said).toEqual(['GET /a!', 'GET /b!', 'GET /c!']);
    expect(asked).toBeGreaterThan(3);
  });
});
