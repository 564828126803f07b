// Where a shop keeps its invoices: a container of a storage account, spoken to as any client does.
import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import type { ShopSettings } from './settings.ts';

const CONTAINER = 'invoices';
const VERSION = '2025-01-05';
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 1024 * 1024;
const CREATED = 201;
const NOT_FOUND = 404;
const EXISTS = 409;

export interface Invoice {
  readonly order: number;
  /** RFC 3339. */
  readonly placedAt: string;
  /** JSON; the same for an order whenever it is written. */
  readonly text: string;
}

export interface Documents {
  /** Resolves when the invoice stands in the account. Throws when it does not, or when another one stands in its place. */
  readonly write: (invoice: Invoice) => Promise<void>;
}

export type DocumentSettings = NonNullable<ShopSettings['documents']>;

/**
 * Every request has a connection of its own: a failover moves the account, and an old connection would lead to where it was. What was agreed
 * for the first one is taken up by the others, which costs both sides less.
 */
export function openDocuments(settings: DocumentSettings): Documents {
  const agent = new Agent({ keepAlive: false });
  const ask = (method: string, path: string, headers: OutgoingHttpHeaders = {}, body = '') =>
    send(settings, { agent, method, path: `/${CONTAINER}${path}`, headers, body });

  async function put({ placedAt, text }: Invoice, path: string): Promise<number> {
    const headers = {
      'content-type': 'application/json',
      'x-ms-blob-type': 'BlockBlob',
      'x-ms-meta-placedat': placedAt,
      // An invoice is written once.
      'if-none-match': '*',
    };
    return (await ask('PUT', path, headers, text)).status;
  }

  return {
    write: async (invoice) => {
      const path = `/${invoiceName(invoice.order)}`;
      let status = await put(invoice, path);
      if (status === NOT_FOUND) {
        await ask('PUT', '?restype=container');
        status = await put(invoice, path);
      }
      if (status === CREATED) return;
      if (status === EXISTS && (await ask('GET', path)).text === invoice.text) return;
      throw new Error(`expected to write ${path}, found status ${status}`);
    },
  };
}

const DIGITS = 12;
const invoiceName = (order: number): string => `${String(order).padStart(DIGITS, '0')}.json`;

interface Asked {
  readonly agent: Agent;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

function send({ host, port, authority, token }: DocumentSettings, { agent, method, path, headers, body }: Asked) {
  return new Promise<{ readonly status: number; readonly text: string }>((settle, fail) => {
    const signed = { host, authorization: `Bearer ${token}`, 'x-ms-version': VERSION };
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        servername: host,
        ca: authority,
        agent,
        method,
        path,
        headers: { ...headers, ...signed, 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > ANSWER_BYTES_MAX) incoming.destroy(new RangeError('expected a shorter answer'));
        });
        incoming.on('error', fail);
        incoming.on('end', () => settle({ status: incoming.statusCode ?? 0, text }));
      },
    );
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
