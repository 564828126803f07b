// One request to a region's blob store, on behalf of an account.
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';

const SIGNED_MS = 30 * 24 * 3600 * 1000;
const TIMEOUT_MS = 20_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export interface BlobRequest {
  readonly method: string;
  /** Path and query on the account: `/container/blob?comp=metadata`. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export interface BlobAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends requests of one account to one port. Rejects when no whole answer comes. */
export interface BlobStore {
  readonly send: (asked: BlobRequest, signal?: AbortSignal) => Promise<BlobAnswer>;
  readonly close: () => void;
}

/** `account` is the store's own name of it. Requests are signed here: whoever asks was let in by the front. */
export function openBlobStore(port: number, account: string, key: string): BlobStore {
  // Azurite closes connections that are idle for a few seconds, and a request that is just then sent on one fails: each has its own.
  const agent = new Agent({ keepAlive: false, maxSockets: 64 });
  const signature = signatureOf(account, key);
  const send = ({ method, path, headers, body }: BlobRequest, signal?: AbortSignal) =>
    new Promise<BlobAnswer>((settle, fail) => {
      const url = `/${account}${path}${path.includes('?') ? '&' : '?'}${signature}`;
      const limit = AbortSignal.timeout(TIMEOUT_MS);
      const options = {
        host: '127.0.0.1',
        port,
        agent,
        method,
        path: url,
        headers: { ...headers, connection: 'close', host: `127.0.0.1:${port}`, 'content-length': body.length },
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      };
      const outgoing = request(options, (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > ANSWER_BYTES_MAX) incoming.destroy(new RangeError(`expected at most ${ANSWER_BYTES_MAX} bytes`));
        });
        incoming.on('error', fail);
        incoming.on('end', () =>
          settle({ status: incoming.statusCode ?? 500, headers: incoming.headers, body: Buffer.concat(chunks) }),
        );
      });
      outgoing.on('error', fail);
      outgoing.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/** An account SAS for everything that it can allow. */
function signatureOf(account: string, key: string): string {
  const wanted = {
    startsOn: new Date(Date.now() - 3600_000),
    expiresOn: new Date(Date.now() + SIGNED_MS),
    permissions: AccountSASPermissions.parse('rwdlacup'),
    services: AccountSASServices.parse('b').toString(),
    resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
    protocol: SASProtocol.HttpsAndHttp,
  };
  return generateAccountSASQueryParameters(wanted, new StorageSharedKeyCredential(account, key)).toString();
}
