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

/** What the allow list has against a call, and which argument or variable it is about. */
export type Refusal = { readonly message: string } & ({ readonly argument: string } | { readonly variable: string });

/** Undefined when the allow list allows the call. */
export function refusalOf(program: Program, call: ProgramCall): Refusal | undefined {
  const patterns = program.arguments.map((pattern) => new RegExp(`^(?:${pattern})$`, 'u'));
  const argument = call.arguments.find((given) => !patterns.some((pattern) => pattern.test(given)));
  const allowed = (names: readonly string[]) => names.join(', ') || 'none';
  if (argument !== undefined) {
    const listed = allowed(program.arguments.map((pattern) => JSON.stringify(pattern)));
    const found = JSON.stringify(argument);
    return {
      argument,
      message: `expected an argument that ${program.name} is allowed to get (${listed}), found ${found}`,
    };
  }
  const variable = Object.keys(call.environment).find((name) => !program.environment.includes(name));
  if (variable === undefined) return undefined;
  const listed = allowed(program.environment);
  return {
    variable,
    message: `expected an environment variable that ${program.name} is allowed to get (${listed}), found "${variable}"`,
  };
}
