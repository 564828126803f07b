// What was accepted, as Azure Backup shows it: the operation succeeds within seconds and names the job, which goes on for long after.
import { randomBytes } from 'node:crypto';
import { noContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import type { ArmRequest } from '../route.ts';
import { isSigned, signQuery } from '../signed-query.ts';

export interface Acceptance {
  readonly id: string;
  /** Paths below which it is watched. */
  readonly statusPath: string;
  readonly resultPath: string;
  readonly startedAt: number;
  /** Epoch ms from which it has succeeded. */
  readonly endsAt: number;
  /** What the ended operation says: the id of the job, or the results of a validation. */
  readonly properties: object;
  /** What its Location answers at the end; nothing when absent. */
  readonly result?: object;
}

const ACCEPTANCES_MAX = 1000;
const RETRY_AFTER_SECONDS_MAX = 10;

export class Acceptances {
  readonly #endpoint: () => string;
  readonly #key = randomBytes(32).toString('hex');
  readonly #accepted = new Map<string, Acceptance>();

  constructor(endpoint: () => string) {
    this.#endpoint = endpoint;
  }

  /** Answers 202 with both places to watch. */
  accept({ apiVersion }: ArmRequest, acceptance: Acceptance): Reply {
    this.#accepted.set(acceptance.id, acceptance);
    const oldest = this.#accepted.keys().next().value;
    if (this.#accepted.size > ACCEPTANCES_MAX && oldest !== undefined) this.#accepted.delete(oldest);
    return {
      status: 202,
      headers: {
        'azure-asyncoperation': this.#url(acceptance.statusPath, acceptance, apiVersion),
        location: this.#url(acceptance.resultPath, acceptance, apiVersion),
        'retry-after': retryAfter(acceptance),
      },
    };
  }

  /** Answers a poll of Azure-AsyncOperation. */
  status(request: ArmRequest): Reply {
    const acceptance = this.#asked(request);
    const { id, startedAt, endsAt, properties } = acceptance;
    const started = { id, name: id, startTime: new Date(startedAt).toISOString() };
    if (Date.now() < endsAt)
      return {
        status: 200,
        body: { ...started, status: 'InProgress' },
        headers: { 'retry-after': retryAfter(acceptance) },
      };
    return {
      status: 200,
      body: { ...started, status: 'Succeeded', endTime: new Date(endsAt).toISOString(), properties },
    };
  }

  /** Answers a poll of Location: 202 while it runs, then its result. */
  result(request: ArmRequest): Reply {
    const acceptance = this.#asked(request);
    const { endsAt, result } = acceptance;
    if (Date.now() >= endsAt) return result === undefined ? noContent : ok(result);
    const location = this.#url(acceptance.resultPath, acceptance, request.apiVersion);
    return { status: 202, headers: { location, 'retry-after': retryAfter(acceptance) } };
  }

  #asked({ names, query }: ArmRequest): Acceptance {
    const id = names['operation'] ?? '';
    const found = this.#accepted.get(id);
    if (found === undefined)
      throw new Refusal(404, 'OperationNotFound', `expected the id of an operation of this vault, found ${id}`);
    if (!isSigned(this.#key, id, query))
      throw new Refusal(403, 'AuthorizationFailed', 'expected the poll URL exactly as it was given, found another');
    return found;
  }

  #url(path: string, { id }: Acceptance, apiVersion: string): string {
    const url = new URL(`${path}/${id}`, this.#endpoint());
    for (const [name, value] of [['api-version', apiVersion], ...signQuery(this.#key, id, Date.now())] as const)
      url.searchParams.set(name, value);
    return url.href;
  }
}

/** Never beyond the expected end, so that clients which obey it see the end when it comes. */
const retryAfter = ({ endsAt }: Acceptance): string =>
  String(Math.min(RETRY_AFTER_SECONDS_MAX, Math.max(1, Math.floor((endsAt - Date.now()) / 1000))));
