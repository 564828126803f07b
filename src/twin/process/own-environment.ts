import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/**
 * The whole environment of a program of a twin: variables such as PGOPTIONS would change what it does. It starts from the compiled code that
 * this process starts from, if there is any.
 */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  // Node keeps it in a folder for each of its versions.
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
}
