// A real Azurite with the containers of journals, and a way in that can lose answers.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { type BlobStoreOptions, openBlobStore } from '../../src/journal/blob/blob.ts';
import { parseBlobPlace } from '../../src/journal/blob/place.ts';
import type { JournalStore } from '../../src/journal/journal.ts';
import { startAzurite } from '../../src/twin/data/storage/azurite.ts';
import { openRegistry } from '../../src/twin/process/registry.ts';

const ACCOUNT = 'journals';

/** What the way in does with a request: passes it on, or loses it or its answer. */
export type Fate = 'pass' | 'lose request' | 'lose answer' | 'send twice' | 'refuse';

export async function journalAzurite() {
  const folder = mkdtempSync(join(tmpdir(), 'drillmaster-azurite-'));
  const key = randomBytes(64).toString('base64');
  const registry = openRegistry(join(folder, 'registry.json'));
  const azurite = await startAzurite({
    region: 'test',
    folder: join(folder, 'data'),
    accounts: [ACCOUNT],
    key,
    user: {},
    registry,
  });
  let fate: (incoming: IncomingMessage) => Fate = () => 'pass';
  const seen: { readonly method: string; readonly url: string; readonly ifNoneMatch: string | undefined }[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    seen.push({ method, url, ifNoneMatch: headers['if-none-match'] });
    void forward(incoming, outgoing, azurite.port, fate(incoming));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const service = new BlobServiceClient(
    `http://127.0.0.1:${azurite.port}/${ACCOUNT}`,
    new StorageSharedKeyCredential(ACCOUNT, key),
  );
  let containers = 0;
  const stores: JournalStore[] = [];
  return {
    key,
    service,
    seen,
    /** Names the containers of a new journal, and says where they are. */
    newJournal: async () => {
      containers += 1;
      const name = `drills-${containers}`;
      await Promise.all([name, `${name}-desk`].map((one) => service.createContainer(one)));
      return { name, url: `http://127.0.0.1:${port}/${ACCOUNT}/${name}` };
    },
    open: async (url: string, options: Partial<BlobStoreOptions> = {}): Promise<JournalStore> => {
      const store = await openBlobStore({ place: parseBlobPlace(url), access: { accountKey: key }, ...options });
      stores.push(store);
      return store;
    },
    setFate: (next: typeof fate) => {
      fate = next;
    },
    close: async () => {
      for (const store of stores) await store.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await azurite.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type JournalAzurite = Awaited<ReturnType<typeof journalAzurite>>;

async function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number, fate: Fate): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  if (fate === 'refuse') return void outgoing.writeHead(403, { 'x-ms-error-code': 'AuthorizationFailure' }).end();
  if (fate === 'lose request') return void incoming.socket.destroy();
  // Signed for the port that the client knows: Azurite checks the path alone.
  const { method, url: path, headers } = incoming;
  const send = (times: number) => {
    const far = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      if (times > 1 || fate === 'lose answer') {
        answer.resume();
        return void answer.on('end', () => (times > 1 ? send(times - 1) : incoming.socket.destroy()));
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    far.on('error', () => incoming.socket.destroy());
    far.end(Buffer.concat(chunks));
  };
  send(fate === 'send twice' ? 2 : 1);
}
