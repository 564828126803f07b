// The activity log of a subscription: who changed what and when, with the ids that clients gave their requests.
import { randomUUID } from 'node:crypto';
import { parseResourceId } from '../../../model/resource-id.ts';
import { ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Operations } from '../operations.ts';
import { type ArmRequest, type Route, served } from '../route.ts';

const VERSIONS = ['2015-04-01'];
const PATH = '/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values';
const EVENTS_MAX = 1000;
const VERBS: Readonly<Record<string, string>> = { PUT: 'write', PATCH: 'write', DELETE: 'delete', POST: 'action' };

/** A mutation as it was answered. */
export interface Mutated {
  /** Our id of the request, `x-ms-request-id`. */
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Code of the refusal. */
  readonly code: string | undefined;
  readonly correlationId: string;
  readonly clientRequestId: string | undefined;
}

interface Event extends Mutated {
  readonly word: 'Accepted' | 'Succeeded' | 'Failed';
}

export class ActivityLog {
  readonly #mutated: Mutated[] = [];
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  add(mutated: Mutated): void {
    this.#mutated.push(mutated);
    if (this.#mutated.length > EVENTS_MAX) this.#mutated.shift();
  }

  /** The newest first, as Azure lists them. What was accepted has a second event when its operation is over. */
  events(): readonly Event[] {
    const ended = new Map(this.#operations.ended().map((operation) => [operation.requestId, operation]));
    const events = this.#mutated.flatMap((mutated): Event[] => {
      const operation = ended.get(mutated.id);
      const word = mutated.status === 202 ? 'Accepted' : mutated.status < 300 ? 'Succeeded' : 'Failed';
      const last: Event[] =
        operation === undefined
          ? []
          : [
              {
                ...mutated,
                at: operation.endedAt,
                word: operation.code === undefined ? 'Succeeded' : 'Failed',
                code: operation.code,
              },
            ];
      return [{ ...mutated, word }, ...last];
    });
    return events.toSorted((a, b) => b.at - a.at);
  }
}

export const activityRoutes = (log: ActivityLog, subscription: string): readonly Route[] =>
  served(VERSIONS, [{ method: 'GET', path: PATH, handle: (request) => list(log, subscription, request) }]);

/** All on one page: the log is short. */
function list(log: ActivityLog, subscription: string, { query }: ArmRequest): Reply {
  const wanted = filterOf(query.get('$filter') ?? '');
  const found = log.events().filter((event) => wanted.every((holds) => holds(event)));
  return ok({ value: found.map((event) => bodyOf(event, subscription)) });
}

type Condition = (event: Event) => boolean;
const CLAUSE = /^(eventTimestamp|resourceGroupName|resourceUri|correlationId|resourceProvider) (ge|le|eq) '([^']*)'$/i;

/** Throws Refusal 400 for a filter that Azure does not take either: the begin of the time is not optional. */
function filterOf(filter: string): readonly Condition[] {
  const clauses = filter.split(/ and /i).flatMap((clause) => {
    const [, name = '', sign = '', value = ''] = CLAUSE.exec(clause.trim()) ?? [];
    return [{ name: name.toLowerCase(), sign: sign.toLowerCase(), value }];
  });
  const begins = clauses.some(({ name, sign }) => name === 'eventtimestamp' && sign === 'ge');
  if (!begins || clauses.some(({ name }) => name === ''))
    throw new Refusal(
      400,
      'BadRequest',
      `expected a $filter such as "eventTimestamp ge '2026-01-31T10:00:00Z' and resourceGroupName eq 'rg'", found "${filter.slice(0, 200)}"`,
    );
  return clauses.map(({ name, sign, value }) => conditionOf(name, sign, value));
}

function conditionOf(name: string, sign: string, value: string): Condition {
  const at = Date.parse(value);
  const text = value.toLowerCase();
  if (name === 'eventtimestamp') {
    if (Number.isNaN(at) || sign === 'eq')
      throw new Refusal(400, 'BadRequest', `expected eventTimestamp ge or le an instant, found ${sign} '${value}'`);
    return (event) => (sign === 'ge' ? event.at >= at : event.at <= at);
  }
  if (name === 'resourcegroupname') return (event) => groupOf(event)?.toLowerCase() === text;
  if (name === 'resourceuri') return (event) => resourceOf(event).toLowerCase() === text;
  if (name === 'correlationid') return (event) => event.correlationId.toLowerCase() === text;
  return (event) => operationOf(event).toLowerCase().startsWith(`${text}/`);
}

/** Doubled slashes are an SDK's; the last segment of a POST is the action. */
function resourceOf({ method, path }: Mutated): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  return `/${(method === 'POST' ? segments.slice(0, -1) : segments).join('/')}`;
}

const groupOf = ({ path }: Mutated) => /^\/+subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(path)?.[1];

function operationOf(event: Mutated): string {
  const type = parseResourceId(resourceOf(event))?.type ?? 'Microsoft.Resources/subscriptions';
  const named =
    type === 'Microsoft.Resources/resourceGroups' ? 'Microsoft.Resources/subscriptions/resourceGroups' : type;
  const action = event.method === 'POST' ? `/${event.path.split('/').at(-1)}` : '';
  return `${named}${action}/${VERBS[event.method] ?? 'action'}`;
}

const text = (value: string) => ({ value, localizedValue: value });

function bodyOf(event: Event, subscription: string) {
  const { id, at, method, path, status, word, code, correlationId, clientRequestId } = event;
  const eventTimestamp = new Date(at).toISOString();
  const resourceId = resourceOf(event);
  const dataId = randomUUID();
  const group = groupOf(event);
  return {
    id: `${resourceId}/events/${dataId}/ticks/${at}`,
    eventDataId: dataId,
    correlationId,
    operationId: id,
    eventTimestamp,
    submissionTimestamp: eventTimestamp,
    level: word === 'Failed' ? 'Error' : 'Informational',
    category: text('Administrative'),
    eventName: text(word === 'Accepted' ? 'BeginRequest' : 'EndRequest'),
    operationName: text(operationOf(event)),
    resourceProviderName: text(operationOf(event).split('/')[0] ?? ''),
    ...(group === undefined ? {} : { resourceGroupName: group }),
    resourceId,
    subscriptionId: subscription,
    status: text(word),
    subStatus: text(code ?? ''),
    authorization: { action: operationOf(event), scope: resourceId },
    httpRequest: { method, uri: path, ...(clientRequestId === undefined ? {} : { clientRequestId }) },
    properties: { statusCode: String(status), ...(code === undefined ? {} : { statusMessage: code }) },
  };
}
