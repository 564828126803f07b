// A program of the workspace can do anything: it stands in the allow list, it fits what the list allows, and people approve it by its digest.
import type { Action } from '../model/action.ts';
import type { Json } from '../model/json.ts';
import { type Program, type ProgramCall, type Refusal, refusalOf } from '../model/program.ts';
import { suggest } from '../model/suggest.ts';
import { callsOf } from './calls.ts';
import { fillKnown, isOpen } from './expression-context.ts';
import type { Issue, Path } from './problem.ts';
import type { Subject } from './subject.ts';

export function checkPrograms(subject: Subject): readonly Issue[] {
  const { definition, catalogue, steps, context } = subject;
  return steps.flatMap(({ step, path }) => {
    const action = catalogue.actions.get(step.uses);
    if (action?.runs === undefined) return [];
    const { required } = definition.approvals;
    const unapproved = {
      path: [...path, 'uses'],
      message: `expected approvals.required of at least 1, because ${step.uses} runs a program of the workspace; found ${required}`,
    };
    return [
      ...(required < 1 ? [unapproved] : []),
      ...wrongCalls(action, fillKnown(step.with, context), [...path, 'with'], subject),
    ];
  });
}

function wrongCalls(action: Action<unknown, never>, filled: Json, path: Path, subject: Subject): readonly Issue[] {
  const calls = callsOf(action, filled);
  // A wrong input is reported where it stands; one that only the run can fill would run what nobody approved.
  if (calls.length === 0 && isOpen(filled) && subject.environment !== undefined)
    return [{ path, message: 'expected a program that is known when the plan is made, found one that is not' }];
  return calls.flatMap((call) => wrongCall(call, path, subject.programs));
}

function wrongCall(call: ProgramCall, path: Path, programs: Subject['programs']): readonly Issue[] {
  if (programs === undefined) return [];
  const at = [...path, 'program'];
  const listed = programs.find(({ name }) => name === call.program);
  if (listed === undefined) {
    const names = programs.map(({ name }) => name);
    const known = names.join(', ') || 'it has none';
    const message = `expected the name of a program in drills/programs.yaml (${known}), found "${call.program}"`;
    return [{ path: at, message, ...suggest(call.program, names) }];
  }
  if ('problem' in listed) return [{ path: at, message: listed.problem }];
  const refusal = refusalOf(listed, withoutOpen(call));
  return refusal === undefined ? [] : [refused(refusal, call, path, listed)];
}

function refused(refusal: Refusal, call: ProgramCall, path: Path, { environment }: Program): Issue {
  const { message } = refusal;
  if ('variable' in refusal) {
    const { variable } = refusal;
    return { path: [...path, 'environment', variable], at: 'key', message, ...suggest(variable, environment) };
  }
  return { path: [...path, 'arguments', call.arguments.indexOf(refusal.argument)], message };
}

/** Arguments that only the run can fill are judged when it has filled them. */
const withoutOpen = (call: ProgramCall): ProgramCall => ({
  ...call,
  arguments: call.arguments.filter((argument) => !isOpen(argument)),
});
