// The one guard against what takes for ever inside one call: regular expressions that backtrack, loops in loops over what was seen.
import { createContext, Script } from 'node:vm';

const TIME_MS_MAX = 1000;
/** After so many that took too long, one after the other, the next ones are not tried at all: a file may hold ten thousand of them. */
const STRIKES_MAX = 3;
const PASSED_OVER_MAX = 1000;

const room: { work?: (() => unknown) | undefined } = createContext({});
const callWork = new Script('work()');
let [strikes, passedOver] = [0, 0];

/** Runs `work` to its end, or ends it after a second. Throws what `work` throws, or RangeError when it took too long. */
export function inTime<T>(work: () => T): T {
  if (strikes >= STRIKES_MAX && passedOver < PASSED_OVER_MAX) {
    passedOver += 1;
    throw new RangeError('expected a value within a second, and did not try, because others before took longer');
  }
  passedOver = 0;
  try {
    room.work = work;
    const result = callWork.runInContext(room, { timeout: TIME_MS_MAX }) as T;
    strikes = 0;
    return result;
  } catch (thrown) {
    if (!isTimeout(thrown)) throw thrown;
    strikes += 1;
    throw new RangeError('expected a value within a second, found that it takes longer');
  } finally {
    room.work = undefined;
  }
}

/** Of another realm: it is no instance of our Error. */
const isTimeout = (thrown: unknown): boolean =>
  (thrown as { readonly code?: unknown } | null | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
