// Management locks at the scope of a resource group or a resource: what they refuse, and their own routes.
import * as z from 'zod';
import { isWithin } from '../../../model/resource-id.ts';
import { invalidContent, noContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';

const VERSIONS = ['2016-09-01', '2017-04-01', '2020-05-01'];
const LOCK_TYPE = 'Microsoft.Authorization/locks';
const GROUP = '/subscriptions/{subscription}/resourceGroups/{group}';
/** Locks hold whole resources here; those of child resources are missing. */
const SCOPES = [GROUP, `${GROUP}/providers/{provider}/{type}/{name}`];
const LOCKS_MAX = 200;

interface Lock {
  readonly scope: string;
  readonly name: string;
  readonly level: 'CanNotDelete' | 'ReadOnly';
  readonly notes: string | undefined;
}

export class Locks {
  #locks: readonly Lock[] = [];

  list(scope: string): readonly Lock[] {
    return this.#locks.filter((lock) => isWithin(lock.scope, scope));
  }

  find(scope: string, name: string): Lock | undefined {
    return this.#locks.find((lock) => same(lock.scope, scope) && same(lock.name, name));
  }

  put(lock: Lock): void {
    this.remove(lock.scope, lock.name);
    if (this.#locks.length >= LOCKS_MAX)
      throw new Refusal(409, 'QuotaExceeded', `This twin has at most ${LOCKS_MAX} locks.`);
    this.#locks = [...this.#locks, lock];
  }

  remove(scope: string, name: string): void {
    const found = this.find(scope, name);
    this.#locks = this.#locks.filter((lock) => lock !== found);
  }

  /** Throws Refusal 409 `ScopeLocked` when a lock stands against the request: on what it names, around it, or, of a deletion, within it. */
  check(method: string, path: string): void {
    const target = plain(path);
    if (
      method === 'GET' ||
      method === 'HEAD' ||
      isWithin(target, '/twin') ||
      /\/microsoft\.authorization\/locks(\/|$)/i.test(target)
    )
      return;
    const deletes = method === 'DELETE';
    const against = this.#locks.filter(
      ({ scope, level }) =>
        (deletes || level === 'ReadOnly') && (isWithin(target, scope) || (deletes && isWithin(scope, target))),
    );
    if (against.length === 0) return;
    throw new Refusal(
      409,
      'ScopeLocked',
      `The scope '${target}' cannot perform ${deletes ? 'delete' : 'write'} operation because following scope(s) are locked: '${against.map(({ scope }) => scope).join("', '")}'. Please remove the lock and try again.`,
    );
  }
}

interface Parts {
  readonly locks: Locks;
  readonly endpoint: () => string;
  /** Throws a Refusal when there is nothing at this scope. */
  readonly requireScope: (scope: string) => void;
}

export function lockRoutes({ locks, endpoint, requireScope }: Parts): readonly Route[] {
  const routes = SCOPES.flatMap((base) => {
    const one = `${base}/providers/${LOCK_TYPE}/{lock}`;
    return [
      {
        method: 'GET' as const,
        path: `${base}/providers/${LOCK_TYPE}`,
        handle: (request: ArmRequest) => page(request, endpoint(), locks.list(scopeOf(request)).map(bodyOf)),
      },
      { method: 'GET' as const, path: one, handle: (request: ArmRequest) => ok(bodyOf(lockOf(locks, request))) },
      {
        method: 'PUT' as const,
        path: one,
        handle: (request: ArmRequest) => {
          requireScope(scopeOf(request));
          return put(locks, request);
        },
      },
      { method: 'DELETE' as const, path: one, handle: (request: ArmRequest) => remove(locks, request) },
    ];
  });
  return served(VERSIONS, routes);
}

const schema = z.looseObject({
  properties: z.looseObject({ level: z.enum(['CanNotDelete', 'ReadOnly']), notes: z.string().max(512).optional() }),
});

function put(locks: Locks, request: ArmRequest): Reply {
  const parsed = schema.safeParse(request.body);
  if (!parsed.success) throw invalidContent(z.prettifyError(parsed.error));
  const [scope, name] = [scopeOf(request), request.names['lock'] ?? ''];
  const stood = locks.find(scope, name) !== undefined;
  const lock = { scope, name, level: parsed.data.properties.level, notes: parsed.data.properties.notes };
  locks.put(lock);
  return { status: stood ? 200 : 201, body: bodyOf(lock) };
}

function remove(locks: Locks, request: ArmRequest): Reply {
  const [scope, name] = [scopeOf(request), request.names['lock'] ?? ''];
  if (locks.find(scope, name) === undefined) return noContent;
  locks.remove(scope, name);
  return { status: 200 };
}

function lockOf(locks: Locks, request: ArmRequest): Lock {
  const name = request.names['lock'] ?? '';
  const lock = locks.find(scopeOf(request), name);
  if (lock === undefined) throw new Refusal(404, 'LockNotFound', `The lock '${name}' could not be found.`);
  return lock;
}

const bodyOf = ({ scope, name, level, notes }: Lock) => ({
  id: `${scope}/providers/${LOCK_TYPE}/${name}`,
  name,
  type: LOCK_TYPE,
  properties: { level, ...(notes === undefined ? {} : { notes }) },
});

/** What stands before `/providers/Microsoft.Authorization/locks` or `/providers/Microsoft.Resources/tags`. */
export const scopeOf = ({ path }: Pick<ArmRequest, 'path'>): string =>
  plain(path).replace(/\/providers\/microsoft\.(authorization\/locks|resources\/tags)(\/[^/]*)?$/i, '');

/** Without doubled slashes, which SDKs send. */
const plain = (path: string): string =>
  `/${path
    .split('/')
    .filter((segment) => segment !== '')
    .join('/')}`;
const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
