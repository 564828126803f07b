import { Refusal, type Reply } from './arm-reply.ts';
import type { ArmRequest } from './route.ts';

/** Small, so that clients which forget about nextLink are found out. */
const PAGE_ITEMS_MAX = 10;

/** One page of a list and the link to the next. `endpoint` is the control plane's own address. */
export function page(request: ArmRequest, endpoint: string, items: readonly unknown[]): Reply {
  const skip = skipOf(request.query.get('$skiptoken'));
  const size = Math.min(Number(request.query.get('$top') ?? PAGE_ITEMS_MAX) || PAGE_ITEMS_MAX, PAGE_ITEMS_MAX);
  const value = items.slice(skip, skip + size);
  if (skip + size >= items.length) return { status: 200, body: { value } };
  const next = new URL(request.path, endpoint);
  next.search = request.query.toString();
  next.searchParams.set('$skiptoken', Buffer.from(String(skip + size)).toString('base64url'));
  return { status: 200, body: { value, nextLink: next.href } };
}

function skipOf(token: string | null): number {
  if (token === null) return 0;
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Refusal(400, 'InvalidSkipToken', `expected a $skiptoken of this twin, found "${token.slice(0, 40)}"`);
}
