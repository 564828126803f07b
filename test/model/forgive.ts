import { parseExpression } from '../../src/model/expression.ts';

/** An evaluation in a loop, which is one of those that may take long. */
const HARMLESS = parseExpression('[1].all(one, one == 1)');
/** So many are passed over after expressions that took too long; a whole file of tests may share their process with others. */
const PASSED_OVER_MAX = 1000;

/** Has the next expression tried, whatever took too long before. */
export function forgive(): void {
  for (let nth = 0; nth < PASSED_OVER_MAX && !isTried(); nth += 1);
  HARMLESS.evaluate({});
}

function isTried(): boolean {
  try {
    HARMLESS.evaluate({});
    return true;
  } catch {
    return false;
  }
}
