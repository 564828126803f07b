// Every `${{ }}` parses, and reads only what is there when it is filled.

import { toErrorData } from '../model/errors.ts';
import { fillTemplates, parseExpression, templateExpressions } from '../model/expression.ts';
import type { Json } from '../model/json.ts';
import { STEP_PHASES } from '../model/phase.ts';
import { fillKnown, isOpen, rootsOf } from './expression-context.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Issue, Path } from './problem.ts';
import { complaintAbout, hyphenComplaints, type Readable } from './references.ts';
import type { Subject } from './subject.ts';

export function checkExpressions(subject: Subject): readonly Issue[] {
  const { definition, steps } = subject;
  const always: Readable = {
    resources: Object.keys(definition.resources),
    environment: { known: subject.environment },
    drill: true,
  };
  const byId = new Map(steps.map((placed) => [placed.step.id, placed]));
  const known = [...byId.keys()];
  const observers = Object.entries({ probes: definition.probes, canaries: definition.canaries });
  return [
    ...observers.flatMap(([key, entries]) =>
      entries.flatMap((entry, index) => wrongTexts(entry.with, [key, index, 'with'], always, subject)),
    ),
    ...steps.flatMap((placed) => {
      const endsBefore = (id: string) => hasAlwaysEnded(byId.get(id), placed, byId);
      const readable = { ...always, steps: { reader: placed.step.id, known, endsBefore } };
      return wrongTexts(placed.step.with, [...placed.path, 'with'], readable, subject);
    }),
  ];
}

function wrongTexts(value: Json, path: Path, readable: Readable, subject: Subject): readonly Issue[] {
  if (typeof value === 'string') return value.includes('${{') ? wrongText(value, path, readable, subject) : [];
  if (value === null || typeof value !== 'object') return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, member]) =>
    wrongTexts(member as Json, [...path, isList ? Number(key) : key], readable, subject),
  );
}

function wrongText(text: string, path: Path, readable: Readable, { context }: Subject): readonly Issue[] {
  const expressions = templateExpressions(text);
  if (expressions.length !== text.split('${{').length - 1)
    return [{ path, message: `expected }} after every \${{, found ${JSON.stringify(text)}` }];
  const issues = expressions
    .flatMap((expression) => wrongExpression(expression, readable))
    .map((what) => ({ ...what, path }));
  if (issues.length > 0 || !isOpen(fillKnown(text, context))) return issues;
  return failure(text, context).map((what) => ({ ...what, path }));
}

/** What is wrong with one expression at a place where `readable` can be read. */
export function wrongExpression(text: string, readable: Readable): readonly Omit<Issue, 'path'>[] {
  const hyphens = hyphenComplaints(text, readable);
  if (hyphens.length > 0) return hyphens;
  try {
    const { references } = parseExpression(text);
    return references.flatMap((reference) => complaintAbout(reference, readable) ?? []);
  } catch (thrown) {
    return [{ message: `expected an expression in CEL, found: ${toErrorData(thrown).message}` }];
  }
}

/** Why a text cannot be filled although everything that it reads is known. */
function failure(text: string, context: Readonly<Record<string, unknown>>): readonly Omit<Issue, 'path'>[] {
  if (!rootsOf(text).every((root) => Object.hasOwn(context, root))) return [];
  try {
    fillTemplates(text, context);
    return [];
  } catch (thrown) {
    return [{ message: `expected an expression that has a value, found: ${toErrorData(thrown).message}` }];
  }
}

/** An earlier phase is over before this one starts; within a phase only `needs`, followed all the way, promises an order. */
function hasAlwaysEnded(
  step: PlacedStep | undefined,
  reader: PlacedStep,
  byId: ReadonlyMap<string, PlacedStep>,
): boolean {
  if (step === undefined) return false;
  if (step.phase !== reader.phase) return STEP_PHASES.indexOf(step.phase) < STEP_PHASES.indexOf(reader.phase);
  const seen = new Set(reader.step.needs);
  // A set that grows while it is walked visits what was added as well.
  for (const need of seen) {
    if (need === step.step.id) return true;
    for (const further of byId.get(need)?.step.needs ?? []) seen.add(further);
  }
  return false;
}
