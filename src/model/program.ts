// Programs that a drill may run. The workspace allows them by name; an approved plan holds them with their digests.

/** A program of the workspace's allow list, as it was when the plan was made. */
export interface Program {
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  /** SHA-256 of the file, 64 hex digits; the file is compared with it before each start. */
  readonly sha256: string;
  /** Regular expressions, in JavaScript's Unicode mode; each argument must match one of them from its first character to its last. */
  readonly arguments: readonly string[];
  /** Names of the environment variables that a step may set; the program gets no others. */
  readonly environment: readonly string[];
  /** It is ended after this. */
  readonly timeoutMs: number;
}

/** A program of the allow list, or why it cannot be run on this machine. */
export type ListedProgram = Program | { readonly name: string; readonly problem: string };

/** How a step calls a program. */
export interface ProgramCall {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What the allow list has against a call; undefined when it allows it. */
export function refusalOf(program: Program, call: ProgramCall): string | undefined {
  const patterns = program.arguments.map((pattern) => new RegExp(`^(?:${pattern})$`, 'u'));
  const wrong = call.arguments.find((argument) => !patterns.some((pattern) => pattern.test(argument)));
  if (wrong !== undefined)
    return `expected arguments that ${program.name} is allowed to get, found ${JSON.stringify(wrong)}`;
  const variable = Object.keys(call.environment).find((name) => !program.environment.includes(name));
  if (variable === undefined) return undefined;
  return `expected environment variables that ${program.name} is allowed to get, found ${variable}`;
}
