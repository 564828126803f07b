// Finds the handler of a request by method and path, as ARM does: without regard to case.
import { Refusal, type Reply } from './arm-reply.ts';

export interface ArmRequest {
  readonly method: string;
  /** Path without the query, as it was sent. */
  readonly path: string;
  /** Decoded values of the route's `{names}`. */
  readonly names: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Empty on routes without api-versions. */
  readonly apiVersion: string;
  /** Parsed JSON; undefined when the request had no body. */
  readonly body: unknown;
  /** `x-ms-request-id` of the answer. */
  readonly requestId: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Fires when the control plane closes. */
  readonly signal: AbortSignal;
}

export interface Route {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** `/subscriptions/{subscription}/resourceGroups/{group}`: literal segments and names. */
  readonly path: string;
  /** Versions that are served; empty: the twin's own paths, which have none. */
  readonly apiVersions: readonly string[];
  readonly handle: (request: ArmRequest) => Reply | Promise<Reply>;
}

/** Routes that share their api-versions. */
export const served = (
  apiVersions: readonly string[],
  routes: readonly Omit<Route, 'apiVersions'>[],
): readonly Route[] => routes.map((route) => ({ ...route, apiVersions }));

export interface FoundRoute {
  readonly route: Route;
  readonly names: Readonly<Record<string, string>>;
}

/** The route of a request. Throws Refusal 404 `InvalidResourceType` or 405 `MethodNotAllowed`. */
export function findRoute(routes: readonly Route[], method: string, path: string): FoundRoute {
  const segments = segmentsOf(path);
  const found = routes.flatMap((route) => {
    const names = match(route.path, segments);
    return names === undefined ? [] : [{ route, names }];
  });
  const exact = found.find(({ route }) => route.method === method);
  if (exact !== undefined) return exact;
  if (found.length > 0) {
    const allowed = [...new Set(found.map(({ route }) => route.method))].join(', ');
    throw new Refusal(405, 'MethodNotAllowed', `expected one of ${allowed} on ${path}, found ${method}`, {
      allow: allowed,
    });
  }
  throw new Refusal(404, 'InvalidResourceType', `The resource type of ${path} is not served by this twin.`);
}

/** Throws Refusal 400 as ARM does when the version is missing or unknown. */
export function checkApiVersion({ apiVersions, path }: Route, version: string | null): string {
  if (apiVersions.length === 0) return '';
  if (version === null || version === '')
    throw new Refusal(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  if (apiVersions.includes(version)) return version;
  const type = path.includes('/providers/')
    ? path.replace(/^.*\/providers\//, '').replaceAll(/\/\{\w+\}/g, '')
    : 'resourceGroups';
  throw new Refusal(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for API version '${version}' for type '${type}'. The supported api-versions are '${apiVersions.join(', ')}'.`,
  );
}

/** SDKs send doubled slashes for ids that begin with one. */
const segmentsOf = (path: string): readonly string[] =>
  path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new Refusal(
      400,
      'InvalidRequestUri',
      `expected percent-encoded UTF-8 in the path, found ${segment} (${String(cause)})`,
    );
  }
}

function match(template: string, segments: readonly string[]): Readonly<Record<string, string>> | undefined {
  const parts = template.split('/').filter((part) => part !== '');
  if (parts.length !== segments.length) return undefined;
  const names: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    const segment = segments[at] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) names[name] = segment;
    else if (part.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return names;
}
