// Microsoft's own descriptions of its services, as judges of what drills send and what the twin answers.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { KeptExchange } from '../twin-proxy.ts';

/** What one side of an exchange did not hold to. */
export interface Finding {
  /** Id of the operation in the specification: `Servers_Update`. */
  readonly operation: string;
  readonly side: 'request' | 'response';
  readonly code: string;
  /** Where, with a star for each position in a list. */
  readonly at: string;
  readonly message: string;
}

export interface Judged {
  readonly findings: readonly Finding[];
  /** False: no specification of the set has the operation. */
  readonly isCovered: boolean;
}

interface Result {
  readonly isSuccessful?: boolean;
  readonly operationInfo?: { readonly operationId?: string };
  readonly errors?: readonly {
    readonly code: string;
    readonly message: string;
    readonly jsonPathsInPayload?: readonly string[];
    readonly pathsInPayload?: readonly string[];
  }[];
  readonly runtimeException?: { readonly code: string; readonly message: string };
}
interface LiveValidator {
  readonly initialize: () => Promise<void>;
  readonly validateLiveRequest: (request: object) => Promise<Result>;
  readonly validateLiveRequestResponse: (pair: object) => Promise<{
    readonly requestValidationResult: Result;
    readonly responseValidationResult: Result;
  }>;
}

/** Judges exchanges by the specifications of a folder. Only those of the providers that were spoken to are read. */
export async function openValidator(specs: string, exchanges: readonly KeptExchange[]) {
  const directory = resolve(specs);
  const providers = new Set(exchanges.map(({ url }) => providerOf(new URL(url).pathname).toLowerCase()));
  const roots = (JSON.parse(readFileSync(join(directory, 'roots.json'), 'utf8')) as string[]).filter(
    (root) => root.includes('/resource-manager/') && providers.has(rootOf(root).provider.toLowerCase()),
  );
  const validator = load(directory, roots);
  await validator.initialize();
  return { judge: (exchange: KeptExchange) => judge(validator, roots.map(rootOf), exchange) };
}

function load(directory: string, roots: readonly string[]): LiveValidator {
  // The package is CommonJS and knows nothing of our modules.
  const { LiveValidator: Validator } = createRequire(import.meta.url)('oav/dist/lib/liveValidation/liveValidator') as {
    readonly LiveValidator: new (options: object, extra: undefined, log: () => void) => LiveValidator;
  };
  const options = {
    directory,
    fileRoot: directory,
    swaggerPaths: roots.map((root) => join(directory, root)),
    swaggerPathsPattern: [],
    excludedSwaggerPathsPattern: ['**/examples/**'],
    git: { shouldClone: false },
    enableRoundTripValidator: false,
    loadValidatorInBackground: false,
    loadValidatorInInitialize: true,
  };
  return new Validator(options, undefined, () => undefined);
}

interface Root {
  readonly provider: string;
  readonly version: string;
}

function rootOf(root: string): Root {
  const [, provider = '', version = ''] =
    /resource-manager\/([^/]+)\/.*?(?:stable|preview)\/([^/]+)\//.exec(root) ?? [];
  return { provider, version };
}

/** The provider of a resource, its last one; resource groups are of the resource manager itself. */
const providerOf = (path: string): string => /.*\/providers\/([^/]+)/i.exec(path)?.[1] ?? 'Microsoft.Resources';

/** Asks in the api-version of the request, and in the nearest ones when no specification has the operation in it. */
async function judge(validator: LiveValidator, roots: readonly Root[], exchange: KeptExchange): Promise<Judged> {
  const url = new URL(exchange.url);
  const provider = providerOf(url.pathname).toLowerCase();
  const versions = new Set(
    roots.filter((root) => root.provider.toLowerCase() === provider).map(({ version }) => version),
  );
  for (const version of nearest([...versions], url.searchParams.get('api-version') ?? '')) {
    const { requestValidationResult: asked, responseValidationResult: answered } =
      await validator.validateLiveRequestResponse(pairOf(exchange, version));
    if (asked.runtimeException !== undefined || answered.runtimeException !== undefined) continue;
    const findings = [...findingsOf('request', asked), ...findingsOf('response', answered)];
    return { findings, isCovered: true };
  }
  return { findings: [], isCovered: false };
}

const nearest = (versions: readonly string[], wanted: string): readonly string[] => {
  const far = (version: string) => Math.abs(Date.parse(version.slice(0, 10)) - Date.parse(wanted.slice(0, 10)));
  return versions.toSorted((a, b) => far(a) - far(b));
};

function pairOf({ method, url, headers, text, status, answerHeaders, answer }: KeptExchange, version: string) {
  const mapped = new URL(url);
  mapped.searchParams.set('api-version', version);
  const body = (said: string) => (said === '' ? {} : { body: JSON.parse(said) as unknown });
  return {
    liveRequest: {
      method,
      url: mapped.href,
      headers: { ...headers, 'content-type': 'application/json' },
      ...body(text),
    },
    liveResponse: {
      statusCode: String(status),
      headers: { ...answerHeaders, 'content-type': 'application/json' },
      ...body(answer),
    },
  };
}

const findingsOf = (side: Finding['side'], { errors = [], operationInfo }: Result): readonly Finding[] =>
  errors.map(({ code, message, jsonPathsInPayload, pathsInPayload }) => ({
    operation: operationInfo?.operationId ?? 'unknown',
    side,
    code,
    at: (jsonPathsInPayload ?? pathsInPayload ?? [])
      .join(' ')
      .replaceAll(/\[\d+\]/g, '[*]')
      .replaceAll(/\/\d+(?=\/|$)/g, '/*'),
    message,
  }));
