// A machine looks at what it works with in production: whether it gets there says whether it has a route.
import { request } from 'node:http';

const LOOK_EVERY_MS = 500;
const LOOK_MS_MAX = 2000;

export type Production = 'reachable' | 'unreachable' | 'unknown' | 'none';

export interface ProductionLook {
  readonly seen: () => Production;
  /** Resolves when the first look has ended. */
  readonly looked: Promise<void>;
}

/** Looks for as long as the process lives; unknown until the first look has ended, so that a look that never was proves nothing. */
export function watchProduction(target: { readonly port: number; readonly host: string } | undefined): ProductionLook {
  if (target === undefined) return { seen: () => 'none', looked: Promise.resolve() };
  let seen: Production = 'unknown';
  const look = async () => {
    seen = (await isReached(target)) ? 'reachable' : 'unreachable';
    setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  const looked = look();
  return { seen: () => seen, looked };
}

/** Any answer counts: it is the way that is looked at, not what lies at its end. */
function isReached({ port, host }: { readonly port: number; readonly host: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(LOOK_MS_MAX);
    const asked = request(
      { host: '127.0.0.1', port, path: '/healthz', headers: { host }, agent: false, signal },
      (answer) => {
        answer.resume();
        resolve(true);
      },
    );
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
