// What an expression of a drill file may read, and what it probably meant when it reads something else.
import type { Environment } from '../model/environment.ts';
import { suggest } from '../model/suggest.ts';
import { orList } from './problem.ts';

/** What is wrong with one reference. */
export interface Complaint {
  readonly message: string;
  readonly suggestion?: string;
}

/** The names that one place of a file may read. A root that is absent cannot be read there. */
export interface Readable {
  readonly resources?: readonly string[];
  readonly drill?: true;
  /** Undefined: which values it has is not known yet. */
  readonly environment?: { readonly known: Environment | undefined };
  readonly probes?: readonly string[];
  readonly steps?: StepsReadable;
}

interface StepsReadable {
  readonly reader: string;
  readonly known: readonly string[];
  /** True when the step has always ended before the reader starts. */
  readonly endsBefore: (step: string) => boolean;
}

/** What is wrong with `reference`, a dotted path as `parseExpression` lists it; undefined when it can be read. */
export function complaintAbout(reference: string, readable: Readable): Complaint | undefined {
  const [root = '', ...rest] = reference.split('.');
  if (!Object.hasOwn(readable, root)) return unknownRoot(reference, root, Object.keys(readable));
  if (root === 'resources') return member('resource', reference, rest, readable.resources ?? [], 1);
  if (root === 'probes') return ofProbe(reference, rest, readable.probes ?? []);
  if (root === 'environment') return ofEnvironment(reference, rest, readable.environment?.known);
  if (root === 'steps' && readable.steps) return ofStep(reference, rest, readable.steps);
  return rest.length === 0
    ? undefined
    : { message: `expected drill (the name of the drill, a text), found ${reference}` };
}

function unknownRoot(reference: string, root: string, roots: readonly string[]): Complaint {
  const near = suggest(root, roots).suggestion;
  const message = `expected an expression over ${orList(roots)}, found ${reference}`;
  return near === undefined ? { message } : { message, suggestion: near + reference.slice(root.length) };
}

function member(
  what: string,
  reference: string,
  rest: readonly string[],
  known: readonly string[],
  depth: number,
): Complaint | undefined {
  const [name] = rest;
  if (name === undefined) return { message: `expected ${reference}.NAME, found ${reference}` };
  if (!known.includes(name))
    return { message: `expected the name of a ${what}, found ${reference}`, ...suggest(name, known) };
  return rest.length > depth
    ? { message: `expected ${what} ${name} (a text, its ARM id), found ${reference}` }
    : undefined;
}

function ofProbe(reference: string, rest: readonly string[], probes: readonly string[]): Complaint | undefined {
  const unknown = member('probe', reference, rest.slice(0, 1), probes, 1);
  if (unknown || (rest.length === 2 && rest[1] === 'failing')) return unknown;
  return { message: `expected probes.NAME.failing, found ${reference}` };
}

const FACTS = ['kind', 'name', 'tenant', 'subscription'];

function ofEnvironment(
  reference: string,
  rest: readonly string[],
  environment: Environment | undefined,
): Complaint | undefined {
  const [fact = '', ...names] = rest;
  if (FACTS.includes(fact) && names.length === 0) return undefined;
  if (fact !== 'values' || names.length === 0) {
    const expected = orList([...FACTS, 'values.NAME'].map((name) => `environment.${name}`));
    return { message: `expected ${expected}, found ${reference}`, ...suggest(fact, [...FACTS, 'values']) };
  }
  const [name = ''] = names;
  if (environment === undefined || Object.hasOwn(environment.values, name)) return undefined;
  const known = Object.keys(environment.values);
  return {
    message: `expected a value of the environment ${environment.name}, found ${reference}`,
    ...suggest(name, known),
  };
}

function ofStep(
  reference: string,
  rest: readonly string[],
  { reader, known, endsBefore }: StepsReadable,
): Complaint | undefined {
  const [step, part] = rest;
  const unknown = member('step', reference, rest.slice(0, 1), known, 1);
  if (unknown || step === undefined) return unknown;
  if (part !== 'output') return { message: `expected steps.${step}.output, found ${reference}` };
  if (endsBefore(step)) return undefined;
  return { message: `expected a step that ${reader} needs or that an earlier phase holds, found ${reference}` };
}

const HYPHENATED = /\b(steps|resources|probes|values)\.([a-z0-9_]+(?:-[a-z0-9_]+)+)/gi;

/** CEL takes `steps.lose-region` for a subtraction: says how the name is written instead. */
export function hyphenComplaints(expression: string, readable: Readable): readonly Complaint[] {
  return [...expression.matchAll(HYPHENATED)].flatMap(([found, root = '', name = '']) => {
    if (!namesOf(readable).includes(name)) return [];
    // Single quotes, because the suggestion is shown inside double ones.
    return [{ message: `expected a name with hyphens in brackets, found ${found}`, suggestion: `${root}['${name}']` }];
  });
}

const namesOf = ({ resources = [], probes = [], steps, environment }: Readable) => [
  ...resources,
  ...probes,
  ...(steps?.known ?? []),
  ...Object.keys(environment?.known?.values ?? {}),
];
