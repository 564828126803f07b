// Poll URLs and nextLinks come from answers. Our bearer token goes to the endpoint's own host and nowhere else.
import { ArmError } from './arm-error.ts';
import { redactUrl } from './redact.ts';

/** Real signed poll URLs are up to 4 KB long. */
const URL_LENGTH_MAX = 16_384;

/** Where a request goes: a path on the endpoint, or an absolute URL of an answer. `apiVersion` is added to paths. */
export interface Target {
  readonly path: string;
  readonly apiVersion?: string;
}

/** The absolute URL of a target. Throws ArmError `arm-host-refused` for any other scheme, host, port or user. */
export function allowedUrl(endpoint: string, target: Target): string {
  const url = target.path.length > URL_LENGTH_MAX ? null : URL.parse(target.path, endpoint);
  const allowed = new URL(endpoint);
  if (
    url === null ||
    url.protocol !== 'https:' ||
    url.host !== allowed.host ||
    url.username !== '' ||
    url.password !== ''
  )
    throw new ArmError(
      'arm-host-refused',
      `expected a URL of ${allowed.origin}, found ${url === null ? '[not a URL]' : redactUrl(url.href)}`,
    );
  if (target.apiVersion !== undefined) url.searchParams.set('api-version', target.apiVersion);
  return url.href;
}
