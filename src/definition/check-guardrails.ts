import { toErrorData } from '../model/errors.ts';
import { parseExpression } from '../model/expression.ts';
import { wrongExpression } from './check-expressions.ts';
import { describeValue, type Issue } from './problem.ts';
import type { Subject } from './subject.ts';

/** Conditions of guardrails read probes alone, and are true or false whatever the probes say. */
export function checkGuardrails({ definition }: Subject): readonly Issue[] {
  const probes = definition.probes.map(({ id }) => id);
  return definition.guardrails.flatMap(({ when }, index) => {
    const wrong = wrongExpression(when, { probes });
    const found = wrong.length > 0 ? wrong : notACondition(when, probes);
    return found.map((what) => ({ ...what, path: ['guardrails', index, 'when'] }));
  });
}

function notACondition(when: string, probes: readonly string[]): readonly Omit<Issue, 'path'>[] {
  const results = [true, false].map((failing) => {
    const context = { probes: Object.fromEntries(probes.map((probe) => [probe, { failing }])) };
    try {
      const value = parseExpression(when).evaluate(context);
      return typeof value === 'boolean' ? undefined : describeValue(value);
    } catch (thrown) {
      return toErrorData(thrown).message;
    }
  });
  const found = results.find((result) => result !== undefined);
  return found === undefined ? [] : [{ message: `expected a condition that is true or false, found ${found}` }];
}
