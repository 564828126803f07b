// Acceptance conditions: CEL over what was seen, judged true or false, with what was expected and observed.
import * as z from 'zod';
import { toErrorData } from '../model/errors.ts';
import type { Check } from '../model/events.ts';
import { type Expression, parseExpression } from '../model/expression.ts';
import type { JsonObject } from '../model/json.ts';
import { ProviderError } from './provider-error.ts';

const OBSERVED_LENGTH_MAX = 2000;
/** What checks see that may be true or false itself; every other name is a number, a text, a list or an object. */
const MAY_BE_CONDITIONS: ReadonlySet<string> = new Set(['authorized', 'body', 'json']);

/** A CEL condition in a drill file, over the names of what its check sees. */
export const expectationOver = (...names: readonly string[]) =>
  z.string().superRefine((text, context) => {
    const message = problemOf(text, names);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

function problemOf(text: string, names: readonly string[]): string | undefined {
  try {
    const expression = parseExpression(text);
    const { references } = expression;
    const unknown = references.map((path) => path.split('.')[0] ?? path).find((name) => !names.includes(name));
    if (unknown !== undefined) return `expected a condition over ${names.join(', ')}, found ${unknown}`;
    return canJudge(expression)
      ? undefined
      : `expected a condition that is true or false, found ${JSON.stringify(text)}`;
  } catch (error) {
    return `expected an expression in CEL, found: ${toErrorData(error).message}`;
  }
}

function canJudge({ text, references, mayBeCondition, evaluate }: Expression): boolean {
  // What reads nothing of what was seen has its value already.
  if (references.length === 0) return typeof evaluate({}) === 'boolean';
  const name = text.replaceAll(/[\s()]/g, '');
  return mayBeCondition() && (!references.includes(name) || name.includes('.') || MAY_BE_CONDITIONS.has(name));
}

/** Judges what was seen, and tells of it what may be shown: all of it unless said otherwise. Throws ProviderError `check-failed`, with the check, when the condition is false, and marked `unreadable` when it cannot be read from it. */
export function judge(expect: string, seen: JsonObject, shown: JsonObject = seen): Check {
  const check = { expected: expect, observed: shorten(JSON.stringify(shown)) };
  const verdict = evaluate(expect, seen, check);
  if (typeof verdict !== 'boolean')
    throw new ProviderError(
      'expectation-invalid',
      // Its kind alone: the value may be what must not be shown.
      `expected "${expect}" to be true or false, found a value of type ${typeof verdict}`,
    );
  if (!verdict) throw new ProviderError('check-failed', `expected ${expect}, found ${check.observed}`, { check });
  return check;
}

function evaluate(expect: string, seen: JsonObject, check: Check) {
  try {
    return parseExpression(expect).evaluate(seen);
  } catch (error) {
    const message = `${toErrorData(error).message}, found ${check.observed}`;
    throw new ProviderError('check-failed', message, { check, unreadable: true });
  }
}

const shorten = (text: string) => (text.length > OBSERVED_LENGTH_MAX ? `${text.slice(0, OBSERVED_LENGTH_MAX)}…` : text);
